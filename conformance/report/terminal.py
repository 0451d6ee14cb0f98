"""The report in a terminal: one line with the verdict, a table of patterns by outcomes, and what needs attention."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from textwrap import indent

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.folder.missing import value_kind
from conformance.report.causes import (
    causes,
    counted,
    explained,
    finding,
    first_line,
    grouped,
    kind_of,
    without_place,
)
from conformance.report.record import Outcome, Record, Report
from conformance.report.verdict import Verdict

_STYLES = {
    Outcome.passed: "green",
    Outcome.failed: "bold red",
    Outcome.error: "bold magenta",
    Outcome.surprise: "bold yellow",
    Verdict.conforms: "bold green",
    Verdict.partial: "bold yellow",
    Verdict.does_not_conform: "bold red",
}
_LISTED = {Outcome.deviation, Outcome.assumed, Outcome.not_run}
_GROUPED = {Outcome.tolerated, Outcome.advice}
_MOST_CAUSES, _ROOM, _MOST_LINES, _MOST_ALIKE, _MOST_NOTES = 6, 30, 8, 3, 10
"""So many lines of each sort are told without being asked, `_ROOM` of failures: all together about a screen."""
_MOST_SUBJECTS = 10
"""So many subjects of a group are named, for an old folder may have a thousand."""
_WIDE = 7
"""So many outcomes fit in 80 characters as they are written."""
_HYPHENATED = {
    Outcome.deviation: "de-\nvia-\ntion",
    Outcome.surprise: "sur-\nprise",
    Outcome.advice: "ad-\nvice",
    Outcome.tolerated: "tol-\ner-\nated",
    Outcome.assumed: "as-\nsumed",
    Outcome.not_applicable: "not-\nappli-\ncable",
}
_PLURALS = {Outcome.error.value, Outcome.deviation.value, Outcome.surprise.value}


def print_matrix(report: Report, console: Console, order: Sequence[str] = (), verbose: bool = False) -> None:
    """
    Print a report so that it fits a screen: the verdict; what to fix first; then, DAG by DAG, what fails, a line each.

    The table of patterns comes where there is more than one, in the given order. `verbose` tells all there is.
    """
    say(console, _summary(report, " - " if console.options.ascii_only else " \u00b7 "), _STYLES[report.footer.verdict])
    if len({record.pattern for record in report.records}) > 1:
        console.print(_table(report.records, order))
    if found := [cause for cause in causes(report) if cause.touches > 1 or cause.records[0].stand_ins]:
        say(
            console, "\n".join(["", "Fix first", *_some(map(str, found), _MOST_CAUSES, "cause", indented=True)]), "bold"
        )
    if verbose:
        _print_details(report, console)
        return
    blocks = list(_blocks(report.records))
    shown = _that_fit(blocks)
    for block in shown:
        say(console, block, "bold")
    if notes := _notes(report.records):
        say(console, "\n".join(["", *notes]))
    left_out = len(blocks) - len(shown)
    more = [f"{left_out} more DAGs or files fail."] * (left_out > 0)
    if blocks or notes:
        say(console, "\n" + " ".join([*more, "With --verbose: all of it, and how each came about."]))


def _print_details(report: Report, console: Console) -> None:
    say(console, "")
    for first, *others in _alike(explained(report.records)):
        say(console, _block(first, others), _STYLES[first.outcome])
    notes = [_note(record) for record in report.records if record.outcome in _LISTED]
    if notes:
        say(console, "\n".join(notes) + "\n")
    for group in _groups(report.records):
        say(console, group + "\n")


def _that_fit(blocks: Sequence[str]) -> Sequence[str]:
    """The first blocks, as many as a screen has room for; one is always told."""
    lines = list(accumulate(block.count("\n") + 1 for block in blocks))
    return blocks[: max(1, bisect_right(lines, _ROOM))]


def _blocks(records: Iterable[Record]) -> Iterator[str]:
    """A block for each DAG, or file, of which something fails."""
    for name, found in grouped(explained(records), lambda record: record.dag or record.subject).items():
        kinds = grouped(found, kind_of).values()
        lines = [line for alike in kinds for line in _some(map(finding, alike), _MOST_ALIKE, alike[0].case)]
        yield "\n".join(["", name, *_some(lines, _MOST_LINES, "line", indented=True)])


def _notes(records: Iterable[Record]) -> list[str]:
    """A line for each case that has other outcomes worth a line."""
    # What is missing here was told already, as a cause.
    told = (record for record in records if record.dag or record.outcome is not Outcome.assumed)
    noted = (record for record in told if record.outcome in _LISTED | _GROUPED)
    kinds = grouped(noted, lambda record: (record.outcome, record.case))
    by_outcome = sorted(kinds.items(), key=lambda kind: list(Outcome).index(kind[0][0]))
    return _some((_noted(found) for _, found in by_outcome), _MOST_NOTES, "case")


def _noted(records: Sequence[Record]) -> str:
    first = records[0]
    subjects = first.subject if len(records) == 1 else counted(len(records), "time")
    said = "  ".join(filter(None, (first_line(first), first.link)))
    return f"{first.outcome.value}: {first.case} {subjects}: {said or first.claim}"


def _some(lines: Iterable[str], most: int, what: str, indented: bool = False) -> list[str]:
    """So many lines, and how many were left out."""
    all_lines = list(lines)
    left_out = len(all_lines) - most
    kept = [*all_lines[:most], *[f"and {left_out} more ({what})"] * (left_out > 0)]
    return [f"  {line}" for line in kept] if indented else kept


def _table(records: Iterable[Record], order: Sequence[str]) -> Table:
    counts = Counter((record.pattern, record.outcome) for record in records)
    outcomes = [outcome for outcome in Outcome if any(outcome is seen for _, seen in counts)]
    present = {pattern: None for pattern, _ in counts}

    narrow = len(outcomes) > _WIDE
    padding = (0, int(not narrow), 0, 0)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=padding, show_edge=not narrow)
    table.add_column("pattern", vertical="bottom")
    for outcome in outcomes:
        # Short lines, so that all columns fit in 80 characters.
        name = _HYPHENATED.get(outcome, "") if narrow else ""
        name = name or outcome.value.replace("-", "-\n")
        table.add_column(name, justify="right", vertical="bottom", header_style=_STYLES.get(outcome, ""))
    for pattern in dict.fromkeys([*order, *present]):
        if pattern in present:
            table.add_row(Text(pattern), *(str(counts[pattern, outcome] or "-") for outcome in outcomes))
    return table


def _alike(records: Iterable[Record]) -> Iterable[list[Record]]:
    """
    Records with those of the same case that begin with the same line, wherever it points to: files that lack the same
    package, or the tasks of one DAG.
    """
    return grouped(records, lambda record: (record.case, record.outcome, without_place(record))).values()


def _block(record: Record, others: Sequence[Record]) -> str:
    lines = [f"{record.outcome.value}: {record.case} {record.claim}"]
    lines.append(indent(f"{record.subject}: {record.message.rstrip()}", "  "))
    if others:
        lines.append(f"  Likewise: {_named(others)}")
    for label, value in (("Where", record.where), ("Reproduce", record.reproduce), ("Link", record.link)):
        if value:
            lines.append(f"  {label}: {value}")
    return "\n".join(lines) + "\n"


def _note(record: Record) -> str:
    words = (f"{record.outcome.value}: {record.case} {record.subject}", record.message, record.link)
    return "  ".join(" ".join(word.split()) for word in words if word)


def _groups(records: Iterable[Record]) -> list[str]:
    """One block for all that is tolerated of a case for one reason, and for all advice of a case."""
    groups: dict[tuple[Outcome, str, str], list[Record]] = {}
    for record in records:
        if record.outcome in _GROUPED:
            said = record.message.splitlines() or [""]
            about = said[0] if record.outcome is Outcome.tolerated else said[-1]
            about += f"  {record.link}" if record.link else ""
            groups.setdefault((record.outcome, record.case, about), []).append(record)
    return [_group(about, group) for (*_, about), group in sorted(groups.items(), key=lambda item: item[0][0].value)]


def _group(about: str, group: Sequence[Record]) -> str:
    first, *others = group
    lines = [f"{first.outcome.value}: {first.case} {first.claim}"]
    # Of what is tolerated the reason is told; of advice what was found, if that is not the same for all.
    alike = first.outcome is Outcome.tolerated or (others and len({first_line(record) for record in group}) == 1)
    lines.append(indent(_named(group) if alike else _told(group), "  "))
    return "\n".join([*lines, f"  {about}"])


def _told(records: Sequence[Record]) -> str:
    """Each subject with what was found of it."""
    lines = [f"{record.subject}: {first_line(record)}" for record in records[:_MOST_SUBJECTS]]
    left_out = len(records) - _MOST_SUBJECTS
    return "\n".join(lines + [f"and {left_out} more"] * (left_out > 0))


def _named(records: Sequence[Record]) -> str:
    left_out = len(records) - _MOST_SUBJECTS
    more = f" and {left_out} more" if left_out > 0 else ""
    return ", ".join(record.subject for record in records[:_MOST_SUBJECTS]) + more


def _summary(report: Report, separator: str) -> str:
    footer, header = report.footer, report.header
    counts = [f"{n} {name}{'s' if name in _PLURALS and n > 1 else ''}" for name, n in footer.counts.items()]
    verdict = footer.verdict.value if footer.complete else f"{footer.verdict.value} (interrupted)"
    counts_and_stand_ins = [f"{verdict}: {', '.join(counts) or 'nothing was run'}", *_stand_ins(report.records)]
    cached = sum(record.cached for record in report.records)
    counts_and_stand_ins += [f"{cached} of {len(report.records)} cached"] * (cached > 0)
    facts = (f"Airflow {header.airflow}", f"Python {header.python}", f"{report.took.total_seconds():.1f} s")
    return separator.join([*counts_and_stand_ins, *facts])


def _stand_ins(records: Sequence[Record]) -> list[str]:
    """`57 of 63 files with stand-ins for 9 packages`; of what a run looked at: files, or else DAGs."""
    looked_at = {record.subject: record for record in records if not record.dag} or {r.dag: r for r in records}
    with_stand_ins = [record for record in looked_at.values() if record.stand_ins]
    if not with_stand_ins:
        return []
    names = {name for record in with_stand_ins for name in record.stand_ins}
    packages = len([name for name in names if not value_kind(name)])
    said = [f"{packages} package{'s' * (packages > 1)}"] if packages else []
    said += [f"{len(names) - packages} value{'s' * (len(names) - packages > 1)}"] if len(names) > packages else []
    what = "DAG" if with_stand_ins[0].dag else "file"
    total = len(looked_at)
    return [f"{len(with_stand_ins)} of {total} {what}{'s' * (total > 1)} with stand-ins for {' and '.join(said)}"]


def say(console: Console, text: str, first_line: str = "") -> None:
    """Print text as it is: no markup, no line broken (commands are there to be copied), no encoding error."""
    words = Text(text.encode(console.encoding, "backslashreplace").decode(console.encoding))
    words.stylize(first_line, 0, words.plain.find("\n") if "\n" in words.plain else None)
    console.print(words, soft_wrap=True)
