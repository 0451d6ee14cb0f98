"""The picture of worker slots in the docs is what a simulated run shows."""

from __future__ import annotations

from workshop.slots import PICTURE, drawn, simulated


def test_the_picture_is_current(sandbox: None) -> None:
    """On every version the runs that the picture was drawn from are what they were."""
    assert drawn(simulated()) == PICTURE.read_text(encoding="utf-8"), "run `python -m workshop.slots`"
