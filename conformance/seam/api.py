"""What a simulation asks of Airflow, whichever line of it is installed, and in what plain data it is answered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from packaging.version import Version

from conformance.errors import UserError
from conformance.versions import newest, pins


class Key(NamedTuple):
    """One task instance of a run; `map_index` is -1 when the task is not mapped."""

    task_id: str
    map_index: int = -1

    def __str__(self) -> str:
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"


class RunKey(NamedTuple):
    """One task instance of one of several runs."""

    run_id: str
    key: Key


@dataclass(frozen=True)
class RunRow:
    """A run as the metadata database has it."""

    run_id: str
    state: str
    start: datetime | None
    end: datetime | None
    logical_date: datetime | None
    interval_start: datetime | None
    interval_end: datetime | None


@dataclass(frozen=True)
class Unreadable:
    """In place of an XCom that Airflow wrote to the database and refuses to read: why."""

    why: str


@dataclass(frozen=True)
class Row:
    """A task instance as the metadata database has it."""

    key: Key
    state: str | None
    try_number: int
    start: datetime | None
    end: datetime | None
    trigger_id: int | None


class Stored(NamedTuple):
    """All that the metadata database has of a run, as it has it: its own row, and those of its task instances."""

    run: dict[str, Any]
    tis: dict[Key, dict[str, Any]]


@dataclass(frozen=True)
class XcomBackend:
    """A backend: where its class is, and the environment variables that it reads."""

    kind: str
    settings: dict[str, str]


SETUP = "setup:"
"""What the state of an upstream begins with that is a setup."""

States = tuple[str, ...]
"""The states of the upstreams of a join."""


class Hooks(NamedTuple):
    """Where a version module calls back into the simulated run in progress."""

    play: Callable[[Any, Any], None]
    """`play(operator, context)`: an operator instance is about to be executed."""
    renders: Callable[[Any], bool]
    """`renders(context)`: whether the templates of a task instance are rendered; those of a played task are not."""
    converts: Callable[[Any, Collection[str]], Callable[[Any], Any] | None]
    """`converts(context, tasks)`: what is called with what the tasks returned, instead of the functions of a `.map`."""
    deadline: Callable[[float, BaseException], AbstractContextManager[None]]
    """`deadline(seconds, error)`: in place of the alarm behind `execution_timeout`, which no simulated clock fires."""


@lru_cache(maxsize=1)
def airflow_version() -> tuple[int, int, int]:
    """The installed Airflow, without importing it. Raises UserError if there is none or it is out of range."""
    try:
        found = metadata.version("apache-airflow")
    except metadata.PackageNotFoundError:
        raise UserError(
            "Apache Airflow is not installed here: run `pip install apache-airflow`, "
            f"or `airflow-conformance verify --airflow {newest().minor}`."
        ) from None
    major, minor, patch = (int(part) for part in found.split(".")[:3])
    first, last = pins()[0].minor, newest().minor
    if not Version(first) <= Version(f"{major}.{minor}") <= Version(last):
        raise UserError(
            f"Airflow {found} is installed here, but only {first} to {last} are specified: "
            f"run `airflow-conformance verify --airflow {last}`."
        )
    return major, minor, patch


class Dag(Protocol):
    """A DAG as its file defines it. Whatever else is asked of it is Airflow's, and so `Any`."""

    dag_id: str
    task_dict: dict[str, Any]
    tasks: list[Any]

    def __getattr__(self, name: str) -> Any:
        """Anything else that a DAG has."""


class ScheduledDag(Protocol):
    """A DAG as the scheduler sees it: from Airflow 3 on, what is left of it when it was stored and read."""

    dag_id: str
    dagrun_timeout: timedelta | None

    def __getattr__(self, name: str) -> Any:
        """Anything else that it has."""


class Scheduler(Protocol):
    """Airflow's scheduler, which looks at one DAG, over an executor that runs nothing itself."""

    def one_pass(self, create_runs: bool) -> list[tuple[str, str]]:
        """One pass of its loop, in which it may create runs. The DAG callbacks it asks for: run id, name."""

    def handed_over(self) -> list[RunKey]:
        """The task instances handed to the executor since the last call, in that order."""

    def ended(self, key: RunKey, state: str | None) -> None:
        """The executor reports that it is done with a task instance, whose state is now `state`."""

    def next_creation(self) -> datetime | None:
        """When the next scheduled run is to be created."""


class Airflow(Protocol):
    """
    Everything that a simulation asks of the installed Airflow. Both lines have all of it; mypy sees that they do.

    Nothing here decides: each function asks Airflow, or tells it what happened.
    """

    # Airflow's own classes, which move from version to version.
    DAG: Any
    BaseOperator: Any
    BaseSensorOperator: Any
    PythonOperator: Any
    ShortCircuitOperator: Any
    LatestOnlyOperator: Any
    PokeReturnValue: Any
    TriggerEvent: Any
    SimulatedTrigger: Any
    TaskDeferred: Any
    AirflowFailException: Any
    AirflowSensorTimeout: Any
    AirflowSkipException: Any
    AirflowTaskTimeout: Any
    task_group: Any
    BRANCH_OPERATORS: tuple[Any, ...]
    BRANCH_PYTHON_OPERATORS: tuple[Any, ...]
    NO_ERRORS: tuple[Any, ...]

    # --- before and between simulations ---

    def prepare(self, hooks: Hooks) -> None:
        """Make this process ready to simulate; called once."""

    def register(self, dag: Dag) -> ScheduledDag:
        """Write a DAG to the metadata database, unpaused, and return the DAG that the scheduler sees."""

    def settings(self, dag: Dag) -> dict[str, str]:
        """What Airflow stores of each task of a DAG, but for its names, what follows it, and what its templates say."""

    def forget(self) -> None:
        """Remove everything that runs of any DAG left in the database, so that the next one meets none of it."""

    def trigger_rules(self) -> list[str]:
        """Every trigger rule, by name."""

    def retry_waits(self, dag: ScheduledDag, task_id: str, at: datetime) -> list[float]:
        """The seconds before each retry of a task that always fails."""

    def xcom_backend(self, backend: XcomBackend) -> AbstractContextManager[None]:
        """While inside, a backend is switched on, as its settings do for a whole process."""

    def taken_for_empty(self, dag: ScheduledDag, task_ids: Iterable[str]) -> AbstractContextManager[None]:
        """While inside, Airflow takes these tasks for EmptyOperators: it makes them a success without a worker."""

    # --- who decides ---

    def create_run(self, dag: ScheduledDag, run_id: str, at: datetime, conf: dict[str, Any] | None) -> None:
        """Create a run that starts at `at`, of the type that its id tells."""

    def decide(self, dag: ScheduledDag, run_id: str) -> str | None:
        """Let Airflow update the run's state and schedule what became ready; the DAG callback it asks for, if any."""

    def due(self, dag: ScheduledDag) -> list[datetime]:
        """The instants at which waiting task instances of a DAG can go on: retries, reschedules, trigger timeouts."""

    def clear(self, dag: ScheduledDag, task_id: str, waits: bool) -> None:
        """Clear a task with all that is downstream of it, in all runs; whether runs wait for the scheduler."""

    def Scheduler(self, dag: ScheduledDag, schedules: bool) -> Scheduler:
        """The scheduler, for one simulation of one DAG, whose schedule begins anew if `schedules`."""

    # --- tasks and triggers ---

    def execute(self, dag: Dag, scheduled_dag: ScheduledDag, run_id: str, key: Key) -> None:
        """Run one scheduled task instance to its end, as a worker would. Raises what the task raised."""

    def take_globals(self) -> Any:
        """Remove and return what Airflow keeps in globals for the task that is running."""

    def give_globals(self, taken: Any) -> None:
        """Put back what `take_globals` returned."""

    def trigger(self, trigger_id: int) -> Any:
        """The trigger object behind a deferral."""

    def triggerer(self) -> AbstractContextManager[Any]:
        """What surrounds a trigger that runs."""

    def end_trigger(self, trigger_id: int, event: Any) -> None:
        """Tell Airflow that a trigger fired, maybe with an event that ends the task, or raised an error."""

    def time_out_triggers(self) -> None:
        """Let Airflow fail the deferrals whose timeout has passed."""

    # --- what the metadata database has ---

    def runs(self, dag_id: str) -> list[RunRow]:
        """Every run of a DAG, oldest first."""

    def rows(self, dag_id: str, run_id: str) -> list[Row]:
        """Every task instance of a run."""

    def stored(self, dag_id: str, run_id: str) -> Stored | None:
        """All rows of a run, if it has left nothing else behind."""

    def put_back(self, rows: Stored) -> None:
        """Put rows that were stored back as they were."""

    def xcoms(self, dag_id: str, run_id: str) -> dict[tuple[Key, str], Any]:
        """Every XCom of a run, deserialised, by task instance and key."""

    def xcom_sizes(self, dag_id: str, run_id: str) -> dict[tuple[Key, str], int]:
        """How many bytes each XCom of a run takes in the database, by task instance and key."""


@lru_cache(maxsize=1)
def airflow() -> Airflow:
    """The installed Airflow, by the line that it is of. Imports Airflow."""
    return cast("Airflow", import_module(f"conformance.seam.line{airflow_version()[0]}.internals"))


if TYPE_CHECKING:  # both lines have every function, with these arguments
    from conformance.seam.line2 import internals as line2
    from conformance.seam.line3 import internals as line3

    _LINE2: Airflow = line2
    _LINE3: Airflow = line3
