"""
Parse one DAG file in a child process, where it may hang, exit, crash or talk too much without harm to anyone.

The child is a fork of this process, which has Airflow imported and the sandbox entered: that makes it cheap. Needs
Linux or macOS. Call it outside a frozen clock: the time limit is real time.
"""

from __future__ import annotations

import faulthandler
import json
import os
import re
import runpy
import selectors
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Any, NoReturn

from conformance.folder import deprecations, import_roots, left_behind, lookups, made_of, missing_plugins
from conformance.folder.children import Orphans, end, how_it_ended, keep_from_children
from conformance.folder.parse import parse_with_stand_ins
from conformance.folder.summary import Probe, Problem, ProblemKind, summarise
from conformance.sandbox import given_values, network, refused
from conformance.stand_ins.standing_in import Level

_LAST_WORDS = signal.SIGUSR2  # asks the child to say where it is, and then ends it
_GRACE = 2.0  # seconds that a child gets to answer _LAST_WORDS
STOOD_IN = "; with stand-ins for what is missing: "
"""What is between the two reasons of a file that cannot be imported with stand-ins either."""


def probe(path: Path, timeout: float = 30.0, folder: Path | None = None, stand_ins: bool = False) -> Probe:
    """
    Parse `path`, a file below the DAGs folder `folder` (default: the folder it is in), within `timeout` seconds.
    With `stand_ins`, a file that fails is tried again with them; if it fails then, too, both reasons are told.

    Never raises because of what the file does, and leaves no process behind.
    """
    path = path.absolute()  # not resolved: a link in the folder may lead out of it
    folder = folder.absolute() if folder else path.parent
    strict = _probe(path, timeout, folder, Level.nothing)
    if not stand_ins or strict.problem is None or strict.problem.kind != "import-error":
        return strict
    for level in (Level.needed, Level.whatever):
        found = _probe(path, timeout, folder, level)
        if found.problem is None:
            return found
    assert found.problem is not None
    if found.problem.message == strict.problem.message:
        return strict
    both = f"{strict.problem.message}{STOOD_IN}{found.problem.message}"
    return replace(strict, problem=replace(strict.problem, message=both))


def _probe(path: Path, timeout: float, folder: Path, level: Level) -> Probe:
    shown = path.relative_to(folder.parent).as_posix()
    with tempfile.TemporaryFile() as trace, Orphans():
        answer, output = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            _be_the_child(path, folder, level, answer, output, trace)
        try:
            os.close(answer[1])
            os.close(output[1])
            said, in_time = _listen(pid, answer[0], output[0], timeout)
        finally:
            status = end(pid)
            os.close(answer[0])
            os.close(output[0])
        if said is not None:
            return Probe.from_json(said)
        place = _last_line_below(folder, trace) or shown
    if not in_time:
        return _failure("timeout", f"did not finish importing within {timeout:g} s", place)
    kind: ProblemKind = "killed" if os.WIFSIGNALED(status) else "exited"
    return _failure(kind, f"the process {how_it_ended(status)} while importing", place)


def warm_up() -> None:
    """
    Import what most DAG files import, so that the children inherit it: 20 to 60 ms a file instead of 400 to 1,400.

    Not done with a DagBag, which on 3.x would leave its own handler for SIGSEGV in this process.
    """
    from airflow.models import DagBag  # noqa: F401

    runpy.run_path(str(Path(__file__).with_name("typical_dag.py")))


def _be_the_child(
    path: Path,
    folder: Path,
    level: Level,
    answer: tuple[int, int],
    output: tuple[int, int],
    trace: IO[bytes],
) -> NoReturn:
    """Parse, write the answer as one line of JSON, and end without running anything the parent registered."""
    try:
        os.setsid()
        os.close(answer[0])
        os.close(output[0])
        keep_from_children(answer[1])
        _redirect(output[1])
        faulthandler.enable(trace)
        faulthandler.register(_LAST_WORDS, trace, all_threads=False, chain=True)
        network.watch(folder)
        network.refuse_network()
        sys.path.append(str(folder))
        lookups.listen()
        deprecations.listen()
        left_behind.listen(folder)
        made_of.listen()
        refusals: list[str] = []
        refused.listen(refusals.append)
        start = time.monotonic()
        found, dags = _parse(path, folder, level)
        found = replace(
            _after(refusals, found),
            seconds=round(time.monotonic() - start, 3),
            asked=lookups.heard(),
            warned=deprecations.heard(),
            leaves=left_behind.heard(),
            imports=tuple((name, os.path.relpath(place, folder)) for name, place in import_roots.found().items()),
            made_of=made_of.heard(dags) if dags else "",  # the last, for it takes time and asks the DAGs
        )
        line = json.dumps(asdict(found)) + "\n"
        with os.fdopen(answer[1], "w", closefd=False) as pipe:
            pipe.write(line)
    except BaseException as error:  # the parent reads the exit code; there is nobody else to tell
        os.write(2, repr(error).encode())
        os._exit(1)
    os._exit(0)


def _after(refusals: list[str], found: Probe) -> Probe:
    """Tell what was refused before a file failed: it may have swallowed that, and fail for want of an answer."""
    problem = found.problem
    if not refusals or problem is None or problem.kind == "network":
        return found
    return replace(found, problem=replace(problem, message=f"{refusals[0]}, and then: {problem.message}"))


def _redirect(output: int) -> None:
    """Whatever the DAG file prints goes to the parent, which throws it away; whoever asks for input gets none."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(output)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False, errors="replace")
    sys.stderr = os.fdopen(2, "w", closefd=False, errors="replace")


def _parse(path: Path, folder: Path, level: Level) -> tuple[Probe, dict[str, Any]]:
    """What is found in a file, and its DAGs."""
    shown = path.relative_to(folder.parent).as_posix()
    try:
        dags, error, stand_ins = parse_with_stand_ins(path, folder, level)
    except SystemExit as stop:  # Airflow 2.x lets it through, 3.x reports it
        return _failure("exited", f"called sys.exit({stop.code!r}) while importing", shown), {}
    except Exception:  # what Airflow does not turn into a message of its own
        error = traceback.format_exc()
    if error is not None:
        return Probe((), _import_problem(error, folder, shown)), {}
    source = path.read_bytes() if path.suffix == ".py" else ""
    found = summarise(dags, path.relative_to(folder).as_posix(), source)
    return Probe(found, level=level, stand_ins=stand_ins), dags


def _import_problem(error: str, folder: Path, shown: str) -> Problem:
    """One line from a traceback: what was raised, and the innermost line of the user's folder it went through."""
    if refusal := network.refusal_in(error):
        return Problem("network", refusal)
    lines = error.strip().splitlines()
    frames = [i for i, line in enumerate(lines) if line.startswith('  File "')]
    message = next((line for line in lines[frames[-1] if frames else 0 :] if not line.startswith(" ")), lines[-1])
    message = given_values.missing(message, error) or message
    places = _places_below(folder, error)
    place = f" ({places[-1] if places else shown})"
    if lacks := missing_plugins.needed(message):
        return Problem("plugin", lacks + place)
    message += place
    return Problem("exited" if message.startswith("SystemExit") else "import-error", message)


def _places_below(folder: Path, trace: str) -> list[str]:
    """`dags/a.py:3` for every frame of a Python traceback that is in a file below `folder`."""
    frames = re.findall(r'File "([^"\n]+)", line (\d+)', trace)
    return [
        f"{Path(file).relative_to(folder.parent).as_posix()}:{line}"
        for file, line in frames
        if Path(file).is_relative_to(folder)
    ]


def _failure(kind: ProblemKind, what: str, place: str) -> Probe:
    return Probe((), Problem(kind, f"{what} ({place})"))


def _listen(pid: int, answer: int, output: int, timeout: float) -> tuple[dict[str, Any] | None, bool]:
    """The child's answer (None if it ended without one), and whether it came to an end in time."""
    said = _read_line(pid, answer, output, timeout)
    if said is not None:
        return (json.loads(said) if said.endswith(b"\n") else None), True
    os.kill(pid, _LAST_WORDS)
    _read_line(pid, answer, output, _GRACE)
    return None, False


def _read_line(pid: int, answer: int, output: int, timeout: float) -> bytes | None:
    """One line from `answer`, or what there is of it when `pid` ends; None if time runs out. Drains `output`."""
    deadline = time.monotonic() + timeout
    line = b""
    with selectors.DefaultSelector() as selector, _end_of(pid) as end:
        for fd in filter(None, (answer, output, end)):
            selector.register(fd, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            ready = {key.fd for key, _ in selector.select(left)}
            if answer in ready:
                data = os.read(answer, 1 << 16)
                line += data
                if line.endswith(b"\n") or not (data or end):
                    return line
                if not data:
                    selector.unregister(answer)
            elif end in ready:
                return line
            if output in ready and not os.read(output, 1 << 16):
                selector.unregister(output)
    return None


@contextmanager
def _end_of(pid: int) -> Iterator[int | None]:
    """A file descriptor that becomes readable when `pid` ends; None where the system has no such thing (macOS)."""
    try:
        fd = os.pidfd_open(pid)
    except (AttributeError, OSError):
        yield None
        return
    try:
        yield fd
    finally:
        os.close(fd)


def _last_line_below(folder: Path, trace: IO[bytes]) -> str | None:
    """Where the child was when it was asked or crashed, from what faulthandler wrote (innermost frame first)."""
    trace.seek(0)
    places = _places_below(folder, trace.read().decode(errors="replace"))
    return places[0] if places else None
