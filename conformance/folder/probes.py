"""
Parse several DAG files at a time, one for each processor.

The work is shared by readers: forks of this process, which has Airflow imported. Each of them has the children that
`probe` needs, and is as safe from them as this process would be.
"""

from __future__ import annotations

import json
import os
import selectors
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from conformance.folder.children import Answers, Orphans, end, fork_without_interrupts, keep_from_children, processors
from conformance.folder.probe import probe
from conformance.folder.summary import Probe

Read = Callable[[Path], Probe]

_NUMBER = 4  # bytes that the number of a file has in the queue


def probes(paths: Sequence[Path], read: Read = probe, readers: int | None = None) -> Iterator[tuple[Path, Probe]]:
    """
    What `read` finds in each file, in the order in which they are finished; `readers`: one for each processor.

    What a reader leaves that was ended from outside is read here, in the end.
    """
    readers = min(readers or processors(), len(paths))
    unread = dict(enumerate(paths))
    if readers > 1:
        for number, found in _read_by(readers, paths, read):
            yield unread.pop(number), found
    for path in unread.values():
        yield path, read(path)


def _read_by(readers: int, paths: Sequence[Path], read: Read) -> Iterator[tuple[int, Probe]]:
    pids: list[int] = []
    with Orphans(), tempfile.TemporaryFile(buffering=0) as queue, selectors.DefaultSelector() as selector:
        # They share the place in the file: each number is read by one of them.
        queue.write(b"".join(number.to_bytes(_NUMBER, "big") for number in range(len(paths))))
        queue.seek(0)
        try:
            for _ in range(readers):
                answer, its_end = os.pipe()
                selector.register(Answers(answer), selectors.EVENT_READ)
                pids.append(fork_without_interrupts())
                if pids[-1] == 0:
                    _be_a_reader(queue.fileno(), its_end, paths, read)
                os.close(its_end)
            while selector.get_map():
                for key, _ in selector.select():
                    yield from _heard(key.fileobj, selector)
        finally:
            for key in list(selector.get_map().values()):
                _close(key.fileobj, selector)
            for pid in pids:
                end(pid)  # whatever it has started is ours then, and ended with the orphans


def _heard(answers: Any, selector: selectors.BaseSelector) -> Iterator[tuple[int, Probe]]:
    lines = answers.read()
    if lines is None:
        _close(answers, selector)
    for number, found in lines or ():
        yield number, Probe.from_json(found)


def _close(answers: Any, selector: selectors.BaseSelector) -> None:
    selector.unregister(answers)
    answers.close()


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
