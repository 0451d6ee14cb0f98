"""What the exit code of a child is worth: nothing without the report that it had to write."""

from __future__ import annotations

import signal
from pathlib import Path

from conformance.environments.child import STOPS
from conformance.errors import UserError
from conformance.report.record import read
from conformance.report.verdict import COULD_NOT_TELL, exit_code

INTERRUPTED = {128 + number for number in STOPS}


def proved(code: int, report: Path) -> int:
    """
    The exit code of a verification whose child ended with `code`: 0 only if its whole report says so.

    Raises UserError where the child ended, without a word about it, before it had written its report.
    """
    if code == COULD_NOT_TELL or code in INTERRUPTED:
        return code  # the child itself said why
    if code not in (0, 1) or not report.exists():
        raise UserError(
            f"The run ended ({_how(code)}) before its report was whole, so nothing is proved: the code of a DAG, or of "
            "a library, ends the process; verify one DAG at a time (--dag) to find out which."
        )
    return code or exit_code(read(report).footer.verdict)


def _how(code: int) -> str:
    if code <= 128:
        return f"exit code {code}"
    try:
        return signal.Signals(code - 128).name
    except ValueError:
        return f"exit code {code}"
