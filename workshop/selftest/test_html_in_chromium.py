"""Proves in a real browser that the page is quick, can be filtered, used by keyboard and read on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest

from conformance.claims.kinds import kinds
from conformance.report import html
from conformance.report.chapters import chapters
from conformance.report.record import Outcome
from workshop.selftest.chromium import CHROMIUM, Page
from workshop.selftest.samples import EACH, FAILED, HOSTILE, PASSED, large, report

pytestmark = [
    pytest.mark.at_the_newest,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt install chromium"),
    pytest.mark.xdist_group("chromium"),
]

CASES = "[...document.querySelectorAll('.matrix tbody tr:not([hidden]) a.case')].map(a => a.textContent)"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two versions, with the chapters of all patterns and with hostile names."""
    folder = tmp_path_factory.mktemp("page")
    odd = replace(FAILED, case="ZZZ-001", subject=HOSTILE, dag=HOSTILE, message=HOSTILE, where=f"shop/{HOSTILE}.py")
    both = [
        report(folder, PASSED, replace(FAILED, outcome=Outcome.passed, message=""), airflow="2.7.3"),
        report(folder, PASSED, FAILED, odd, *EACH),
    ]
    page = folder / "report.html"
    page.write_text(html.written(both, chapters(set(kinds()))), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    """A wide, light page."""
    with Page() as page:
        yield page


def complaints(page: Page) -> list[object]:
    """What the browser complains of: errors of the script, things that the page may not load."""
    return [e["params"] for e in page.events if e["method"] in ("Runtime.exceptionThrown", "Log.entryAdded")]


def test_it_asks_for_nothing(browser: Page, file: Path) -> None:
    """Opening the page asks for the page, runs without an error, and shows no dialogue."""
    browser.open(file)

    assert browser.requests() == [file.resolve().as_uri()]
    assert complaints(browser) == []
    assert not any(event["method"] == "Page.javascriptDialogOpening" for event in browser.events)


def test_scripts_in_names_stay_text(browser: Page, file: Path) -> None:
    """A DAG, a task and a message that are `<script>` are shown as such, and nothing of them is run."""
    browser.open(file, "#matrix")

    assert browser.value("document.scripts.length") == 1
    assert browser.value("document.images.length") == 0
    assert browser.value(f"document.body.textContent.split({HOSTILE!r}.slice(0, 25)).length") > 4
    assert browser.value(
        "[...document.querySelectorAll('*')].every(e => ![...e.attributes].some(a => /^on/.test(a.name)))"
    )


@pytest.mark.parametrize(
    ("state", "cases"),
    [
        ("", ["RETRY-001", "RETRY-002", "ZZZ-001"]),
        ("outcome=failed", ["RETRY-002", "ZZZ-001"]),
        ("outcome=failed&version=0", []),
        ("version=0", ["RETRY-001", "RETRY-002"]),
        ("q=tried+AGAIN", ["RETRY-001"]),
        ("pattern=retry&q=zzz", ["ZZZ-001"]),
        ("differs=on&version=0", ["RETRY-002"]),
    ],
)
def test_the_address_holds_the_filter(browser: Page, file: Path, state: str, cases: list[str]) -> None:
    """A link with a filter in its fragment shows what the filter leaves, and the form is filled in."""
    browser.open(file, f"?{state}#?{state}")  # the query makes it another page, which is loaded anew

    assert browser.value(CASES) == cases
    assert browser.value("document.querySelector('output').textContent").startswith(str(len(cases)))
    shown = browser.value("[...document.querySelectorAll('.matrix thead th')].filter(th => th.offsetParent).length")
    assert shown == (2 if "version" in state else 3)


def test_the_filter_follows_the_keyboard(browser: Page, file: Path) -> None:
    """`/` leads to the text, typing filters and changes the address, `Esc` clears, `j` and `k` walk through cases."""
    focus = "document.activeElement.textContent || document.activeElement.name"
    browser.open(file)

    browser.press("/")
    assert browser.value(focus) == "q"
    for key in "zzz":
        browser.press(key)
    browser.wait("location.hash === '#?q=zzz'")
    assert browser.value(CASES) == ["ZZZ-001"]

    browser.press("Escape")
    browser.wait("location.hash === ''")
    browser.value("document.activeElement.blur()")
    walked = []
    for key in "jjk":
        browser.press(key)
        walked.append(browser.value(focus))
    assert walked == ["RETRY-001", "RETRY-002", "RETRY-001"]


def test_a_link_unfolds_its_target(browser: Page, file: Path) -> None:
    """Whoever follows a link to a record of a folded DAG sees it."""
    browser.open(file)
    browser.value("document.querySelectorAll('.dag').forEach(dag => dag.open = false)")

    browser.value("document.querySelector('.attention a').click()")

    browser.wait("document.querySelector(location.hash).closest('details').open")
    browser.wait("document.querySelector(location.hash).getBoundingClientRect().top < innerHeight")


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_can_show_it(file: Path, dark: bool) -> None:
    """On a phone nothing is wider than the screen but what scrolls by itself, and the page follows its dark mode."""
    with Page(390, 800, dark) as phone:
        phone.open(file)

        assert phone.value("document.documentElement.scrollWidth") == 390
        assert phone.value("getComputedStyle(document.body).backgroundColor") == (
            "rgb(13, 17, 23)" if dark else "rgb(255, 255, 255)"
        )


def test_ten_thousand_records(browser: Page, tmp_path: Path) -> None:
    """Ten thousand records, one in ten of them a failure, are a page of 5 MB, written in 3 s and painted in 1 s."""
    made = large(tmp_path)
    page = tmp_path / "report.html"

    began = process_time()
    page.write_text(html.written([made], chapters(set(kinds()))), encoding="utf-8")
    took = process_time() - began
    painted = browser.first_paint(page)

    assert page.stat().st_size < 5_000_000
    assert took < 3
    assert painted < 1
