"""What happened in a rehearsal, as plain data: the states, tries, waits and pokes of tasks, run by run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.simulator.run import SimulatedRun

Tables = Mapping[tuple[str, str], Sequence["Table"]]
"""The runs of every rehearsal, by case and subject, in the order in which they were simulated."""

JITTER = 2
"""A wait that grows has a random part, less than its length: it may be so many times longer on one of two Airflows."""


@dataclass(frozen=True)
class Row:
    """
    What one task instance did; times in whole seconds since the run began.

    `start` is when it first started, None if never; `waits` are those between its tries, `pokes` those of a sensor
    between two pokes.
    """

    state: str
    tries: int = 0
    start: int | None = None
    waits: tuple[int, ...] = ()
    pokes: tuple[int, ...] = ()

    @property
    def unseen(self) -> bool:
        """Whether nobody looked at it: where the rehearsal is about others, a task may succeed without a worker."""
        return self.state == "success" and not self.tries

    def __str__(self) -> str:
        """In a few words."""
        unstarted = "without a worker" if self.unseen else "never started"
        said = [self.state, f"tries {self.tries}" if self.tries else unstarted]
        said += [f"from {self.start}s on"] * bool(self.start)
        said += [f"waits {_some(self.waits)} between tries"] * bool(self.waits)
        said += [f"pokes again after {_some(self.pokes)}"] * bool(self.pokes)
        return ", ".join(said)


@dataclass(frozen=True)
class Table:
    """What happened in one simulated run: how it ended, and its rows by task instance, `pay` or `pay[1]`."""

    run: str
    rows: Mapping[str, Row]


def table(run: SimulatedRun) -> Table:
    """The table of a run."""
    rows = {}
    for key in run.states:
        times = run.poked.get(key, [])
        one = key.task_id, key.map_index
        starts = run.starts(*one)
        rows[str(key)] = Row(
            run.states[key] or "none",
            run.tries(*one),
            round(starts[0]) if starts else None,
            tuple(round(wait) for wait in run.waits(*one)),
            tuple(round(after - before) for before, after in pairwise(times)),
        )
    return Table(run.state if run.finished else f"{run.state} ({run.end})", rows)


def as_data(run: SimulatedRun) -> dict[str, Any]:
    """The table of a run as plain data."""
    return asdict(table(run))


def write(lines: Sequence[tuple[str, str, list[dict[str, Any]]]], file: Path) -> None:
    """Write down the tables of each case and subject."""
    file.write_text(json.dumps(lines), encoding="utf-8")


def read(file: Path) -> Tables:
    """What `write` wrote."""
    data: list[Any] = json.loads(file.read_text(encoding="utf-8"))
    return {(case, subject): [_table(**one) for one in runs] for case, subject, runs in data}


def _table(run: str, rows: dict[str, dict[str, Any]]) -> Table:
    return Table(run, {key: Row(**{**row, **_tuples(row)}) for key, row in rows.items()})


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(row[name]) for name in ("waits", "pokes")}


@dataclass(frozen=True)
class Otherwise:
    """What one task instance, or (`what` is "the run") the run, does otherwise, in words."""

    what: str
    before: str
    after: str


def otherwise(old: Sequence[Table], new: Sequence[Table], grows: bool) -> tuple[Otherwise, ...]:
    """
    What is different in the first run of a rehearsal that is not alike; nothing if all are.

    `grows` says that a wait in the DAG grows: then times count only where they are out of proportion.
    """
    for before, after in zip(old, new, strict=False):  # where a case has failed, it went no further
        if found := tuple(_differences(before, after, grows)):
            return found
    return ()


def _differences(old: Table, new: Table, grows: bool) -> Iterator[Otherwise]:
    if old.run != new.run:
        yield Otherwise("the run", old.run, new.run)
    for key in dict.fromkeys((*old.rows, *new.rows)):
        before, after = old.rows.get(key), new.rows.get(key)
        if not (before and after and _alike(before, after, grows)):
            yield Otherwise(key, *(str(row) if row else "is not there" for row in (before, after)))


def _alike(old: Row, new: Row, grows: bool) -> bool:
    if not grows or old.unseen or new.unseen:
        return old == new or (old.state == new.state and (old.unseen or new.unseen))
    times = [((row.start or 0, *row.waits), row.pokes) for row in (old, new)]
    (starts, pokes), (others, other_pokes) = times
    close = all(map(_close, starts, others)) and all(map(_close, pokes, other_pokes))
    return close and (old.state, old.tries, old.start is None) == (new.state, new.tries, new.start is None)


def _close(one: int, other: int) -> bool:
    return max(one, other) <= JITTER * min(one, other) + 1


def _some(seconds: Sequence[int]) -> str:
    """The first of them, for a sensor may poke a thousand times."""
    return ", ".join(f"{one}s" for one in seconds[:4]) + (f" … ({len(seconds)} times)" if len(seconds) > 4 else "")
