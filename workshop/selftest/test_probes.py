"""Several files are read at a time: all of them once, whatever becomes of a reader."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.folder.probes import probes
from conformance.folder.summary import Probe, Problem

pytestmark = pytest.mark.at_the_newest

PATHS = [Path(f"{number}.py") for number in range(40)]


def found_by(read: Callable[[Path], None]) -> Callable[[Path], Probe]:
    """A way to read a file that tells its name and the process that read it."""

    def by_name(path: Path) -> Probe:
        read(path)
        return Probe(problem=Problem("killed", path.name), seconds=os.getpid())

    return by_name


def test_each_file_is_read_once_by_any_reader() -> None:
    """Forty files are read by three processes, none of them this one."""
    here = os.getpid()
    read = list(probes(PATHS, found_by(lambda _: None), 3))

    assert sorted(path for path, _ in read) == sorted(PATHS)
    assert all(found.problem and found.problem.message == path.name for path, found in read)
    assert here not in {found.seconds for _, found in read}


def test_one_file_or_one_processor_needs_no_reader() -> None:
    """Where there is nothing to share, the file is read here."""
    (alone,) = probes(PATHS[:1], found_by(lambda _: None), 3)
    one_by_one = list(probes(PATHS, found_by(lambda _: None), 1))

    assert {alone[1].seconds, *(found.seconds for _, found in one_by_one)} == {os.getpid()}
    assert [path for path, _ in one_by_one] == PATHS


def test_what_a_reader_that_was_ended_leaves_is_read_here() -> None:
    """A reader that is ended while it reads one file costs nobody the answer about it, nor about the others."""
    here = os.getpid()

    def die(path: Path) -> None:
        if path.name == "7.py" and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)

    read = dict(probes(PATHS, found_by(die), 2))

    assert read.keys() == set(PATHS)
    assert read[Path("7.py")].seconds == here


def test_a_child_of_a_reader_keeps_nobody_waiting() -> None:
    """When a reader is ended, a child of it that lives on is ended, too, and does not hold the answers open."""
    here, pids = os.getpid(), os.pipe()

    def die(_: Path) -> None:
        if os.getpid() == here:
            return
        child = os.fork()
        if child == 0:
            os.setsid()
            signal.pause()
            os._exit(0)
        os.write(pids[1], child.to_bytes(4, "big"))
        os.kill(os.getpid(), signal.SIGKILL)

    assert len(list(probes(PATHS, found_by(die), 2))) == len(PATHS)
    os.close(pids[1])
    while child := os.read(pids[0], 4):
        with pytest.raises(ProcessLookupError):
            os.kill(int.from_bytes(child, "big"), 0)
    os.close(pids[0])


def test_whoever_stops_listening_stops_the_readers() -> None:
    """When the caller goes no further, readers are ended in the middle of what they do."""
    here = os.getpid()

    def wait(path: Path) -> None:
        if path.name != "0.py" and os.getpid() != here:
            signal.pause()

    reading = probes(PATHS, found_by(wait), 2)
    assert next(iter(reading))[0].name == "0.py"
    reading.close()  # type: ignore[attr-defined]

    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
