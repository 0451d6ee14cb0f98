"""What Airflow's documentation promises is answered with cases that exist, and each sentence once."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest

from conformance.catalogue import catalogue
from workshop.documentation_page import Answer, Sentence, sentences, written

pytestmark = pytest.mark.at_the_newest


@pytest.mark.parametrize("one", sentences(), ids=lambda one: one.sentence[:40])
def test_a_sentence_has_an_answer(one: Sentence) -> None:
    """A sentence that is executed, in part or not, names cases that exist; one that is not names none."""
    known = {entry.case.id for entry in catalogue()}

    assert one.answer in get_args(Answer)
    assert set(one.cases) <= known
    assert bool(one.cases) == (one.answer != "not yet")


def test_each_sentence_stands_once() -> None:
    """No page says a sentence twice."""
    counts = Counter((one.page, one.sentence) for one in sentences())

    assert [found for found, count in counts.items() if count > 1] == []


def test_a_case_is_a_link_and_a_deviation_is_named() -> None:
    """The page leads to each case, and names the versions on which the sentence is not so."""
    page = written()

    assert "[EARLIER-001](specification.md#earlier-001)" in page
    assert "| `<3.0` |" in page
