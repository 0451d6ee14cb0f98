"""What took the time of a run: the slowest DAGs, and the slowest cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from conformance.report.record import Record


def slowest(records: Sequence[Record], count: int) -> Iterator[str]:
    """Lines that name so many of the slowest DAGs and cases, without what was cached: it took its time elsewhere."""
    simulated = [record for record in records if not record.cached and record.seconds]
    yield from _section("Slowest DAGs", simulated, lambda record: record.dag or record.subject, count)
    yield from _section("Slowest cases", simulated, lambda record: f"{record.case} {record.claim}", count)


def _section(title: str, records: Sequence[Record], name: Callable[[Record], str], count: int) -> Iterator[str]:
    found: dict[str, list[float]] = {}
    for record in records:
        found.setdefault(name(record), []).append(record.seconds)
    yield title
    for named, seconds in sorted(found.items(), key=lambda one: -sum(one[1]))[:count]:
        yield f"  {sum(seconds):7.1f} s  {named} ({len(seconds)} time{'s' * (len(seconds) > 1)})"
