"""What a person reads about the patterns beside the results: the chapters that `report.html` shows."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.report.record import Dag


@dataclass(frozen=True)
class Bar:
    """A stretch of time that a task instance was on a worker; seconds since the start of the run."""

    try_number: int
    start: float
    end: float
    state: str


@dataclass(frozen=True)
class Lane:
    """What one task instance did in a simulated run; `pokes` is when a sensor poked."""

    task: str
    state: str
    bars: tuple[Bar, ...]
    pokes: tuple[float, ...]


@dataclass(frozen=True)
class Picture:
    """A simulated run, to be drawn as a time line; `says` is its scenario in words."""

    says: str
    dag: str
    state: str
    seconds: float
    lanes: tuple[Lane, ...]


@dataclass(frozen=True)
class Drawn:
    """What is drawn of a pattern: its reference DAGs, and simulated runs."""

    dags: tuple[Dag, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Known:
    """A known deviation: the Airflow versions, what is seen there, and a link or "not reported"."""

    airflow: str
    seen: str
    link: str


@dataclass(frozen=True)
class Sentence:
    """A case, as a person reads it."""

    case: str
    claim: str
    if_this_fails: str
    since: str
    known: tuple[Known, ...]


@dataclass(frozen=True)
class Source:
    """A reference DAG file."""

    name: str
    text: str


@dataclass(frozen=True)
class Cell:
    """What becomes of a join, and of its run; `differs` says on which other Airflow versions it is what."""

    join: str
    run: str
    differs: str


@dataclass(frozen=True)
class Square:
    """Part of a truth table: a row and a column for each state of two upstreams; `third` is that of another one."""

    third: str
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Table:
    """The truth table of a trigger rule on one Airflow, with what differs between versions."""

    rule: str
    use: str
    airflow: str
    states: tuple[str, ...]
    one: tuple[Cell, ...]
    squares: tuple[Square, ...]
    known: tuple[Known, ...]


@dataclass(frozen=True)
class Chapter:
    """A pattern."""

    pattern: str
    title: str
    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...]
    drawn: Drawn
    tables: tuple[Table, ...]
