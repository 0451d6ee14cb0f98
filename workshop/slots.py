"""
A picture of the worker slots that a waiting sensor occupies, drawn from two simulated runs: `docs/sensor-slots.svg`.

    python -m workshop.slots            # draw it anew; needs Airflow
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from conformance.paths import DAGS, PACKAGE
from conformance.sandbox import home
from conformance.simulator.run import SimulatedRun

PICTURE = PACKAGE.parent / "docs" / "sensor-slots.svg"

POKE = 10
"""Seconds that each poke takes."""

ROWS = (("wait_for_file", "mode poke, a poke every minute"), ("wait_for_table", "mode reschedule, every ten minutes"))

WIDTH, LEFT, TOP, ROW = 760, 20, 50, 70

STYLE = """
    text { font: 13px sans-serif; fill: #24292f }
    .slot { fill: #0969da } .line { stroke: #8c959f }
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .slot { fill: #58a6ff } .line { stroke: #6e7681 } }
"""


def simulated() -> SimulatedRun:
    """The reference DAG, in which both sensors wait in vain. The sandbox must have been entered."""
    from conformance.folder.parse import parse
    from conformance.simulator import never, simulate, takes

    dags, _ = parse(DAGS / "sensor_timeout.py")
    words = [word for sensor, _ in ROWS for word in (never(sensor), takes(sensor, seconds=POKE))]
    return simulate(dags["sensor_timeout"], *words)


def drawn(run: SimulatedRun) -> str:
    """The picture, as SVG: a bar for each stretch of time in which a sensor is on a worker, to scale."""
    longest = max(end for sensor, _ in ROWS for end in run.ends(sensor))
    scale = (WIDTH - 2 * LEFT) / longest
    parts = [f'<text x="{LEFT}" y="24">Two sensors wait in vain. Each poke takes {POKE} s.</text>']
    for number, (sensor, says) in enumerate(ROWS):
        y = TOP + number * ROW
        waited = run.ends(sensor)[-1]
        slots = f"{says}: gives up after {waited:,.0f} s, occupies a slot for {run.slot_seconds(sensor):,.0f} s"
        parts.append(f'<text x="{LEFT}" y="{y + 12}">{slots}</text>')
        parts.append(_line(LEFT, y + 31, LEFT + waited * scale))
        for stint in (stint for stint in run.stints if stint.key.task_id == sensor):
            x, width = LEFT + stint.start * scale, max(1.5, (stint.end - stint.start) * scale)
            parts.append(f'<rect class="slot" x="{x:.1f}" y="{y + 22}" width="{width:.1f}" height="18"/>')
    height = TOP + len(ROWS) * ROW
    body = "\n".join(f"  {part}" for part in parts)
    title = "Worker slots that waiting sensors occupy"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}">\n'
        f"  <title>{title}</title>\n  <style>{STYLE}  </style>\n{body}\n</svg>\n"
    )


def _line(left: float, y: float, right: float) -> str:
    return f'<line class="line" x1="{left}" y1="{y}" x2="{right:.1f}" y2="{y}"/>'


def main() -> int:
    """Draw the picture; the exit code."""
    with tempfile.TemporaryDirectory(prefix="airflow-conformance-slots-") as folder:
        entered = home.enter(Path(folder))
        try:
            PICTURE.write_text(drawn(simulated()), encoding="utf-8")
        finally:
            entered.leave()
    return 0


if __name__ == "__main__":
    sys.exit(main())
