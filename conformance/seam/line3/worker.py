"""
Airflow 3: a worker in this process.

A task of Airflow 3 talks to its supervisor, and the supervisor to the Execution API. Both are Airflow's own here, the
API without a network or a server: the in-process supervisor that `dag.test()` uses, over one API application for the
whole process.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from importlib.util import find_spec
from typing import Any
from unittest import mock
from uuid import uuid4

import anyio.to_thread
import httpx
import psutil
import structlog
from airflow.api_fastapi.common.dagbag import dag_bag_from_app
from airflow.api_fastapi.execution_api import routes, versions
from airflow.sdk.api.datamodels._generated import TaskInstance as TaskInstanceToRun
from airflow.sdk.execution_time import supervisor, task_runner
from asgiref.sync import async_to_sync
from cadwyn import Version, VersionBundle
from cadwyn.route_generation import _DELETED_ROUTE_TAG
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant

from conformance.seam.api import ScheduledDag
from conformance.seam.keep_latest import Latest
from conformance.seam.line3 import no_database as fence

try:  # 3.2 and later
    from airflow.sdk.exceptions import (
        AirflowFailException,
        AirflowRescheduleException,
        AirflowSkipException,
        AirflowTaskTimeout,
        DownstreamTasksSkipped,
        TaskDeferred,
    )
except ImportError:
    from airflow.exceptions import (
        AirflowFailException,
        AirflowRescheduleException,
        AirflowSkipException,
        AirflowTaskTimeout,
        DownstreamTasksSkipped,
        TaskDeferred,
    )

try:  # 3.1 and later
    from airflow.sdk.execution_time import timeout as timeout_module
except ImportError:
    from airflow.utils import timeout as timeout_module

try:  # 3.1 and later
    from airflow.models.dagbag import DBDagBag

    _dag_bag = DBDagBag()
except ImportError:
    from airflow.models.dagbag import DagBag

    _dag_bag = DagBag(collect_dags=False, load_op_links=False)
    _dag_bag.dags = Latest()  # the same DAGs that are registered

_clients: list[Any] = []

_A_LOOP_HAS_TO_AWAIT = find_spec("greenback") is None
"""3.0: what asks without awaiting, such as `BaseHook.get_connection`, is refused in a trigger's event loop."""

__all__ = [
    "AirflowFailException",
    "AirflowRescheduleException",
    "AirflowSkipException",
    "AirflowTaskTimeout",
    "DownstreamTasksSkipped",
    "TaskDeferred",
    "prepare",
    "run",
    "triggerer",
]


def prepare(simulated_timeout: Any) -> None:
    """
    Build the Execution API of this process, and put a simulated timeout in the place of the alarm signal's.

    Has to be called before freezegun starts: pydantic cannot build the API's models from frozen classes.
    """
    if not structlog.is_configured():  # 3.0 leaves it so, and then every message to and from the API is printed
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    timeout_module.timeout = simulated_timeout
    fence.prepare()
    _finalize_with_error()
    _forget_older_versions()
    supervisor.in_process_api_server = lru_cache(maxsize=1)(supervisor.in_process_api_server)
    api = supervisor.in_process_api_server()
    overrides = api.app.dependency_overrides
    overrides[dag_bag_from_app] = lambda: _dag_bag
    # Tokens and correlation ids are for a network, and which version of the API answers is told below.
    api.app.user_middleware = []
    # The application starts with its first transport, and makes its routes when it is first asked for something.
    api.transport = _Direct(api)
    supervisor.InProcessTestSupervisor._api_client().get("health")
    _settle(overrides)
    api.app.dependency_overrides = _Settled()
    _clients.append(supervisor.InProcessTestSupervisor._api_client())


def _forget_older_versions() -> None:
    """Leave the newest version of the API: others are for older workers, and to build them takes most of the time."""
    versions.bundle = VersionBundle(versions.bundle.head_version, Version(versions.bundle.versions[0].value))
    parts = [module.router for module in vars(routes).values() if hasattr(module, "router")]
    for router in routes.execution_api_router, *parts:
        router.routes[:] = [route for route in router.routes if _DELETED_ROUTE_TAG not in getattr(route, "tags", ())]


def _settle(overrides: dict[Any, Any]) -> None:
    """
    Put overridden dependencies into every route for good: FastAPI would analyse all of them anew in every request.

    Those without a name give a route nothing: they guard a network (tokens, access, tracing), and there is none.
    Routes are found by asking the garbage collector, because the version layer keeps a second set of them in closures.
    """
    for dependant in [found for found in gc.get_objects() if type(found) is Dependant]:
        dependant.dependencies[:] = [
            get_dependant(path=needed.path or "/", call=overrides[needed.call], name=needed.name)
            if needed.call in overrides
            else needed
            for needed in dependant.dependencies
            if needed.name
        ]


class _Settled(dict[Any, Any]):
    """Takes no overrides any more: with a single one, as `DAG.test()` adds, FastAPI would undo what is settled."""

    def __setitem__(self, call: Any, override: Any) -> None:
        """Leave it out."""


class _Direct(httpx.BaseTransport):
    """Calls the API application where it stands: no second thread, no bridge, no thread pool. Several times faster."""

    def __init__(self, api: Any) -> None:
        self._started_by = api.transport
        self._application = api.atransport
        self._version = api.app.versions.api_version_var
        self._loop = asyncio.new_event_loop()
        self._one_at_a_time = threading.Lock()  # a trigger may ask from several threads

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self._version.set(request.headers["airflow-api-version"])
        asking = asyncio._get_running_loop()  # of an asynchronous task, or a trigger
        asyncio._set_running_loop(None)
        try:
            with self._one_at_a_time, fence.opened(), mock.patch.object(anyio.to_thread, "run_sync", _in_this_thread):
                return self._loop.run_until_complete(self._answer(request))
        finally:
            asyncio._set_running_loop(asking)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._application.handle_async_request(request)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())


async def _in_this_thread(function: Any, *args: Any, **limits: Any) -> Any:
    return function(*args)


def know(scheduled_dag: ScheduledDag) -> None:
    """Tell the Execution API of a DAG; from 3.1 it finds them in the database, maybe a new one under a known name."""
    if hasattr(_dag_bag, "dags"):
        _dag_bag.dags[scheduled_dag.dag_id] = scheduled_dag
    else:
        _dag_bag._dags.clear()


class _Supervisor(supervisor.InProcessTestSupervisor):
    """Airflow's in-process supervisor, on the shared API application and without the socket pair of a child process."""

    @staticmethod
    def _api_client(dag: Any = None) -> Any:
        return _clients[0]

    def _setup_subprocess_socket(self) -> Any:
        return nullcontext()

    def send_msg(self, msg: Any, request_id: int, error: Any = None, **dump_opts: Any) -> None:
        # What crosses the wire is validated on arrival; in one process that step is missing (3.0: dates stay text).
        if msg is not None:
            msg = type(msg).model_validate(msg.model_dump(warnings=False, **dump_opts))
        super().send_msg(msg, request_id, error, **dump_opts)


class _Comms(supervisor.InProcessSupervisorComms):
    """What a trigger asks its supervisor with. From an event loop it awaits the answer, which is there at once."""

    async def asend(self, msg: Any) -> Any:
        return self._ask(msg)

    def send(self, msg: Any) -> Any:
        if _A_LOOP_HAS_TO_AWAIT:
            return async_to_sync(self.asend)(msg)
        return self._ask(msg)

    def _ask(self, msg: Any) -> Any:
        return super().send(msg)


@contextmanager
def triggerer() -> Iterator[None]:
    """What surrounds a trigger that runs: a supervisor to ask, and no database, as in a triggerer's process."""
    its = _Supervisor(
        id=uuid4(),
        pid=os.getpid(),
        process=psutil.Process(),
        process_log=structlog.get_logger(logger_name="trigger"),
        client=_clients[0],
    )
    its.comms = _Comms(supervisor=its)
    with supervisor.set_supervisor_comms(its.comms), fence.closed():
        yield


def _finalize_with_error() -> None:
    """Up to 3.2 the in-process supervisor forgets what a worker tells callbacks: the error."""
    finalize = task_runner.finalize

    def finalized(ti: Any, state: Any, context: Any, log: Any, error: Any = None) -> None:
        context["exception"] = error
        finalize(ti, state, context, log, error)

    task_runner.finalize = finalized


def run(row: Any, operator: Any) -> None:
    """Run a queued task instance, a row of the metadata database, to its end. Raises what the task raised."""
    known = {name: row[name] for name in TaskInstanceToRun.model_fields if name in row}
    with fence.closed():
        result = _Supervisor.start(what=TaskInstanceToRun(**known), task=operator)
    if result.error is not None:
        raise result.error
