"""
Mapping: a task that runs once for each item of a result.

Reference DAG: dags/mapping.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from conformance.case import case
from conformance.roles.claim import UNSAID, Claim
from conformance.roles.shapes import MAPPED, directly_downstream_of, downstream_of, if_said
from conformance.simulator import Simulate, SimulatedRun, fail, receive, succeed, takes

ITEMS = ["first", 2, {"third": [3]}]
"""Items of several types."""

MOST = 1024
"""How many items a result may have by default (`max_map_length`)."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Mapping(Claim):
    """A task is mapped over the result of another."""

    pattern = "mapping"
    roles = ("source", "task", "collector")
    shapes: ClassVar = {
        "source": (if_said("chained", MAPPED),),
        "task": (MAPPED, directly_downstream_of("source")),
        "collector": (downstream_of("task"),),
    }

    source: str
    """The task that returns what is mapped over."""
    task: str
    """The task that is mapped over that: it takes one item as an argument, and maybe others that are the same."""
    single: bool = False
    """Whether the source is one task that returns all items, and each item is given as it is."""
    over_dict: bool = False
    """Whether the source may return a dict."""
    kwargs: tuple[str, ...] = UNSAID
    """With `expand_kwargs`: the arguments of which each item gives an instance a value."""
    changed: bool = False
    """Whether each item of the result of one task goes through a function on its way (`.map`)."""
    chained: bool = False
    """Whether the source is mapped, too, so that each of its results is an item."""
    empty: bool = False
    """Whether the source may return an empty list."""
    drops: bool = False
    """Whether the source is mapped, and an instance of it may return None."""
    same: bool = False
    """Whether the task has another argument, which is the same for each item (`partial`)."""
    collector: str = UNSAID
    """A task that takes the results of all instances."""

    @property
    def one_source(self) -> bool:
        """Whether one task returns all items."""
        return not (self.chained or self.drops)


def instances(run: SimulatedRun, task: str) -> list[int]:
    """The map indexes of a task in order; none if it was not expanded."""
    return sorted(key.map_index for key in run.instances(task) if key.map_index >= 0)


def given(run: SimulatedRun, task: str) -> list[list[Any]]:
    """The arguments of each instance, in order."""
    return [run.arguments(task, index) for index in instances(run, task)]


@case("MAP-001", needs=("single",))
def test_each_instance_gets_one_item(mapping: Mapping, simulate: Simulate) -> None:
    """
    Of a list each item is given to one instance, in order, with its value and type.

    If this fails: the task is mapped over something else, or over a combination of several.
    """
    run = simulate(mapping.dag, succeed(mapping.source, ITEMS), receive(mapping.task))

    assert instances(run, mapping.task) == [0, 1, 2], run.explain(mapping.task)
    for item, arguments in zip(ITEMS, given(run, mapping.task), strict=True):
        assert item in arguments, f"{arguments}\n{run.explain(mapping.task)}"


@case("MAP-002", needs=("over_dict",))
def test_of_a_dict_it_gets_key_and_value(mapping: Mapping, simulate: Simulate) -> None:
    """
    Of a dict each instance is given a pair of a key and its value.

    If this fails: the items go through a function (`.map`) that takes no pairs.
    """
    run = simulate(mapping.dag, succeed(mapping.source, {"a": 1, "b": 2}), receive(mapping.task))

    for pair, arguments in zip([("a", 1), ("b", 2)], given(run, mapping.task), strict=True):
        assert pair in [tuple(one) for one in arguments if isinstance(one, (list, tuple))], run.explain(mapping.task)


@case("MAP-003", needs=("empty",))
def test_over_nothing_it_is_skipped(mapping: Mapping, simulate: Simulate) -> None:
    """
    Over an empty list there is no instance, and the task is skipped.

    If this fails: the task is mapped over something else, too.
    """
    run = simulate(mapping.dag, succeed(mapping.source, []))

    assert run.state_of(mapping.task) == "skipped", run.explain(mapping.task)
    assert run.starts(mapping.task) == [], run.explain(mapping.task)


@case("MAP-004", needs=("one_source",))
def test_what_cannot_be_mapped_over_fails_its_source(mapping: Mapping, simulate: Simulate) -> None:
    """
    A result that is no list and no dict, or has more than 1024 items, fails the task that returns it.

    If this fails: no task is mapped over the result of this one, or `max_map_length` is set.
    """
    results: tuple[Any, ...] = "text", 7, None, [{}] * (MOST + 1)
    for result in results:
        run = simulate(mapping.dag, succeed(mapping.source, result))

        assert run.state_of(mapping.source) == "failed", f"{result!r:.50}\n{run.explain(mapping.source)}"
        assert run.starts(mapping.task) == [], run.explain(mapping.task)


@case("MAP-005", needs=("kwargs",))
def test_a_dict_gives_an_instance_its_arguments(mapping: Mapping, simulate: Simulate) -> None:
    """
    With `expand_kwargs` each item is a dict of arguments for one instance.

    If this fails: the arguments have other names, or the items go through a function (`.map`).
    """
    items = [{name: f"{name} {number}" for name in mapping.kwargs} for number in range(2)]
    run = simulate(mapping.dag, succeed(mapping.source, items), receive(mapping.task))

    for item, arguments in zip(items, given(run, mapping.task), strict=True):
        assert {*item.values()} <= {one for one in arguments if isinstance(one, str)}, run.explain(mapping.task)


@case("MAP-006", needs=("changed",))
def test_a_function_changes_items_on_their_way(mapping: Mapping, simulate: Simulate) -> None:
    """
    A function given to `.map` changes what each instance gets, and not what the source has returned.

    If this fails: the task is mapped over the result as it is, or the function returns its item.
    """
    items = ["first", "second"]
    run = simulate(mapping.dag, succeed(mapping.source, items), receive(mapping.task))

    assert run.xcom(mapping.source) == items, run.explain(mapping.source)
    assert instances(run, mapping.task) == [0, 1], run.explain(mapping.task)
    for item, arguments in zip(items, given(run, mapping.task), strict=True):
        assert item not in arguments, f"{arguments}\n{run.explain(mapping.task)}"


@case("MAP-007", needs=("chained",))
def test_each_result_is_an_item(mapping: Mapping, simulate: Simulate) -> None:
    """
    Over the results of a mapped task there is an instance for each of its instances, in order.

    If this fails: the task is mapped over one of the results, and not over all of them.
    """
    run = simulate(
        mapping.dag,
        *(succeed(mapping.source, f"result {index}", map_index=index) for index in (0, 1)),
        receive(mapping.task),
    )

    count = len(instances(run, mapping.source))
    assert count > 1, run.explain(mapping.source)
    assert instances(run, mapping.task) == list(range(count)), run.explain(mapping.task)
    for index in (0, 1):
        assert f"result {index}" in run.arguments(mapping.task, index), run.explain(mapping.task)


@case("MAP-008", needs=("drops",))
def test_no_result_is_no_item(mapping: Mapping, simulate: Simulate) -> None:
    """
    An instance that returns None is left out of what is mapped over the results.

    If this fails: the source returns something else in place of None.
    """
    results = succeed(mapping.source, None, map_index=0), succeed(mapping.source, "result", map_index=1)
    run = simulate(mapping.dag, *results, receive(mapping.task))

    count = len(instances(run, mapping.source))
    assert len(instances(run, mapping.task)) == count - 1, run.explain(mapping.task)
    assert "result" in run.arguments(mapping.task, 0), run.explain(mapping.task)


@case("MAP-009", needs=("same",))
def test_the_other_arguments_are_the_same(mapping: Mapping, simulate: Simulate) -> None:
    """
    What `partial` gives is the same in all instances.

    If this fails: the other arguments are mapped over, too.
    """
    items = ["first", "second"]
    run = simulate(mapping.dag, succeed(mapping.source, items), receive(mapping.task))

    arguments = given(run, mapping.task)
    others = [[one for one in of_one if one not in items] for of_one in arguments]
    assert others[0], f"{arguments}\n{run.explain(mapping.task)}"
    assert others[0] == others[1], f"{arguments}\n{run.explain(mapping.task)}"


@case("MAP-010", needs=("collector", "single"))
def test_results_are_collected_in_order(mapping: Mapping, simulate: Simulate) -> None:
    """
    Who takes the results of all instances gets them in the order of the items, whichever ended first.

    If this fails: the collector takes something else, or sorts nothing by itself.
    """
    late = takes(mapping.task, minutes=5, map_index=0)
    results = (succeed(mapping.task, f"result {index}", map_index=index) for index in range(3))
    run = simulate(mapping.dag, succeed(mapping.source, ITEMS), *results, late, receive(mapping.collector))

    collected = [list(one) for one in run.arguments(mapping.collector) if not isinstance(one, (str, int))]
    assert ["result 0", "result 1", "result 2"] in collected, f"{collected}\n{run.explain(mapping.collector)}"


@case("MAP-011", needs=("single",))
def test_one_failure_leaves_the_others(mapping: Mapping, simulate: Simulate) -> None:
    """
    When one instance fails, the others run, and the task as a whole has failed.

    If this fails: the DAG stops at the first failure (`fail_fast`).
    """
    run = simulate(mapping.dag, succeed(mapping.source, ITEMS), fail(mapping.task, map_index=1))

    states = [run.state_of(mapping.task, index) for index in range(3)]
    assert states == ["success", "failed", "success"], run.explain(mapping.task)
    assert run.state == "failed", run.explain(mapping.task)
