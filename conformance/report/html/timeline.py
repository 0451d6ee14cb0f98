"""A simulated run as SVG, to scale: a bar for each stretch on a worker, a thin line for a wait, a tick for a poke."""

from __future__ import annotations

from html import escape

from conformance.report.chapters_model import Bar, Lane, Picture

_WIDTH, _ROW, _TOP, _CHAR, _RIGHT = 600, 26, 8, 7.3, 130
_STEPS = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400)
_MOST_TICKS = 7
_BAD = {"failed", "up_for_retry", "upstream_failed"}


def timeline(picture: Picture) -> str:
    """The picture."""
    left = 10 + _CHAR * max((len(lane.task) for lane in picture.lanes), default=0)
    scale = _WIDTH / (picture.seconds or 1)
    width, bottom = left + _WIDTH + _RIGHT, _TOP + _ROW * len(picture.lanes)
    parts = [_axis(picture.seconds, left, scale, bottom)]
    lanes = sorted(picture.lanes, key=lambda lane: lane.bars[0].start if lane.bars else picture.seconds)
    parts += [_lane(lane, left, _TOP + _ROW * n, scale) for n, lane in enumerate(lanes)]
    label = escape(f"Time line of {picture.dag}: {picture.says}; the run has {picture.state}", quote=True)
    return (
        f'<svg class="timeline" viewBox="0 0 {width:.0f} {bottom + 26}" width="{width:.0f}" height="{bottom + 26}" '
        f'role="img" aria-label="{label}">{"".join(parts)}</svg>'
    )


def _axis(seconds: float, left: float, scale: float, bottom: float) -> str:
    step = next((step for step in _STEPS if seconds / step <= _MOST_TICKS), _STEPS[-1])
    parts = []
    for n in range(int(seconds // step) + 1):
        x = left + n * step * scale
        parts.append(f'<path class="grid" d="M{x:.1f} {_TOP}V{bottom}"/>')
        parts.append(f'<text class="small" x="{x:.1f}" y="{bottom + 17}">{_clock(n * step)}</text>')
    return "".join(parts)


def _clock(seconds: int) -> str:
    """An instant of a run in the unit that fits: 0, 30 s, 5 min, 2 h."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s" if seconds else "0"


def _lane(lane: Lane, left: float, top: float, scale: float) -> str:
    middle = top + _ROW / 2
    parts = [f'<text class="name" x="{left - 8:.1f}" y="{middle + 4:.1f}">{escape(lane.task)}</text>']
    end = 0.0
    if lane.bars:
        end = lane.bars[-1].end
        start = left + lane.bars[0].start * scale
        parts.append(f'<path class="wait" d="M{start:.1f} {middle:.1f}H{left + end * scale:.1f}"/>')
    parts += [_bar(bar, left, middle, scale) for bar in lane.bars]
    for poke in lane.pokes:
        parts.append(f'<path class="poke" d="M{left + poke * scale:.1f} {middle - 10:.1f}v20"/>')
    x = left + end * scale + 6
    tries = len({bar.try_number for bar in lane.bars})
    says = f"{lane.state}, {tries} tries" if tries > 1 else lane.state
    parts.append(f'<text class="state" x="{x:.1f}" y="{middle + 4:.1f}">{_mark(lane.state)} {escape(says)}</text>')
    return "".join(parts)


def _bar(bar: Bar, left: float, middle: float, scale: float) -> str:
    kind = "bad" if bar.state in _BAD else "good" if bar.state == "success" else "other"
    x, width = left + bar.start * scale, max(2.0, (bar.end - bar.start) * scale)
    title = f"try {bar.try_number}: {bar.start:g} s to {bar.end:g} s, then {bar.state}"
    box = f'x="{x:.1f}" y="{middle - 7:.1f}" width="{width:.1f}" height="14" rx="2"'
    return f'<rect class="{kind}" {box}><title>{escape(title)}</title></rect>'


def _mark(state: str) -> str:
    return {"success": "✓", "failed": "✗", "upstream_failed": "✗", "skipped": "→"}.get(state, "·")
