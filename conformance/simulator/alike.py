"""
Simulated runs that are alike: one is the other with the names of tasks exchanged.

Airflow does not look at names. Where two tasks have the same settings and the same surroundings, what becomes of a run
in which the one fails is what becomes of a run in which the other does, so it is simulated once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from conformance.folder.operators import operator_of
from conformance.seam.api import Dag, airflow
from conformance.simulator.run import SimulatedRun
from conformance.simulator.scenario import Word
from conformance.simulator.simulate import simulate

Colours = dict[str, int]
"""A number for each task; tasks with different ones cannot be exchanged."""

PLAIN = (str, int, float, bool, timedelta, type(None))

MATTERS = {"fails", "kind", "seconds", "done_after"}
"""What a word may say if a run is to be simulated once for all that are alike."""


class Alike:
    """The tasks of one DAG, and which of them can be exchanged."""

    def __init__(self, dag: Dag) -> None:
        stored = airflow().settings(dag)
        self._kinds = {task.task_id: hash((stored[task.task_id], *_beside_settings(task))) for task in dag.tasks}
        self._upstream = {task.task_id: frozenset(task.upstream_task_ids) for task in dag.tasks}
        self._downstream = {task.task_id: frozenset(task.downstream_task_ids) for task in dag.tasks}

    def signature(self, words: Iterable[Word]) -> int:
        """A number that is the same for scenarios which are alike, and seldom for others."""
        return hash(tuple(sorted(self._refined(self._coloured(words)).values())))

    def renaming(self, words: Iterable[Word], others: Iterable[Word]) -> dict[str, str] | None:
        """Which task is to be called what, for one scenario to be the other; None if no such names are found."""
        start = self._coloured(words), self._coloured(others)
        one, other = map(self._refined, start)
        while Counter(one.values()) == Counter(other.values()):
            places = {colour: task for task, colour in other.items()}
            if len(places) == len(other):
                names = {task: places[colour] for task, colour in one.items()}
                return names if self._is_kept(names, *start) else None
            shared = {colour for colour, count in Counter(one.values()).items() if count > 1}
            chosen = next(task for task, colour in one.items() if colour in shared)
            same = [task for task, colour in other.items() if colour == one[chosen]]
            mark = hash(("this one", one[chosen]))
            one = self._refined({**one, chosen: mark})
            other = self._refined({**other, chosen if chosen in same else same[0]: mark})
        return None

    def _coloured(self, words: Iterable[Word]) -> Colours:
        said: dict[str, list[str]] = {}
        for word in words:
            said.setdefault(word.task, []).append(repr((word.name, word.map_index, word.says)))
        return {task: hash((kind, *said.get(task, ()))) for task, kind in self._kinds.items()}

    def _refined(self, colours: Colours) -> Colours:
        """Colours that also tell apart what has other surroundings, up to as far as that goes."""
        count = 0
        while len({*colours.values()}) > count:
            count = len({*colours.values()})
            colours = {task: self._with_surroundings(task, colours) for task in colours}
        return colours

    def _with_surroundings(self, task: str, colours: Colours) -> int:
        before, after = (
            tuple(sorted(colours[one] for one in side[task])) for side in (self._upstream, self._downstream)
        )
        return hash((colours[task], before, after))

    def _is_kept(self, names: Mapping[str, str], one: Colours, other: Colours) -> bool:
        """Whether nothing but names differs: the proof, whatever the numbers say."""
        return all(
            one[task] == other[name] and {names[before] for before in self._upstream[task]} == self._upstream[name]
            for task, name in names.items()
        )


class OnceForAll:
    """`simulate`, where what is alike among the runs of the DAG that was simulated last is simulated once."""

    def __init__(self) -> None:
        self._dag: Dag | None = None
        self._runs: dict[tuple[str, int], list[tuple[tuple[Word, ...], SimulatedRun]]] = {}
        self._alike: Alike | None = None

    def __call__(self, dag: Dag, *scenario: Word, **options: Any) -> SimulatedRun:
        """What became of a run. Raises what `simulate` raises."""
        if not _may_be_alike(scenario, options):
            return simulate(dag, *scenario, **options)
        if self._alike is None or dag is not self._dag:
            self._dag, self._runs, self._alike = dag, {}, Alike(dag)
        known = self._runs.setdefault((repr(options), self._alike.signature(scenario)), [])
        for words, run in known:
            if names := self._alike.renaming(words, scenario):
                return run.renamed(names)
        run = simulate(dag, *scenario, **options)
        known.append((scenario, run))
        return run


def _may_be_alike(words: Iterable[Word], options: Mapping[str, Any]) -> bool:
    """Whether a run with these words and options may stand for others: nothing in it has a name, a value or code."""
    said = {name for word in words for name, value in word.says.items() if value not in (None, False)}
    return said <= MATTERS and options.keys() <= {"others_empty"}


def _beside_settings(task: Any) -> tuple[Any, ...]:
    """What may matter and is no setting that Airflow stores: class and mapped groups, of a sensor all that it has."""
    operator = operator_of(task)
    groups = [group.group_id for group in task.iter_mapped_task_groups()]
    if not any(base.__name__ == "BaseSensorOperator" for base in operator.__mro__):
        return operator, *groups
    templates = {*getattr(task, "template_fields", ()), "task_id", "label"}
    said = sorted((name, value) for name, value in vars(task).items() if type(value) in PLAIN and name not in templates)
    return operator, *groups, repr(said)
