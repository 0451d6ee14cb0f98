"""
An XCom backend with a limit, to be switched on in any Airflow from 2.7: what is larger fails the task that pushes it.

    AIRFLOW__CORE__XCOM_BACKEND=conformance.xcom_backend.SizeLimitedXCom
    AIRFLOW__XCOM_LIMIT__BYTES=49344            # the default

It needs nothing but Airflow: the file can be copied. Not measured is what Airflow writes around the backend, such as
which tasks a branch skips.
"""

from __future__ import annotations

import json
from typing import Any

from airflow.configuration import conf

try:
    from airflow.sdk.bases.xcom import BaseXCom
except ImportError:
    from airflow.models.xcom import BaseXCom

LIMIT = 49_344
"""The size that Airflow up to 3.0 names `MAX_XCOM_SIZE`, and looks at nowhere."""


class XComTooLarge(ValueError):
    """What a task fails with when it pushes more than the limit."""


class SizeLimitedXCom(BaseXCom):
    """Airflow's own XComs, up to a number of bytes in the database."""

    @staticmethod
    def serialize_value(
        value: Any,
        *,
        key: str | None = None,
        task_id: str | None = None,
        dag_id: str | None = None,
        run_id: str | None = None,
        map_index: int | None = None,
    ) -> Any:
        """Store as Airflow does. Raises XComTooLarge."""
        stored = BaseXCom.serialize_value(
            value, key=key, task_id=task_id, dag_id=dag_id, run_id=run_id, map_index=map_index
        )
        size, limit = stored_size(stored), conf.getint("xcom_limit", "bytes", fallback=LIMIT)
        if size > limit:
            raise XComTooLarge(
                f"The XCom '{key}' of task '{task_id}' takes {size} bytes, and the limit is {limit}: "
                "write the data to object storage or to a table, and return where it is."
            )
        return stored


def stored_size(stored: Any) -> int:
    """The bytes of what a backend hands over: Airflow 2 has made bytes of it, Airflow 3 leaves that to the database."""
    return len(stored if isinstance(stored, bytes) else json.dumps(stored).encode())
