"""What is drawn in the page is what the newest Airflow does."""

from __future__ import annotations

import pytest

from conformance.pytest_plugin.subjects import reaches
from conformance.report import pictures
from conformance.versions import newest
from workshop.draw_pictures import written


def test_the_pictures_are_current(sandbox: None) -> None:
    """On the newest Airflow the graphs and runs are those that were written down."""
    if not reaches(newest().minor):
        pytest.skip("not applicable: they are drawn with the newest Airflow")

    assert written() == pictures.FILE.read_text(encoding="utf-8"), "run `make docs`"
