"""Progress while cases run: one line that is rewritten on a terminal, about ten lines in a log."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from conformance.report.record import Outcome


class ProgressLine:
    """Counts finished cases up to `total`. Call `stop` in the end, whatever happened."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._done = 0
        self._bar: Progress | None = None
        if console.is_interactive:
            # No refresh thread and no redirected streams: the kit forks, freezes the clock, and pytest captures.
            columns = (BarColumn(20), TextColumn("{task.description}", markup=False))
            self._bar = Progress(
                *columns,
                console=console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._task = self._bar.add_task("", total=total)
            self._bar.start()

    def step(self, case: str, subject: str, outcome: Outcome) -> None:
        """Count one finished case and show it when it is time to."""
        before, self._done = self._done, self._done + 1
        line = f"[{self._done:>{len(str(self._total))}}/{self._total}] {case} {subject}  {outcome.value}"
        line = line.encode(self._console.encoding, "backslashreplace").decode(self._console.encoding)
        if self._bar:
            self._bar.update(self._task, advance=1, description=line, refresh=True)
        elif 10 * self._done // self._total > 10 * before // self._total:
            self._console.print(Text(line), soft_wrap=True)

    def stop(self) -> None:
        """Remove the transient line."""
        if self._bar:
            self._bar.stop()
