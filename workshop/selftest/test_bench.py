"""Proves what the table of large things says when something is over its budget, or missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.environments import build
from workshop.bench import upgrade_and_page
from workshop.bench.upgrade_and_page import Figure

pytestmark = pytest.mark.at_the_newest


@pytest.mark.parametrize(
    ("figure", "row"),
    [
        (Figure("a", 3, "s", 2.5, 2.25), ("a", "2.50 s", "2.2 s", "3 s", "[green]yes")),
        (Figure("a", 5, "MB", 5.1), ("a", "5.10 MB", "", "5 MB", "[red]no")),
        (Figure("a", 1, "s", None, missing="no Chromium"), ("a", "no Chromium", "", "1 s", "")),
    ],
)
def test_a_row(figure: Figure, row: tuple[str, ...]) -> None:
    """A figure is within its budget, over it, or was not taken because something is missing."""
    assert figure.row() == row


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an environment no upgrade is measured, and without Chromium no paint."""
    monkeypatch.setattr(build, "user_cache_path", lambda _name: tmp_path)
    monkeypatch.setattr(upgrade_and_page, "CHROMIUM", None)

    upgrade = upgrade_and_page.upgrade(tmp_path)
    *page, paint = upgrade_and_page.page(tmp_path)

    assert (upgrade.measured, upgrade.missing[:30]) == (None, "no environment of Airflow 2.11")
    assert all(figure.measured for figure in page)
    assert (paint.measured, paint.missing) == (None, "no Chromium: apt install chromium")
