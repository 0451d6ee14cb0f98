"""The report in a terminal: a table of patterns by outcomes, what needs attention, and one line with the verdict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from textwrap import indent

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

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
_EXPLAINED = {Outcome.failed, Outcome.error, Outcome.surprise}
_LISTED = {Outcome.deviation, Outcome.assumed, Outcome.not_run}
_GROUPED = {Outcome.tolerated, Outcome.advice}
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


def print_matrix(report: Report, console: Console, order: Sequence[str] = ()) -> None:
    """Print the whole report; patterns come in the given order, those it does not name last."""
    if report.records:
        console.print(_table(report.records, order))
    for first, *others in _alike(record for record in report.records if record.outcome in _EXPLAINED):
        say(console, _block(first, others), _STYLES[first.outcome])
    notes = [_note(record) for record in report.records if record.outcome in _LISTED]
    if notes:
        say(console, "\n".join(notes) + "\n")
    for group in _groups(report.records):
        say(console, group + "\n")
    say(console, _summary(report, " - " if console.options.ascii_only else " · "), _STYLES[report.footer.verdict])


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


def _alike(records: Iterable[Record]) -> list[list[Record]]:
    """
    Records with those of the same case that begin with the same line, wherever it points to: files that lack the same
    package, or the tasks of one DAG.
    """
    groups: dict[tuple[str, Outcome, str], list[Record]] = {}
    for record in records:
        line = re.sub(r" \([^()]*\)$", "", record.message.partition("\n")[0])
        groups.setdefault((record.case, record.outcome, line), []).append(record)
    return list(groups.values())


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
    alike = first.outcome is Outcome.tolerated or (others and len({_first_line(record) for record in group}) == 1)
    lines.append(indent(_named(group) if alike else _told(group), "  "))
    return "\n".join([*lines, f"  {about}"])


def _told(records: Sequence[Record]) -> str:
    """Each subject with what was found of it."""
    lines = [f"{record.subject}: {_first_line(record)}" for record in records[:_MOST_SUBJECTS]]
    left_out = len(records) - _MOST_SUBJECTS
    return "\n".join(lines + [f"and {left_out} more"] * (left_out > 0))


def _first_line(record: Record) -> str:
    return record.message.partition("\n")[0]


def _named(records: Sequence[Record]) -> str:
    left_out = len(records) - _MOST_SUBJECTS
    more = f" and {left_out} more" if left_out > 0 else ""
    return ", ".join(record.subject for record in records[:_MOST_SUBJECTS]) + more


def _summary(report: Report, separator: str) -> str:
    footer, header = report.footer, report.header
    counts = [f"{n} {name}{'s' if name in _PLURALS and n > 1 else ''}" for name, n in footer.counts.items()]
    verdict = footer.verdict.value if footer.complete else f"{footer.verdict.value} (interrupted)"
    counts_and_stand_ins = [f"{verdict}: {', '.join(counts) or 'nothing was run'}", *_stand_ins(report.records)]
    facts = (f"Airflow {header.airflow}", f"Python {header.python}", f"{report.took.total_seconds():.1f} s")
    return separator.join([*counts_and_stand_ins, *facts])


def _stand_ins(records: Sequence[Record]) -> list[str]:
    """`57 of 63 files with stand-ins for 9 packages`; of what a run looked at: files, or else DAGs."""
    looked_at = {record.subject: record for record in records if not record.dag} or {r.dag: r for r in records}
    with_stand_ins = [record for record in looked_at.values() if record.stand_ins]
    if not with_stand_ins:
        return []
    names = {name for record in with_stand_ins for name in record.stand_ins}
    packages = len([name for name in names if " " not in name])
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
