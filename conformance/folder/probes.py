"""
Parse several DAG files at a time, one for each processor.

The work is shared by readers: forks of this process, which has Airflow imported. Each of them has the children that
`probe` needs, and is as safe from them as this process would be.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from conformance.folder.children import Orphans, end, keep_from_children
from conformance.folder.probe import probe
from conformance.folder.summary import Probe

Read = Callable[[Path], Probe]

_NUMBER = 4  # bytes that the number of a file has in the queue


def probes(paths: Sequence[Path], read: Read = probe, readers: int | None = None) -> Iterator[tuple[Path, Probe]]:
    """
    What `read` finds in each file, in the order in which they are finished; `readers`: one for each processor.

    What a reader leaves that was ended from outside is read here, in the end.
    """
    readers = min(readers or os.cpu_count() or 1, len(paths))
    unread = dict(enumerate(paths))
    if readers > 1:
        for number, found in _read_by(readers, paths, read):
            yield unread.pop(number), found
    for path in unread.values():
        yield path, read(path)


def _read_by(readers: int, paths: Sequence[Path], read: Read) -> Iterator[tuple[int, Probe]]:
    pids: list[int] = []
    with Orphans(), tempfile.TemporaryFile(buffering=0) as queue, selectors.DefaultSelector() as answers:
        # They share the place in the file: each number is read by one of them.
        queue.write(b"".join(number.to_bytes(_NUMBER, "big") for number in range(len(paths))))
        queue.seek(0)
        try:
            for _ in range(readers):
                answer, its_end = os.pipe()
                answers.register(os.fdopen(answer, "rb"), selectors.EVENT_READ, bytearray())
                pids.append(_fork_without_interrupts())
                if pids[-1] == 0:
                    _be_a_reader(queue.fileno(), its_end, paths, read)
                os.close(its_end)
            while answers.get_map():
                for key, _ in answers.select():
                    yield from _heard(key, answers)
        finally:
            for key in list(answers.get_map().values()):
                _close(key, answers)
            for pid in pids:
                end(pid)  # whatever it has started is ours then, and ended with the orphans


def _fork_without_interrupts() -> int:
    """A child that Ctrl-C does not reach, not even before it can say so: it would go on as if it were its parent."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        return pid
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _heard(key: selectors.SelectorKey, answers: selectors.BaseSelector) -> Iterator[tuple[int, Probe]]:
    """What a reader has told in whole lines; the rest waits."""
    data = os.read(key.fd, 1 << 16)
    if not data:
        _close(key, answers)
    key.data.extend(data)
    *lines, rest = key.data.split(b"\n")
    key.data[:] = rest
    for number, found in map(json.loads, lines):
        yield number, Probe.from_json(found)


def _close(key: selectors.SelectorKey, answers: selectors.BaseSelector) -> None:
    answers.unregister(key.fileobj)
    key.fileobj.close()  # type: ignore[union-attr]


def _be_a_reader(queue: int, answer: int, paths: Sequence[Path], read: Read) -> NoReturn:
    """Read files while there are any, and tell of each in a line of JSON."""
    try:
        keep_from_children(answer)
        with os.fdopen(answer, "w") as pipe:
            while number := os.read(queue, _NUMBER):
                told = int.from_bytes(number, "big")
                pipe.write(json.dumps((told, asdict(read(paths[told])))) + "\n")
                pipe.flush()
    finally:
        os._exit(0)
