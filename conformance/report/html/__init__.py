"""`report.html`: the verdict, the matrix of versions, the patterns and the DAGs, in one file that needs no network."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from conformance.report.chapters_model import Chapter
from conformance.report.html.graph import graph
from conformance.report.html.rows import attention, case_rows, mark, sections
from conformance.report.html.timeline import timeline
from conformance.report.record import Outcome, Report
from conformance.report.severity import worst

_HERE = Path(__file__).parent


def written(reports: Sequence[Report], chapters: Sequence[Chapter]) -> str:
    """The whole page. Reports come as from `together`; what comes from DAGs is escaped, whatever it holds."""
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "graph": lambda dag: Markup(graph(dag)),
        "timeline": lambda picture: Markup(timeline(picture)),
        "python": lambda text: Markup(highlight(text, PythonLexer(), HtmlFormatter(cssclass="code"))),
        "prose": _prose,
        "minor": lambda version: ".".join(version.split(".")[:2]),
    }
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    cases = case_rows(reports, [sentence.case for chapter in chapters for sentence in chapter.sentences])
    parts = sections(reports)
    page: str = environment.get_template("page.html.j2").render(
        reports=reports,
        verdict=worst(reports),
        checks=sum(len(report.records) for report in reports),
        outcomes=[mark(o) for o in Outcome if any(o.value in report.footer.counts for report in reports)],
        cases=cases,
        cells={row.case: row.cells for row in cases},
        patterns=list(dict.fromkeys(row.pattern for row in cases)),
        chapters=chapters,
        sections=parts,
        attention=attention(parts, [row.case for row in cases]),
        style=Markup((_HERE / "page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=b64encode(sha256(script.encode()).digest()).decode(),
    )
    return page


def _prose(text: str) -> Markup:
    """A sentence in which `words` of code are set as code."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(text))))
