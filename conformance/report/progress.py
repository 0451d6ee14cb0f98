"""Progress while files are read and cases run: a line that is rewritten on a terminal; of cases, ten lines in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from conformance.report.record import Outcome

WORTH_TELLING = 60.0
"""Who has to wait for less than so many seconds needs no estimate."""


def real_seconds() -> float:
    """Seconds by a clock that no simulation stops."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


@contextmanager
def reading(console: Console) -> Iterator[Callable[[int, int], None]]:
    """`tell(done, total)`: so many DAG files are read. Only a terminal shows it, and no longer in the end."""
    if not console.is_interactive:
        yield lambda _done, _total: None
        return
    with _bar(console) as bar:
        task = bar.add_task("")

        def tell(done: int, total: int) -> None:
            line = f"reading DAG files {done}/{total}"
            bar.update(task, completed=done, total=total, description=line, refresh=True)

        yield tell


def _bar(console: Console) -> Progress:
    """A line that goes in the end."""
    # No refresh thread and no redirected streams: the kit forks, freezes the clock, and pytest captures.
    return Progress(
        BarColumn(20),
        TextColumn("{task.description}", markup=False),
        console=console,
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


class ProgressLine:
    """Counts finished cases up to `total`. Call `stop` in the end, whatever happened."""

    def __init__(self, console: Console, total: int, now: Callable[[], float] = real_seconds) -> None:
        self._console = console
        self._total = total
        self._now = now
        self._start = now()
        self._done = 0
        self._bar: Progress | None = None
        if console.is_interactive:
            self._bar = _bar(console)
            self._task = self._bar.add_task("", total=total)
            self._bar.start()

    def step(self, case: str, subject: str, outcome: Outcome) -> None:
        """Count one finished case and show it when it is time to."""
        before, self._done = self._done, self._done + 1
        line = f"[{self._done:>{len(str(self._total))}}/{self._total}] {case} {subject}  {outcome.value}{self._left()}"
        line = line.encode(self._console.encoding, "backslashreplace").decode(self._console.encoding)
        if self._bar:
            self._bar.update(self._task, advance=1, description=line, refresh=True)
        elif 10 * self._done // self._total > 10 * before // self._total:
            self._console.print(Text(line), soft_wrap=True)

    def _left(self) -> str:
        """How long the rest takes, if its cases take as long as those that are done."""
        seconds = (self._now() - self._start) / self._done * (self._total - self._done)
        return f"  (about {seconds / 60:.0f} min left)" if seconds >= WORTH_TELLING else ""

    def stop(self) -> None:
        """Remove the transient line."""
        if self._bar:
            self._bar.stop()
