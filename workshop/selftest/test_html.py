"""Proves what can be seen of the page without a browser: one file, that holds what the reports hold, and escapes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from conformance.claims.kinds import kinds
from conformance.report import html
from conformance.report.chapters import chapters
from conformance.report.chapters_model import Bar, Lane, Picture
from conformance.report.html.graph import graph
from conformance.report.html.timeline import timeline
from conformance.report.record import Dag, Outcome, Report, Task
from workshop.selftest.samples import DEVIATION, EACH, FAILED, HOSTILE, ORDERS, PASSED, report

pytestmark = pytest.mark.at_the_newest

STYLE = (Path(html.__file__).parent / "page.css").read_text(encoding="utf-8")
VOID = {"meta", "link", "input", "br", "img"}


class Document(HTMLParser):
    """The elements of a page with their attributes, its text, and whether every element is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, {name: value or "" for name, value in attributes}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself, as in SVG."""
        self.elements.append((tag, {name: value or "" for name, value in attributes}))

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of all elements of one kind."""
        return [attributes for name, attributes in self.elements if name == tag]


def page(*reports: Report) -> Document:
    """The page of reports, with the chapters of their patterns."""
    return Document(html.written(reports, chapters({r.pattern for one in reports for r in one.records})))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Document:
    """The page of two reports that have all there can be, with the chapters of all patterns."""
    folder = tmp_path_factory.mktemp("reports")
    both = [report(folder, *EACH, PASSED, DEVIATION, airflow="2.7.3"), report(folder, *EACH, FAILED)]
    return Document(html.written(both, chapters(set(kinds()))))


def test_one_file(whole: Document) -> None:
    """Nothing is loaded from anywhere: no address but those of links that somebody may follow."""
    loaded = [
        a.get("src") or a.get("href", "") for tag, a in whole.elements if tag != "a" and ("src" in a or "href" in a)
    ]

    assert loaded == ["data:,"]
    assert "@import" not in STYLE
    assert "url(" not in STYLE


def test_links_lead_somewhere(whole: Document) -> None:
    """Every id is there once, and every link inside the page leads to one."""
    ids = [attributes["id"] for _, attributes in whole.elements if "id" in attributes]
    inside = {a["href"][1:] for a in whole.all("a") if a["href"].startswith("#")}
    elsewhere = {a["href"] for a in whole.all("a") if not a["href"].startswith("#")}

    assert len(ids) == len(set(ids))
    assert inside <= set(ids)
    assert all(address.startswith("https://") for address in elsewhere)


def test_every_outcome_is_shown_as_a_word(whole: Document) -> None:
    """No outcome is told by its colour alone, and none is forgotten in the filter."""
    words = set(whole.text.split())

    assert {outcome.value for outcome in Outcome} <= words
    assert whole.text.count("On Airflow") >= 10


def test_the_matrix_has_the_links_of_deviations(whole: Document) -> None:
    """A deviation is told in the matrix, with the versions that have it and where to read of it."""
    assert "2.7: It waits. https://a.b/1" in whole.text


def test_landmarks_and_headers(whole: Document) -> None:
    """The page has its landmarks, a language, one main heading, and tables with headers that say of what they are."""
    tags = [tag for tag, _ in whole.elements]

    assert {tag: tags.count(tag) for tag in ("header", "nav", "main", "footer", "h1", "title")} == {
        "header": 1, "nav": 1, "main": 1, "footer": 1, "h1": 1, "title": tags.count("title"),
    }  # fmt: skip
    assert whole.all("html") == [{"lang": "en"}]
    assert all(th.get("scope") in ("row", "col") for th in whole.all("th"))
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in whole.all("svg"))


def test_every_pattern_has_its_chapter(whole: Document) -> None:
    """Each pattern has its claims, its reference DAGs, their graphs, and a time line if it is about a DAG."""
    found = chapters(set(kinds()))

    assert [chapter.pattern for chapter in found] == list(kinds())
    for chapter in found:
        assert chapter.sentences
        if chapter.pattern != "any-dag":
            assert chapter.sources, chapter.pattern
            assert chapter.drawn.dags, f"{chapter.pattern} is not drawn: run `make docs`"
        if kinds()[chapter.pattern].is_claimed:
            assert chapter.drawn.pictures, f"{chapter.pattern} is not drawn: run `make docs`"


def test_truth_tables_mark_what_differs() -> None:
    """A cell says on which other versions it is what, and below the table is why, with a link."""
    (chapter,) = chapters({"trigger-rules"})
    table = next(table for table in chapter.tables if table.rule == "all_success")
    removed = table.one[table.states.index("removed")]

    assert (removed.join, removed.run) == ("run", "success")
    assert removed.differs == "wait, the run: failed, on Airflow <3.3"
    assert [known.airflow for known in table.known] == ["<3.3"]
    assert all(len(square.rows) == len(table.states) for square in table.squares)


def test_only_patterns_that_occur_have_a_chapter(tmp_path: Path) -> None:
    """The page of somebody's folder has the chapters of what is claimed there."""
    found = page(report(tmp_path, PASSED))

    assert [a["data-chapter"] for _, a in found.elements if "data-chapter" in a] == ["retry"]


def test_everything_is_escaped(tmp_path: Path) -> None:
    """Whatever names and messages hold stays text: no element comes of it, no attribute and no script."""
    dag = Dag(HOSTILE, f"shop/{HOSTILE}.py:1", (Task(HOSTILE, HOSTILE, HOSTILE, (), True),))
    odd = replace(
        FAILED,
        **dict.fromkeys(("case", "pattern", "subject", "claim", "message", "where", "reproduce", "dag"), HOSTILE),  # type: ignore[arg-type]
        link=f"javascript:{HOSTILE}",
    )
    plain = report(tmp_path, FAILED)
    header = replace(plain.header, folder=HOSTILE, kit=HOSTILE, airflow=f"3.3.2{HOSTILE}", providers={HOSTILE: HOSTILE})

    found = page(replace(plain, header=header, records=(odd,), dags=(dag,)))

    assert len(found.all("script")) == 1
    assert found.all("img") == []
    assert not any(name.startswith("on") for _, attributes in found.elements for name in attributes)
    assert not any("javascript:" in attributes.get("href", "") for _, attributes in found.elements)
    assert found.text.count(HOSTILE) > 10


def test_a_case_that_the_kit_does_not_know_is_shown(tmp_path: Path) -> None:
    """A report of another version of the kit keeps its cases."""
    found = page(report(tmp_path, replace(PASSED, case="RETRY-999", claim="It is new."), PASSED))

    assert "It is new." in found.text


def test_two_versions_that_say_the_same_say_it_once(tmp_path: Path) -> None:
    """What fails alike on two versions needs attention once, with both of them."""
    found = page(report(tmp_path, FAILED, airflow="2.7.3"), report(tmp_path, FAILED))

    assert found.text.count("orders: run failed after 2m") == 2  # where it needs attention, and at the DAG
    assert "on 2.7.3, 3.3.2" in found.text


def test_graph_goes_to_the_right() -> None:
    """Each task is right of those before it, nobody is on somebody else's place, and mapped tasks look like several."""
    drawn = graph(ORDERS)
    boxes = {name: float(x) for name, x in re.findall(r"<title>(\w+):.*?<text x=\"([\d.]+)\"", drawn)}

    assert boxes["fetch"] < boxes["pay"] < boxes["tell"]
    assert drawn.count("<rect") == 4
    assert drawn.count('class="edge"') == 3
    assert "one_failed" in drawn


@pytest.mark.parametrize("upstream", [("a",), ("gone",)])
def test_graph_of_what_cannot_be(upstream: tuple[str, ...]) -> None:
    """A task that waits for itself, or for one that is not there, is drawn all the same."""
    assert "<rect" in graph(Dag("x", "", (Task("a", "Op", "all_success", upstream, False),)))
    assert "<rect" not in graph(Dag("x", "", ()))


def test_timeline_is_to_scale() -> None:
    """Bars stand where their time is: the second try begins after the wait, and the state is a word."""
    bars = Bar(1, 0, 60, "up_for_retry"), Bar(2, 180, 240, "failed")
    drawn = timeline(Picture("it fails", "x", "failed", 240, (Lane("pay", "failed", bars, (10.0,)),)))

    (first, one), (second, other) = (
        (float(x), float(w)) for x, w in re.findall(r'rect.*? x="([\d.]+)".*?width="([\d.]+)"', drawn)
    )
    assert one == other == pytest.approx(600 / 4)
    assert second - first == pytest.approx(600 * 3 / 4)
    assert "✗ failed, 2 tries" in drawn


def schemes() -> Iterator[dict[str, str]]:
    """The colours of the light page and of the dark one."""
    for block in re.findall(r":root \{(.*?)\n *\}", STYLE, re.DOTALL):
        yield dict(re.findall(r"--([\w-]+): (#\w{6})", block))


def contrast(one: str, other: str) -> float:
    """How well one colour can be told from another, as WCAG 2 reckons it."""

    def luminance(color: str) -> float:
        parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast() -> None:
    """Every text, in light and in dark, has the contrast that WCAG AA asks for."""
    pairs = [(name, f"{name}-bg") for name in ("good", "bad", "warn", "note")]
    pairs += [(name, "bg") for name in ("ink", "soft", "link", "good", "bad", "warn", "note")]
    pairs += [(name, "panel") for name in ("ink", "soft", "keyword", "string", "comment", "name", "number")]
    pairs += [("soft", "none-bg"), ("ink", "warn-bg"), ("link", "warn-bg")]

    for scheme in schemes():
        assert {pair: round(contrast(scheme[pair[0]], scheme[pair[1]]), 1) for pair in pairs if
                contrast(scheme[pair[0]], scheme[pair[1]]) < 4.5} == {}  # fmt: skip
