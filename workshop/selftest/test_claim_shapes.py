"""A claim whose roles do not fit the shape of its DAG is refused: one sentence that lists the tasks that would fit."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from conformance.claims.kinds import kinds
from conformance.claims.reader import Claims, check
from conformance.errors import UserError
from conformance.folder.summary import DagSummary, Kind, TaskSummary
from conformance.folder.survey import DagFile, Folder
from conformance.roles.claim import Claim


def _task(name: str, *upstream: str, kind: Kind = "", mapped: bool = False, teardown: bool = False) -> TaskSummary:
    return TaskSummary(name, upstream=upstream, mapped=mapped, kind=kind, teardown=teardown, line=1)


DAG = DagSummary(
    "shop",
    "shop.py",
    1,
    (
        _task("ask"),
        _task("pick", "ask", kind="branch"),
        _task("left", "pick"),
        _task("middle", "pick"),
        _task("right", "pick", mapped=True),
        _task("stamp", "pick", "right"),
        _task("end", "left", "middle", "right"),
        _task("check", kind="short-circuit"),
        _task("parcels.weigh", "check"),
        _task("parcels.send", "parcels.weigh"),
        _task("wait", "ask", kind="sensor"),
        _task("use", "wait"),
        replace(_task("tarry", "ask", kind="sensor"), deferrable=True),
        _task("apart", "ask", kind="isolated"),
        _task("make"),
        _task("work", "make"),
        _task("remove", "work", teardown=True),
    ),
)
"""
ask ─ pick ─ (left, middle, right) ─ end · (pick, right) ─ stamp · ask ─ (apart, tarry, wait ─ use)
check ─ parcels (weigh ─ send) · make ─ work ─ remove
"""

BRANCH = {"brancher": "pick", "arms": ("left", "right")}
GATE = {"gate": "check", "guarded": ("parcels.weigh",)}
FAN_IN = {"join": "end", "upstreams": ("left", "right")}
FAILURE = {"siblings": ("left", "right")}
CHAIN = {"tasks": ("ask", "pick", "left"), "recovery": "end"}
SETUP = {"setup": "make", "work": ("work",), "teardown": "remove"}
WATCHER = {"watched": ("left", "right"), "last": "end"}
JOB = {"start": "ask", "sensor": "wait", "downstream": "use", "job": "j", "interval": 1, "timeout": 2}
DEFERS = {"sensor": "tarry", "deferrable": True}
LOOKS = dict.fromkeys(("interval", "longest_interval", "retry_delay"), 60) | dict.fromkeys(
    ("reschedules", "default_timeout", "forgives", "silent"), True
)
VERDICT = {"sensor": "wait", "downstream": "use", "good": "g", "bad": "b"}


def _claim(pattern: str, said: dict[str, Any]) -> Claim:
    return kinds()[pattern](dag="shop", **said)


def _refused(claim: Claim) -> str:
    """The sentence with which a claim is refused; empty if it is not."""
    try:
        check(Claims((claim,)), Folder(Path("/dags"), (DagFile("shop.py", (DAG,), None),)), Path("claims.toml"))
    except UserError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("serial", {"tasks": ("ask", "pick")}),
        ("parallel", {"tasks": ("left", "right")}),
        ("third-party-packages", {"task": "apart", "inputs": ("ask",)}),
        ("branch", BRANCH | {"mapped_arm": True}),
        ("branch", GATE | {"later": "parcels.send"}),
        ("merge", BRANCH | {"join": "end"}),
        ("fan-in", FAN_IN | {"at_least": 2}),
        ("watcher", WATCHER | {"retried": "left"}),
        ("pass-data", {"producer": "ask", "consumer": "pick", "puller": "end"}),
        ("large-data", {"writer": "right", "reader": "end", "bucket": "b", "mapped": True}),
        ("shared-data", {"writer": "right", "total": "end", "winner": "right", "source": "ask", "recorder": "end"}),
        ("external-store", {"source": "ask", "writer": "end", "bucket": "b"}),
        ("poll-for-job", JOB),
        ("sensor-result", VERDICT),
        ("sensor-timeout", {"sensor": "wait", "downstream": "use"}),
        ("sensor-timeout", {"sensor": "wait", "interval": 60, "reschedules": True}),
        ("sensor-timeout", DEFERS | {"timeout": 600, "retries": 1, "soft": True}),
        ("retry", {"task": "wait", "retries": 1, "reschedules": True}),
        ("parallel-failure", FAILURE | {"needs_all": "end", "retried": "left", "each": "right", "collect": "end"}),
        ("parallel-failure", {"siblings": ("right",), "each": "right", "collect": "end"}),
        ("chain-failure", CHAIN),
        ("setup-teardown", SETUP),
        ("earlier-runs", {"task": "ask", "next": "pick", "later": "left"}),
        ("latest-only", {"gate": "ask", "newest": "pick", "anyway": "end"}),
        ("callbacks", {"task": "left", "brancher": "pick", "upstream": "ask"}),
        ("mapping", {"source": "pick", "task": "right", "collector": "end"}),
        ("limits", {"tasks": ("left", "right")}),
        ("schedule", {"turned_on": datetime(2024, 1, 1, tzinfo=timezone.utc)}),
    ],
)
def test_what_fits_is_accepted(pattern: str, said: dict[str, Any]) -> None:
    """A claim whose roles fit its DAG is accepted."""
    assert _refused(_claim(pattern, said)) == ""


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("earlier-runs", {"task": "ask", "next": "end"}, "'next': it is not directly downstream of 'ask'; .*'pick'"),
    ("earlier-runs", {"task": "ask", "next": "pick", "later": "use"}, "'later': it is not downstream of 'pick'"),
    ("earlier-runs", {"task": "pick", "next": "right", "later": "stamp"}, "'later': it is directly downstream"),
    ("mapping", {"source": "pick", "task": "left"}, "'left' .* 'task': it is neither mapped nor .*: 'right'"),
    ("mapping", {"source": "ask", "task": "right"}, "'task': it is not directly downstream of 'ask'"),
    ("mapping", {"source": "pick", "task": "right", "chained": True}, "'source': it is neither .* says 'chained'"),
    ("mapping", {"source": "pick", "task": "right", "collector": "left"}, "'collector': it is not downstream of"),
    ("callbacks", {"task": "left", "brancher": "ask"}, "'ask' cannot play role 'brancher': it is not a branch"),
    ("latest-only", {"gate": "ask", "newest": "end"}, "'end' .* 'newest': it is not directly downstream of 'ask'"),
    ("latest-only", {"gate": "ask", "newest": "pick", "anyway": "use"}, "'anyway': it is not downstream of 'pick'"),
    ("serial", {"tasks": ("end",)}, "'end' cannot play role 'tasks': it is alone, and the role needs at least two"),
    ("parallel", {"tasks": ("end", "end")}, "'end' cannot play role 'tasks': it is alone"),
    ("third-party-packages", {"task": "ask"}, "it does not run in a Python environment of its own; .* can: 'apart'"),
    ("third-party-packages", {"task": "apart", "inputs": ("end",)}, "'end'.*not directly upstream of 'apart'.*: 'ask'"),
    ("branch", BRANCH | {"brancher": "ask"}, "'ask' cannot play role 'brancher': it is not a branch; .* 'pick'"),
    ("branch", BRANCH | {"arms": ("left", "end")}, "'end' .* not directly downstream of 'pick'; .*: 'left', 'middle',"),
    ("branch", BRANCH | {"arms": ("left",)}, "'left' cannot play role 'arms': it is alone, .*: 'middle', 'right'"),
    ("branch", BRANCH | {"arms": ("left", "middle"), "mapped_arm": True}, "'left' .* is not mapped, nor .*: 'right'"),
    ("branch", BRANCH | {"mapped": True}, "'left' .* neither mapped nor in a mapped .* says 'mapped'; .*: 'right'"),
    ("branch", {"arms": ("left", "right")}, "'arms' says nothing without 'brancher': say that, too"),
    ("branch", BRANCH | {"group": "parcels"}, "'parcels' .* 'group.*not directly downstream of 'pick'; .*: none"),
    ("branch", BRANCH | {"group": "left"}, "has no task group 'left' for role 'group': name one of 'parcels'"),
    ("branch", BRANCH | {"shared": "end"}, "'end' cannot play role 'shared': it is not directly downstream of 'pick'"),
    ("branch", BRANCH | {"shared": "stamp"}, "'stamp' .*: it is downstream of another than the first of 'left'"),
    ("branch", GATE | {"later": "use"}, "'use' .* 'later': it is not downstream of 'check'; .*: 'parcels.send'"),
    ("branch", GATE | {"gate": "pick"}, "'pick' cannot play role 'gate': it is not a short circuit; .*: 'check'"),
    ("branch", GATE | {"guarded": ("parcels.send",)}, "'check' .* 'gate'.*not directly upstream of 'parcels.send'"),
    ("branch", GATE | {"guarded": ("parcels.weigh", "use")}, "'use' .* not downstr.* of 'check'; .* 'parcels.se"),
    ("branch", GATE | {"mapped": True}, "'parcels.weigh' .* neither mapped .*, although the claim says 'mapped'"),
    ("branch", GATE | {"later": "parcels.weigh"}, "'later': it is directly downstream of 'check'; .*: 'parcels.send'"),
    ("merge", BRANCH | {"brancher": "ask", "join": "end"}, "'ask' cannot play role 'brancher': it is not a branch; "),
    ("merge", BRANCH | {"arms": ("ask", "left"), "join": "end"}, "'ask' .* 'arms.*not directly downstream of 'pick'"),
    ("merge", BRANCH | {"arms": ("left",), "join": "end"}, "'left' cannot play role 'arms': it is alone, and the role"),
    ("merge", BRANCH | {"join": "end", "mapped": True}, "'left' .* 'arms': it is neither .* the claim says 'mapped'; "),
    ("merge", BRANCH | {"arms": ("left", "middle"), "join": "end", "mapped_arm": True}, "'arms': .* says 'mapped_arm'"),
    ("merge", BRANCH | {"join": "ask"}, "'ask' cannot play role 'join': it waits for no other task; .*: 'end'"),
    ("merge", BRANCH | {"join": "use"}, "'use' .* 'join': it is not downstream of 'left', 'right'; .*: 'end'"),
    ("merge", BRANCH | {"join": "end", "mapped_join": True}, "'end' .* although the claim says 'mapped_join'"),
    ("fan-in", FAN_IN | {"join": "ask"}, "'ask' cannot play role 'join': it waits for no other task"),
    ("fan-in", FAN_IN | {"upstreams": ("left", "ask")}, "'ask' .* 'upstreams'.*not directly upstream of 'end'; .*"),
    ("fan-in", FAN_IN | {"upstreams": ("left",)}, "'left' cannot play role 'upstreams': it is alone, .*: 'middle'"),
    ("fan-in", FAN_IN | {"either": ("ask", "end")}, "'ask' .* 'either': it is not one of 'left', 'right'"),
    ("fan-in", FAN_IN | {"at_least": 3}, "'left' .* 'upstreams': it is one of fewer than 'at_least' says"),
    ("fan-in", FAN_IN | {"required": ("ask",)}, "'ask' .* 'required': it is not one of 'left', 'right'; .*: 'left'"),
    ("fan-in", FAN_IN | {"either": ("left",)}, "'left' cannot play role 'either': it is alone, .*: 'right'"),
    ("watcher", WATCHER | {"last": "use"}, "'use' .* 'last': it is not downstream of 'left', 'right'; .*'end'"),
    ("watcher", WATCHER | {"last": "ask"}, "'ask' cannot play role 'last': it waits for no other task; .*: 'end'"),
    ("watcher", WATCHER | {"watcher": "use"}, "'use' .* 'watcher': it is not downstream of 'left', 'right'"),
    ("watcher", WATCHER | {"watcher": "ask"}, "'ask' cannot play role 'watcher': it waits for no other task"),
    ("watcher", WATCHER | {"retried": "ask"}, "'ask' cannot play role 'retried': it is not one of 'left', 'right'"),
    ("pass-data", {"producer": "ask", "consumer": "end"}, "'consumer.*not directly downstr.* of 'ask'; .*'apart', 'p"),
    ("pass-data", {"producer": "ask", "puller": "work"}, "'work' .* 'puller': it is not downstream of 'ask'"),
    ("pass-data", {"producer": "ask", "collects": True}, "'producer': .* although the claim says 'collects'"),
    ("pass-data", {"producer": "ask", "consumer": "pick", "pairs": True}, "'consumer': .* the claim says 'pairs'"),
    ("large-data", {"writer": "left", "reader": "end", "bucket": "b", "mapped": True}, "'writer': .* says 'mapped'"),
    ("large-data", {"writer": "left", "reader": "ask", "bucket": "b"}, "'reader.*not downstream of 'left'; .*: 'end'"),
    ("shared-data", {"writer": "left"}, "'left' cannot play role 'writer': it is neither mapped nor in a mapped"),
    ("shared-data", {"winner": "left"}, "'left' cannot play role 'winner': it is neither mapped nor .*: 'right'"),
    ("shared-data", {"source": "ask", "recorder": "work"}, "'work' .* 'recorder': it is not downstream of 'ask'"),
    ("shared-data", {"writer": "right", "total": "ask"}, "'ask' .* 'total': it is not downstream of 'right'"),
    ("shared-data", {"total": "end"}, "'total' says nothing without 'writer': say that, too"),
    ("external-store", {"source": "end", "writer": "ask", "bucket": "b"}, "'ask' .* 'writer.*not downstream of 'end'"),
    ("poll-for-job", JOB | {"sensor": "end"}, "'end' cannot play role 'sensor': it is not a sensor; .* can: .*'wait'"),
    ("poll-for-job", JOB | {"start": "make"}, "'wait' cannot play role 'sensor': it is not downstream of 'make'"),
    ("poll-for-job", JOB | {"downstream": "end"}, "'downstream.*not directly downstream of 'wait'; .* can: 'use'"),
    ("sensor-result", VERDICT | {"sensor": "ask"}, "'ask' cannot play role 'sensor': it is not a sensor; .*'wait'"),
    ("sensor-result", VERDICT | {"downstream": "end"}, "'end' .* not directly downstream of 'wait'; .* can: 'use'"),
    ("sensor-timeout", {"sensor": "wait", "deferrable": True}, "'wait' .* it does not defer, although .* 'deferrable'"),
    ("sensor-timeout", DEFERS | {"sensor": "wait", "interval": 60}, "'wait' .* it does not defer, .*; .* can: none"),
    ("sensor-timeout", {"sensor": "tarry"}, "'tarry' .* it defers, .*; say 'deferrable = true'; .* can: 'wait'"),
    ("sensor-timeout", {"sensor": "tarry", "interval": 60}, "'tarry' .* it defers, .* say 'deferrable = true'; "),
    *(("sensor-timeout", DEFERS | {name: LOOKS[name]}, f"'tarry' .* it defers, .* says '{name}'") for name in LOOKS),
    ("sensor-timeout", {"sensor": "ask"}, "'ask' cannot play role 'sensor': it is not a sensor; .* can: 'wait'"),
    ("sensor-timeout", {"sensor": "wait", "downstream": "end"}, "'end' .* not directly downstr.* of 'wait'; .*: 'use'"),
    ("retry", {"task": "end", "retries": 1, "reschedules": True}, "'end' .* not a sensor, although .* 'reschedules'"),
    ("retry", {"task": "tarry", "retries": 1, "reschedules": True}, "'tarry' .* defers, .* although .*'reschedules'"),
    ("parallel-failure", FAILURE | {"siblings": ("left",)}, "'left' cannot play role 'siblings': it is alone"),
    ("parallel-failure", FAILURE | {"always": "use"}, "'use' .* 'always.*not downstr.* of 'left', 'right'; .*: 'end'"),
    ("parallel-failure", FAILURE | {"needs_all": "left"}, "'left' .* 'needs_all.*not downstream of 'left', 'right'"),
    ("parallel-failure", FAILURE | {"needs_one": "ask"}, "'ask' .* 'needs_one.*not downstream of 'left', 'right'"),
    ("parallel-failure", FAILURE | {"retried": "end"}, "'end' cannot play role 'retried': it is not one of 'left'"),
    ("parallel-failure", FAILURE | {"each": "left"}, "'left' cannot play role 'each': it is neither mapped nor"),
    ("parallel-failure", FAILURE | {"each": "right", "collect": "use"}, "'collect.*not downstr.* of 'right'; .*'end'"),
    ("chain-failure", {"tasks": ("ask",)}, "'ask' cannot play role 'tasks': it is alone"),
    ("chain-failure", {"tasks": ("pick", "ask")}, "'ask' .* not downstr.* of all .* named before it in 'pick', 'ask'"),
    ("chain-failure", CHAIN | {"recovery": "pick"}, "'recovery.*not directly downstream of the last of .*: 'end'"),
    ("chain-failure", CHAIN | {"after": "use"}, "'use' cannot play role 'after': it is not downstream of 'end'"),
    ("setup-teardown", SETUP | {"teardown": "work"}, "'work' .* 'teardown': it is not a teardown; .*remove"),
    ("setup-teardown", SETUP | {"setup": "ask"}, "'remove' cannot play role 'teardown': it is not downstream of 'ask'"),
    ("setup-teardown", SETUP | {"work": ("use",)}, "'use' .* 'work.*not directly downstream of 'make'; .*: 'work'"),
    ("setup-teardown", SETUP | {"after": "use"}, "'use' .* 'after': it is not downstream of 'work'; .*'remove'"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "said", "sentence"), REFUSED)
def test_what_does_not_fit_is_one_sentence(pattern: str, said: dict[str, Any], sentence: str) -> None:
    """A task that cannot play its role is one sentence: which claim, who, what is wrong, and who could."""
    refused = _refused(_claim(pattern, said))

    assert refused.startswith(f"claims.toml, claim 1 ({pattern}): ")
    assert "\n" not in refused
    assert re.search(sentence, refused), refused


def test_every_shape_is_tried() -> None:
    """Whatever a pattern asks of a role is asked in vain in one of the claims above."""
    sentences = {
        pattern: "".join(_refused(_claim(p, said)) for p, said, _ in REFUSED if p == pattern) for pattern in kinds()
    }

    for pattern, kind in kinds().items():
        for role, shapes in kind.shapes.items():
            for shape in shapes:
                assert f"role '{role}': it {shape.otherwise}" in sentences[pattern], pattern
