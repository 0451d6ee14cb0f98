"""
Run every case on every Airflow, and write what came of it: `python -m workshop.matrix`.

It takes a quarter of an hour, and builds the environments that are not there yet.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.catalogue import reference_files
from conformance.claims.kinds import kinds
from conformance.environments import build
from conformance.environments.child import VERIFY, environment_of, run_children
from conformance.errors import UserError
from conformance.report.pictures import read as pictures
from conformance.report.record import read
from conformance.roles.whole_dag import WholeDag
from conformance.versions import Pin, pins
from workshop.matrix import outcomes


def main() -> int:
    """Write the file; the exit code."""
    try:
        with tempfile.TemporaryDirectory(prefix="airflow-conformance-matrix-") as room:
            matrix = dict(_run(Path(room)))
    except UserError as error:
        print(f"workshop.matrix: {error}", file=sys.stderr)
        return 2
    outcomes.FILE.write_text(outcomes.written(matrix), encoding="utf-8")
    return 0


def _run(room: Path) -> Iterator[tuple[str, outcomes.Seen]]:
    """What came of it on each Airflow; as many are tried side by side as there are processors."""
    everyone, beside = pins(), os.cpu_count() or 1
    for some in (everyone[n : n + beside] for n in range(0, len(everyone), beside)):
        pythons = [build.ensure(pin) for pin in some]
        commands = [_command(python, pin, room) for python, pin in zip(pythons, some, strict=True)]
        codes = run_children(commands, environment_of(pythons[0]), [room / f"{pin.minor}.txt" for pin in some])
        for pin, code in zip(some, codes, strict=True):
            if code:
                said = (room / f"{pin.minor}.txt").read_text(encoding="utf-8")
                raise UserError(f"what is seen on Airflow {pin.version} does not conform, so it is not kept:\n{said}")
            yield pin.version, outcomes.seen(read(room / f"{pin.minor}.jsonl").records)


def _command(python: Path, pin: Pin, room: Path) -> Sequence[str]:
    return [str(python), *VERIFY, "--execute", "-k", _wanted(), "--report", str(room / f"{pin.minor}.jsonl")]


def _wanted() -> str:
    """What pytest runs: of the cases that hold for every DAG whatsoever, those on the DAGs that are theirs."""
    drawn = pictures()
    modules = [name for name, kind in kinds().items() if issubclass(kind, WholeDag)]
    subjects = [dag.dag for name in modules for dag in drawn[name].dags]
    subjects += [file for name in modules for file in reference_files()[name]]
    others = " or ".join(f"{name.replace('-', '_')}.py" for name in modules)
    return f"not ({others}) or {' or '.join(f'[{subject}' for subject in subjects)}"


if __name__ == "__main__":
    sys.exit(main())
