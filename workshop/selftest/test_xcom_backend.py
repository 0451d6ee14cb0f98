"""The size-limited XCom backend, switched on as a user does: by two settings, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from conformance.paths import PACKAGE
from conformance.sandbox import env

CODE = """
import sys
from types import SimpleNamespace
from airflow.configuration import conf
if sys.argv[1] == "2":
    from airflow.models.xcom import XCom
else:
    from airflow.sdk.execution_time.xcom import XCom
print(XCom.__name__)
print(XCom.deserialize_value(SimpleNamespace(value=XCom.serialize_value("x" * 98, key="k", task_id="t"))) == "x" * 98)
try:
    XCom.serialize_value("x" * 99, key="k", task_id="t")
except ValueError as error:
    print(type(error).__name__, error)
"""


def test_the_backend_is_switched_on_by_settings(tmp_path: Path) -> None:
    """With two settings Airflow's own XCom is the size-limited one: what fits is read back, more raises."""
    from conformance.seam.api import airflow_version

    home = tmp_path / "home"
    env.make_home(home)
    settings = {
        "AIRFLOW__CORE__XCOM_BACKEND": "conformance.xcom_backend.SizeLimitedXCom",
        "AIRFLOW__XCOM_LIMIT__BYTES": "100",
        "PYTHONPATH": str(PACKAGE.parent),
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(airflow_version()[0])],
        env=os.environ | env.ours(home, tmp_path / "airflow.db", "CRITICAL") | settings,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-3:] == [
        "SizeLimitedXCom",
        "True",
        "XComTooLarge The XCom 'k' of task 't' takes 101 bytes, and the limit is 100: "
        "write the data to object storage or to a table, and return where it is.",
    ]
