"""
What is drawn in `report.html`: the graphs of the reference DAGs, and a simulated run of each pattern.

Both come from the newest Airflow and are kept in `fixtures/pictures.json`: a report can be made where no Airflow is.

    python -m workshop.draw_pictures            # write it; needs Airflow
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from conformance.catalogue import reference_files
from conformance.claims import reader
from conformance.folder.summary import summarise
from conformance.paths import DAGS
from conformance.report.chapters_model import Bar, Drawn, Lane, Picture
from conformance.report.pictures import FILE
from conformance.report.record import Dag, Task
from conformance.sandbox import home
from conformance.simulator import Word, choose, defer, done_after, fail, never, simulate, takes
from conformance.simulator.run import SimulatedRun

SCENARIOS: dict[str, tuple[str, Callable[[Any], list[Word]]]] = {
    "branch": ("`{brancher}` chooses `{arms[0]}`", lambda c: [choose(c.brancher, c.arms[0])]),
    "merge": ("`{brancher}` chooses `{arms[0]}`", lambda c: [choose(c.brancher, c.arms[0])]),
    "async-wait": ("`{task}` waits for 50 minutes, deferred", lambda c: [defer(c.task, seconds=3000)]),
    "fan-in": ("`{upstreams[1]}` takes ten minutes", lambda c: [takes(c.upstreams[1], minutes=10)]),
    "watcher": ("`{watched[0]}` fails", lambda c: [fail(c.watched[0])]),
    "poll-for-job": ("the job ends after 35 minutes", lambda c: [done_after(c.sensor, minutes=35)]),
    "sensor-timeout": (
        "what `{sensor}` and `wait_for_file` wait for never comes",
        lambda c: [never(c.sensor), never("wait_for_file")],
    ),
    "sensor-result": (
        "what `{sensor}` waits for is there after 35 minutes",
        lambda c: [done_after(c.sensor, minutes=35)],
    ),
    "retry": ("`{task}` fails in every try", lambda c: [fail(c.task)]),
    "parallel-failure": ("`{siblings[1]}` fails", lambda c: [fail(c.siblings[1])]),
    "chain-failure": ("`{tasks[1]}` fails in every try", lambda c: [fail(c.tasks[1])]),
    "setup-teardown": ("`{work[0]}` fails", lambda c: [fail(c.work[0])]),
}
"""What happens in the picture of a pattern, in words and as a scenario. In all others everything succeeds."""

LOOK, WORK = 10, 60
"""Seconds that each poke of a sensor takes, and each try of every other task."""


def drawn() -> dict[str, Drawn]:
    """What is drawn of each pattern. The sandbox must have been entered."""
    claims = reader.read(DAGS / reader.FILE).claims
    found = {}
    for pattern, files in reference_files().items():
        first = next((c for c in claims if c.pattern == pattern and c.dag in _dags(files[0])), None) if files else None
        pictures = (_picture(first, _dags(files[0])[first.dag]),) if first else ()
        found[pattern] = Drawn(tuple(dag for file in files for dag in _graphs(file)), pictures)
    return found


@lru_cache
def _dags(file: str) -> dict[str, Any]:
    from conformance.folder.parse import parse

    dags, error = parse(DAGS / file)
    assert not error, error
    return dags


def _graphs(file: str) -> Iterable[Dag]:
    for dag in summarise(_dags(file), file, (DAGS / file).read_text(encoding="utf-8")):
        tasks = (Task(t.task_id, t.operator, t.trigger_rule, t.upstream, t.mapped) for t in dag.tasks)
        yield Dag(dag.dag_id, f"dags/{file}:{dag.line}", tuple(tasks))


def _picture(claim: Any, dag: Any) -> Picture:
    says, words = SCENARIOS.get(claim.pattern, ("everything succeeds", lambda _: []))
    tasks = dag.task_dict.items()
    lengths = [takes(id, seconds=LOOK if hasattr(task, "poke_interval") else WORK) for id, task in tasks]
    run = simulate(dag, *lengths, *words(claim))
    return Picture(says.format(**vars(claim)), claim.dag, run.state, run.seconds, tuple(_lanes(run)))


def _lanes(run: SimulatedRun) -> Iterable[Lane]:
    order = list(run.rules)
    for key in sorted(run.states, key=lambda key: (order.index(key.task_id), key.map_index)):
        bars = (Bar(s.try_number, s.start, s.end, s.state or "none") for s in run.stints if s.key == key)
        yield Lane(str(key), run.states[key] or "none", tuple(bars), tuple(run.poked.get(key, ())))


def written() -> str:
    """The text of the file: a line for each pattern."""
    lines = [f"{json.dumps(name)}: {json.dumps(asdict(found))}" for name, found in drawn().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> int:
    """Write the file; the exit code."""
    with tempfile.TemporaryDirectory(prefix="airflow-conformance-pictures-") as folder:
        entered = home.enter(Path(folder))
        try:
            FILE.write_text(written(), encoding="utf-8")
        finally:
            entered.leave()
    return 0


if __name__ == "__main__":
    sys.exit(main())
