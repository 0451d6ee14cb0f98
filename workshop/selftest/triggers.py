"""Triggers of the self-tests: they have to be imported by name."""

from __future__ import annotations

import asyncio
from typing import Any

from airflow.triggers import base
from airflow.triggers.base import BaseTrigger, TriggerEvent

ENDS = {"success": "TaskSuccessEvent", "failed": "TaskFailedEvent", "skipped": "TaskSkippedEvent"}


class Simple(BaseTrigger):
    """A trigger without arguments."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, as Airflow stores them."""
        return f"{__name__}.{type(self).__name__}", {}

    async def run(self) -> Any:
        """Yield an event; subclasses do otherwise."""
        yield TriggerEvent("fired")


class Raises(Simple):
    """Fails at the instant it starts."""

    async def run(self) -> Any:
        """Raise an error."""
        raise KeyError("at once")
        yield


class WithoutEvent(Simple):
    """Ends without an event."""

    async def run(self) -> Any:
        """Yield nothing."""
        return
        yield


class Cancelled(Simple):
    """Is cancelled from within."""

    async def run(self) -> Any:
        """Cancel."""
        raise asyncio.CancelledError
        yield


class Ends(Simple):
    """Ends its task without a worker."""

    def __init__(self, ends: str) -> None:
        super().__init__()
        self.ends = ends

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, as Airflow stores them."""
        return f"{__name__}.Ends", {"ends": self.ends}

    async def run(self) -> Any:
        """Wait for a minute."""
        await asyncio.sleep(60)
        yield getattr(base, ENDS[self.ends])(xcoms={"because": self.ends})


class Asks(Simple):
    """Asks for the URI of a connection."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, as Airflow stores them."""
        return f"{__name__}.Asks", {"how": self.how}

    async def run(self) -> Any:
        """Ask in one of the ways in which triggers do."""
        from asgiref.sync import sync_to_async

        if self.how == "nothing":
            yield TriggerEvent("fired")
            return
        await asyncio.sleep(60)
        if self.how == "async":
            yield TriggerEvent(await ask_and_await())
        elif self.how == "thread":
            yield TriggerEvent(await sync_to_async(ask)())
        elif self.how == "sync":
            yield TriggerEvent(ask())
        else:
            from airflow.models import DagRun
            from airflow.utils.session import create_session

            with create_session() as session:
                yield TriggerEvent(session.query(DagRun).count())


class AsksS3(Simple):
    """Asks S3 for what the task before it wrote, by the asynchronous client."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments, as Airflow stores them."""
        return f"{__name__}.AsksS3", {"how": self.how}

    async def run(self) -> Any:
        """Ask in one of the ways in which the triggers of the Amazon provider do."""
        from aiobotocore.session import get_session

        async with get_session().create_client("s3", region_name="us-east-1") as s3:
            if self.how == "read":
                async with (await s3.get_object(Bucket="rows", Key="one"))["Body"] as body:
                    yield TriggerEvent((await body.read()).decode())
            elif self.how == "list":
                pages = s3.get_paginator("list_objects_v2").paginate(Bucket="rows")
                yield TriggerEvent([found["Key"] async for page in pages for found in page["Contents"]])
            else:
                try:
                    await s3.get_object(Bucket="rows", Key="none")
                except s3.exceptions.NoSuchKey as error:
                    yield TriggerEvent(error.response["Error"]["Code"])


def ask() -> str:
    """Ask for a connection, as hooks do."""
    try:
        from airflow.sdk import Connection

        return str(Connection.get("asked").host)
    except ImportError:
        from airflow.models import Connection as InTheDatabase

        return str(InTheDatabase.get_connection_from_secrets("asked").host)


async def ask_and_await() -> str:
    """Ask for a connection, as asynchronous hooks do since 3.1; earlier they ask in a thread."""
    try:
        from airflow.sdk import Connection

        asked = Connection.async_get
    except (AttributeError, ImportError):
        from asgiref.sync import sync_to_async

        return str(await sync_to_async(ask)())
    return str((await asked("asked")).host)


def start(dag_id: str) -> None:
    """Start a run of a DAG from the code of a task: Airflow 2 writes to the database, Airflow 3 asks the supervisor."""
    try:
        from airflow.sdk.execution_time import task_runner
        from airflow.sdk.execution_time.comms import TriggerDagRun
    except ImportError:
        from airflow.api.common.trigger_dag import trigger_dag

        trigger_dag(dag_id)
        return
    asked = TriggerDagRun(dag_id=dag_id, run_id="left")
    task_runner.SUPERVISOR_COMMS.send(asked)
