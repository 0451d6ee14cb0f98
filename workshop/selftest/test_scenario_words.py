"""A scenario's words do what they say, or are refused: none is passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from conformance.errors import UserError
from conformance.folder.parse import parse
from conformance.simulator.scenario import (
    Word,
    choose,
    do,
    done_after,
    fail,
    gives,
    lacks,
    never,
    short_circuit,
    succeed,
    takes,
)
from conformance.simulator.simulate import simulate


@pytest.fixture(scope="module")
def dag(sandbox: None) -> Any:
    """A DAG with one task of each kind that a word may be about."""
    dags, error = parse(Path(__file__).parent / "dags" / "deferring.py")
    assert error is None, error
    return dags["speaking"]


# --- what is not there ---


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        (fail("lefft"), r"fail\('lefft'\): DAG 'speaking' has no such task; it has .*'left'"),
        (never("left"), r"never\('left'\): the task is no sensor; DAG 'speaking' has these: 'there'\."),
        (done_after("left", seconds=1), r"the task is no sensor"),
        (fail("left", pokes=[1]), r"the task is no sensor"),
        (choose("left", "right"), r"the task is no branch; DAG 'speaking' has these: 'pick'\."),
        (short_circuit("pick"), r"the task is no short circuit; DAG 'speaking' has these: 'is_news'\."),
        (lacks("left", "pandas"), r"another interpreter; DAG 'speaking' has these: none\."),
        (fail("left", map_index=0), r"map_index=0\): the task is not mapped.*these are mapped: 'each'\."),
        (gives("left", 1), r"gives\('left'\): nothing is mapped over the task's result; but over these: 'items'\."),
        (fail("each", map_index=2), r"fail\('each', map_index=2\): in this run .*; it has 0, 1 "),
    ],
    ids=lambda value: str(value) if isinstance(value, Word) else "",
)
def test_a_word_about_what_is_not_there_is_refused(dag: Any, word: Word, sentence: str) -> None:
    """The sentence names the word, what is wrong with it, and what there is."""
    with pytest.raises(UserError, match=sentence):
        simulate(dag, word)
    with pytest.raises(UserError, match=sentence):
        simulate(dag, beside=(word,)) if "in this run" not in sentence else simulate(dag, word)


def test_clearing_what_is_not_there_is_refused(dag: Any) -> None:
    """The task that a person clears has to be one, too."""
    with pytest.raises(UserError, match=r"clear='lefft': DAG 'speaking' has no such task; it has "):
        simulate(dag, clear="lefft")


@pytest.mark.parametrize(
    "words",
    [
        [succeed("items", [1, 2, 3]), fail("each", map_index=2)],  # known only when it runs
        [fail("items"), fail("each", map_index=7)],  # no instance at all: the scenario itself sees to that
        [takes("left", minutes=1, map_index=-1)],  # as `run.instances` has it
    ],
)
def test_a_word_about_what_may_be_there_is_not(dag: Any, words: list[Word]) -> None:
    """How many instances a mapped task has, only the run knows."""
    assert simulate(dag, *words).finished


# --- what a branch, a short circuit and a sensor return ---


@contextmanager
def reading(dag: Any, read: Callable[[Any], Any]) -> Iterator[None]:
    """While inside, Airflow makes something else of what a branch returns."""
    kind = type(dag.task_dict["pick"])
    name = "do_branch" if hasattr(kind, "do_branch") else "skip_all_except"
    branch = next(base for base in kind.__mro__ if name in vars(base))
    own = getattr(branch, name)
    with mock.patch.object(branch, name, lambda self, whose, chosen: own(self, whose, read(chosen))):
        yield


def test_one_choice_is_plain_text(dag: Any) -> None:
    """A branch returns the id alone, a list only if a list is given, and a list of several."""
    returned: list[Any] = []

    def noted(chosen: Any) -> Any:
        returned.append(chosen)
        return chosen

    with reading(dag, noted):
        for choice in choose("pick", "left"), choose("pick", ["left"]), choose("pick", "left", "right"), choose("pick"):
            simulate(dag, choice)

    assert returned == ["left", ["left"], ["left", "right"], None]


def test_a_text_that_is_read_letter_by_letter_is_noticed(dag: Any) -> None:
    """An Airflow that took plain text for a list of letters would fail where it has to follow the branch."""
    with reading(dag, lambda chosen: [*chosen]):
        wrong = simulate(dag, choose("pick", "left"))
        right = simulate(dag, choose("pick", ["left"]))

    assert (wrong.state_of("pick"), right.state_of("pick")) == ("failed", "success")


def test_do_decides_what_a_branch_follows(dag: Any) -> None:
    """A branch follows what the function returns."""
    run = simulate(dag, do("pick", lambda context: "right"))

    assert (run.state_of("left"), run.state_of("right")) == ("skipped", "success")


def test_an_operator_that_branches_by_itself_is_a_branch(sandbox: None) -> None:
    """`BranchSQLOperator`, derived from no branch of Airflow's, follows what is chosen, and else everything."""
    asking = parse(Path(__file__).parent / "dags" / "deferring.py")[0]["asking_sql"]

    chosen, all_of_them = simulate(asking, choose("ask", "no")), simulate(asking)

    assert (chosen.state_of("yes"), chosen.state_of("no")) == ("skipped", "success")
    assert (all_of_them.state_of("yes"), all_of_them.state_of("no")) == ("success", "success")


@pytest.mark.parametrize(("value", "state"), [(False, "skipped"), (True, "success")])
def test_do_decides_what_a_short_circuit_lets_through(dag: Any, value: bool, state: str) -> None:
    """A short circuit goes on if the function returns something true."""
    assert simulate(dag, do("is_news", lambda context: value)).state_of("news") == state


def test_do_decides_when_a_sensor_is_done(dag: Any) -> None:
    """A sensor pokes again until the function returns something true."""
    found = iter([False, False, True])

    assert simulate(dag, do("there", lambda context: next(found))).pokes("there") == [0, 60, 120]
