"""
The XCom backends that a simulation can switch on, by what a person would set to have them.

    run = simulate("orders", xcom_backend=size_limited(1000))

    with object_storage(threshold=1000) as store:
        run = simulate("orders", xcom_backend=store)
        assert store.objects("fetch")
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from conformance.seam.api import XcomBackend


@dataclass(frozen=True)
class ObjectStorage(XcomBackend):
    """Airflow's own backend that keeps large XComs in object storage; here that is a folder."""

    folder: Path

    @property
    def base(self) -> str:
        """The address that the addresses of all objects begin with."""
        return self.folder.as_uri()

    def objects(self, task: str) -> dict[str, bytes]:
        """What is in the storage of what a task pushed, by address."""
        return {f"file://{path}": path.read_bytes() for path in self.folder.glob(f"*/*/{task}/*")}

    def lose(self) -> None:
        """Lose every object."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                path.unlink()


def size_limited(limit: int) -> XcomBackend:
    """The kit's own backend, with a limit in bytes."""
    return XcomBackend("conformance.xcom_backend.SizeLimitedXCom", {"AIRFLOW__XCOM_LIMIT__BYTES": str(limit)})


@contextmanager
def object_storage(threshold: int) -> Iterator[ObjectStorage]:
    """Airflow's own backend with a threshold in bytes, over a storage that is empty at first. Needs Airflow 2.9."""
    with TemporaryDirectory() as folder:
        store = Path(folder).resolve()
        settings = {
            "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_PATH": store.as_uri(),
            "AIRFLOW__COMMON_IO__XCOM_OBJECTSTORAGE_THRESHOLD": str(threshold),
        }
        yield ObjectStorage("airflow.providers.common.io.xcom.backend.XComObjectStorageBackend", settings, store)
