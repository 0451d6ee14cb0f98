"""The page of the trigger rules, `docs/trigger-rules.md`: each decision list in words, and what surprises."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.deviations import Fact, reported
from conformance.report.views import markdown
from conformance.truth.rules import STATES, Line, TriggerRule, facts, rules, run_lists
from conformance.truth.tables import Row, about, table
from conformance.versions import newest, pins

_TOP = """
# Trigger rules

What a task does that has several tasks directly before it, called a *join* here, by its `trigger_rule`. Every line of
this page is executed on every Airflow minor from {oldest} to {newest} (cases TRIGGER-001 and following of [the
specification](specification.md)), for every combination of states of one, two and three upstreams, in every order of
them. To look at and to copy: [dags/trigger_rules.py](../dags/trigger_rules.py).

## How to read it

* In each list the first line that fits counts. A line above "any unfinished" is the *early decision*: the scheduler
  does not wait for the rest.
* *Unfinished* is whatever has not come to its end: not started, running, waiting for a retry, deferred.
* *run*: the scheduler starts the join. *wait*: it does nothing for now, and if nothing else can happen, it calls that
  a deadlock and the run has failed. Every other word is the state that it puts the join in.
* A list speaks of the states that the scheduler finds when it looks. With an early decision, who ends first may have
  decided already: after a skip `all_success` is `skipped`, even if a failure follows.
* `removed` is what becomes of an instance of a mapped task when a later try maps over fewer items.
* The instances of a mapped upstream count one by one, like so many tasks. One that is mapped over nothing counts as
  one task that was skipped.
* A line is about every join unless it says about which: one that is *unmapped*, an instance of a *mapped* one, or a
  *surplus* instance, whose map index is not below the number of upstreams that succeeded. An instance looks at all
  that stands before the join, not at the instance of the same map index.
* Only tasks *directly* before the join count. Why one of them was skipped, or what failed before it, makes no
  difference.

This page is written by `python -m workshop.docs` from [rules.toml](../fixtures/truth_tables/rules.toml), and so
are the truth tables beside that file. Do not edit it.
"""


def written() -> str:
    """The whole page."""
    current = [rule for rule in rules().values() if not rule.gone]
    former = [rule for rule in rules().values() if rule.gone]
    top = _TOP.strip().format(oldest=pins()[0].minor, newest=newest().minor)
    parts = [top, "## Which rule for what", _choice(current)]
    parts += ["## Where versions differ", "\n".join(map(_fact, facts().values()))]
    parts += ["## How the run ends", _ends()]
    parts += [_rule(rule) for rule in current]
    parts += ["## Words of Airflow 2", "\n".join(map(_former, former))]
    return "\n\n".join(parts) + "\n"


def _choice(found: Iterable[TriggerRule]) -> str:
    return markdown.table(["Trigger rule", "When to use it"], ([f"[{r.name}](#{r.name})", r.use] for r in found))


def _fact(fact: Fact) -> str:
    return f"* **{fact.name}**, on Airflow `{fact.airflow}`: {fact.seen} ({reported(fact.link)})"


def _ends() -> str:
    return "\n\n".join(
        [
            "With a join at its end, if the join succeeds when it runs:",
            _list(run_lists()["join"]),
            "So a failure before the join fails the run only if it fails the join. At a teardown nobody looks:",
            _list(run_lists()["teardown"]),
        ]
    )


def _rule(rule: TriggerRule) -> str:
    here = about(table(rule), newest().version)
    parts = [
        f"## {rule.name}",
        f"{rule.use} From Airflow {rule.since} on." if rule.since else rule.use,
        _list(rule.decides),
        f"Two upstreams, on Airflow {newest().minor}:",
        _two(rule),
        "\n".join(f"* {said}" for said in [*rule.surprises, *_remarks(here)]),
        f"All of it: [{rule.name}.csv](../fixtures/truth_tables/{rule.name}.csv)",
    ]
    return "\n\n".join(filter(None, parts))


def _former(rule: TriggerRule) -> str:
    return f"* **{rule.name}** is another word for [{rule.alias}](#{rule.alias}); Airflow {rule.gone} refuses it."


def _list(lines: Iterable[Line]) -> str:
    return "\n".join(f"{number}. {_line(line)}" for number, line in enumerate(lines, 1))


def _line(line: Line) -> str:
    named = (" and " if line.quantity == "both" else " or ").join(f"`{state}`" for state in line.states)
    words = [line.quantity, *["setups"] * line.setups, *[named] * bool(named)]
    limits = [f"if the join is *{line.who}*"] * bool(line.who)
    if line.fact:
        limits.append(f"on Airflow `{line.fact.airflow}`: {line.fact.name}")
    return f"{' '.join(words)}: **{line.outcome}**" + f" ({', '.join(limits)})" * bool(limits)


def _two(rule: TriggerRule) -> str:
    """What the join does after two upstreams, as a square."""
    heads = [f"`{state}`" for state in STATES]
    lines = [
        [f"**{heads[n]}**", *(rule.join((one, other), newest().version) for other in STATES)]
        for n, one in enumerate(STATES)
    ]
    return markdown.table(["", *heads], lines)


def _remarks(rows: Iterable[Row]) -> list[str]:
    """What follows from a table, on the newest Airflow, and is easily overlooked."""
    rows = [row for row in rows if not row.has_setups]
    early = sorted({row.join for row in rows if not row.is_finished} - {"wait"})
    hidden = [row for row in rows if row.is_finished and "failed" in row.upstreams and row.run == "success"]
    stuck = [row for row in rows if row.is_finished and row.join == "wait"]
    said = [f"Decides early: {' or '.join(early)}."] if early else ["Always waits until all upstreams have finished."]
    said += ["A failed upstream does not always fail the run."] * bool(hidden)
    said += [f"Waits for ever after {' + '.join(row.upstreams)}, for example." for row in stuck[:1]]
    return said
