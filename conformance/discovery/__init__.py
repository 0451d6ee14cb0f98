"""
Which patterns the DAGs of a folder seem to follow, by nothing but their structure, and a `claims.toml` that says so.

One small function per pattern looks at one DAG. What it claims has to hold for that DAG as it is today: where the
structure leaves a doubt, it claims less, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.discovery import failure, flow, joins, tries, waiting
from conformance.discovery.found import Found
from conformance.discovery.ruled_graph import RuledGraph
from conformance.folder.summary import DagSummary

Finder = Callable[[RuledGraph], Iterator[Found]]

FINDERS: tuple[Finder, ...] = (
    flow.single_task,
    flow.serial,
    flow.parallel,
    flow.branch,
    flow.short_circuit,
    joins.merge,
    waiting.async_wait,
    joins.fan_in,
    joins.unwatched,
    joins.watched,
    waiting.sensor_timeout,
    tries.retry,
    failure.parallel_failure,
    failure.partial_failure,
    failure.fail_fast,
    failure.chain_failure,
    failure.setup_teardown,
)
"""In learning order."""


def discover(dag: DagSummary) -> list[Found]:
    """Everything that a DAG seems to follow."""
    graph = RuledGraph(dag)
    return [found for finder in FINDERS for found in finder(graph)]
