"""A script that a task starts runs beside the tasks, on the simulated clock."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from conformance.folder.parse import parse
from conformance.simulator import SimulatedRun, scripts, simulate

FILE = Path(__file__).parent / "dags" / "executed.py"
SECONDS = {"left": 20, "awaited": 30, "slow": 600}


@pytest.fixture(scope="module")
def dag(sandbox: None) -> Any:
    """The DAG that starts scripts."""
    found, error = parse(FILE)
    assert error is None
    return found["starting"]


def started(dag: Any, said: list[str], fails: str = "") -> SimulatedRun:
    """A run of the DAG; each script says its argument when it ends, or fails."""

    def work(argument: str) -> None:
        time.sleep(SECONDS[argument])
        if argument == fails:
            raise ValueError(argument)
        said.append(argument)

    with scripts() as plans:
        plans["beside.py"] = work
        return simulate(dag, execute=True)


def test_a_script_goes_on_beside_the_tasks(dag: Any) -> None:
    """A task that starts a script ends at once; the script ends while other tasks run, or not before the run does."""
    said: list[str] = []
    run = started(dag, said)

    assert run.ends("leave") == [0], run.explain("leave")
    assert said == ["left", "awaited"]
    assert run.seconds == 60, run.explain()


def test_a_task_can_wait_for_a_script(dag: Any) -> None:
    """A task that waits for a script goes on when it ends, or when its patience does."""
    run = started(dag, [])

    assert (run.ends("wait"), run.xcom("wait")) == ([30], 0), run.explain("wait")
    assert run.ends("give_up") == [60], run.explain("give_up")
    assert "TimeoutExpired" in run.error("give_up")


def test_a_script_that_raises_has_failed(dag: Any) -> None:
    """An error in a script is its own, and shows in its return code."""
    run = started(dag, [], fails="awaited")

    assert (run.ends("wait"), run.xcom("wait")) == ([30], 1), run.explain("wait")


def test_the_file_itself_can_run(dag: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a plan of its own, a script does what `main` in its file does."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "beside.py").write_text("import time\ndef main(name): time.sleep(7)\n")
    with scripts() as plans:
        plans["beside.py"] = None
        run = simulate(dag, execute=True)

    assert run.ends("wait") == [7], run.explain("wait")
    assert run.state == "success", run.explain()


def test_other_programs_are_started_as_ever(dag: Any) -> None:
    """A program that no plan names really runs."""
    run = started(dag, [])

    assert run.xcom("real") == "really\n", run.explain("real")
