"""Discovery finds in the reference DAGs what their author claims of them, and claims nothing that they do not keep."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from conformance.catalogue import catalogue
from conformance.claims.reader import FILE, read
from conformance.paths import DAGS
from conformance.report import record
from conformance.roles.claim import Claim
from workshop.selftest import processes
from workshop.selftest.processes import write_files

pytestmark = [pytest.mark.at_the_newest, pytest.mark.xdist_group("discovery")]

SEEN = (
    *("single-task", "serial", "parallel", "branch", "merge", "async-wait", "fan-in", "watcher", "sensor-timeout"),
    *("retry", "parallel-failure", "chain-failure", "setup-teardown"),
)
"""The patterns that a structure shows."""

NOT_SEEN = {
    ("merge", "close_day"): "it is downstream of another join, and what that one lets through is not told",
    ("fan-in", "agree"): "that two of three are enough, its own code says",
    ("fan-in", "exchange.agree"): "that two of three are enough, its own code says",
    ("fan-in", "bill"): "that one of two is enough, its own code says",
    ("parallel-failure", "shop.berlin.refresh_customers"): "its mapped task is found as a claim of its own",
}
"""Hand-written claims, by pattern and first role, that nothing in the structure shows, and why."""

OWN_CODE_SAYS = {
    "async-wait": {"returns_event", "timeout", "retries"},
    "fan-in": {"at_least", "required", "either"},
}
"""What an author knows of a task that defers, or decides for itself, and a structure does not show."""

# One file that imports, with ids that are not ASCII, and one that does not.
SHOP = """
from datetime import datetime, timedelta
try:
    from airflow.sdk import dag, task
except ImportError:
    from airflow.decorators import dag, task

@dag(schedule=None, start_date=datetime(2024, 1, 1))
def größe():
    @task(retries=2, retry_delay=timedelta(minutes=1))
    def zähle_äpfel(): ...

    zähle_äpfel()

größe()
"""
BROKEN = "# airflow dag\n1 / 0\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the reference DAGs with the claims that were discovered in it."""
    folder = tmp_path_factory.mktemp("discovery") / "dags"
    shutil.copytree(DAGS, folder, ignore=shutil.ignore_patterns(FILE, "__pycache__"))
    done = processes.command("discover", folder, cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def found(folder: Path) -> tuple[Claim, ...]:
    """Everything that was discovered, also what is commented out."""
    everything = folder.parent / "everything.toml"
    lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    everything.write_text(
        "\n".join(line[1:] if line[:2] not in ("# ", "#") else "" for line in lines if line[:1] == "#")
    )
    return read(folder / FILE).claims + read(everything).claims


def hand_written(of: Path) -> Iterator[Claim]:
    """The author's own claims of the patterns that can be seen, of the DAGs that this Airflow can parse."""
    parsed = (of / FILE).read_text(encoding="utf-8")
    for claim in read(DAGS / FILE).claims:
        if claim.pattern in SEEN and f"# --- {claim.dag} (" in parsed:
            yield claim


def roles(claim: Claim) -> dict[str, object]:
    """The tasks that a claim names, by role; those of one role in no order."""
    named = {role: getattr(claim, role) for role in claim.roles}
    return {role: set(tasks) if isinstance(tasks, tuple) else tasks for role, tasks in named.items()}


def said(claim: Claim) -> dict[str, object]:
    """What a claim says beyond its roles, but for what only the code of its tasks can tell."""
    left_out = {"since", *claim.roles, *OWN_CODE_SAYS.get(claim.pattern, ())}
    beliefs = {field.name: getattr(claim, field.name) for field in fields(claim) if field.name not in left_out}
    return {name: value for name, value in beliefs.items() if value not in (None, False)}


def matching(claim: Claim, found: tuple[Claim, ...]) -> list[Claim]:
    """What was found with the same tasks in the same roles."""
    return [one for one in found if (one.pattern, one.dag, roles(one)) == (claim.pattern, claim.dag, roles(claim))]


def test_the_same_roles_are_found(folder: Path, found: tuple[Claim, ...]) -> None:
    """For each hand-written claim of a pattern that can be seen the same tasks are found in the same roles."""
    missed = [claim for claim in hand_written(folder) if not matching(claim, found)]

    assert {(claim.pattern, claim.label.partition(":")[2]) for claim in missed} == set(NOT_SEEN)


def test_the_same_beliefs_are_found(folder: Path, found: tuple[Claim, ...]) -> None:
    """What an author says of retries, delays, timeouts and rules is found, too, with the same values."""
    for claim in hand_written(folder):
        for one in matching(claim, found):
            assert said(claim).items() <= said(one).items(), claim


def test_all_that_was_found_is_true(folder: Path) -> None:
    """
    What was found and not said by hand conforms, as what was said by hand does in the specification's own run.

    In task groups the same is found once more, which is not tried again.
    """
    by_hand = [(claim.pattern, claim.dag, roles(claim), said(claim)) for claim in hand_written(folder)]
    blocks = (folder / FILE).read_text(encoding="utf-8").split("\n\n")
    written = [block for block in blocks if "\n[[claim]]\n" in block]
    claims = read(folder / FILE).claims
    new = [
        block
        for block, claim in zip(written, claims, strict=True)
        if (claim.pattern, claim.dag, roles(claim), said(claim)) not in by_hand and not claim.dag.endswith("_groups")
    ]
    (folder.parent / "new.toml").write_text("\n\n".join(new), encoding="utf-8")
    cases = [word for entry in catalogue() if entry.pattern in SEEN for word in ("--case", entry.case.id)]
    options = ("--dags", folder, "--claims", "new.toml", "--report", "r.jsonl", "--conformance-quiet", *cases)

    done = processes.pytest("--pyargs", "conformance.patterns", *options, cwd=folder.parent)

    records = record.read(folder.parent / "r.jsonl").records
    # No run of `params_required` is created without a conf, and nobody said which.
    outcomes = {r.outcome for r in records if r.dag != "params_required"} - {record.Outcome.deviation}
    assert outcomes == {record.Outcome.passed}, done.stdout + done.stderr


def test_every_claim_says_why(folder: Path) -> None:
    """Above each claim there is a comment, in words of at most three lines."""
    for block in (folder / FILE).read_text(encoding="utf-8").split("\n\n"):
        comment, claim, _ = block.partition("[[claim]]")
        if claim:
            assert 1 <= len([line for line in comment.splitlines() if line.startswith("# ")]) <= 4, block


def test_files_that_do_not_import_and_letters_of_any_language(tmp_path: Path) -> None:
    """A file that does not import is named with the reason and stops nothing; ids may be of any letters."""
    dags = write_files(tmp_path / "dags", {"broken.py": BROKEN, "shop.py": SHOP})

    done = processes.command("discover", dags, cwd=tmp_path)

    written = (dags / FILE).read_text(encoding="utf-8")
    assert done.returncode == 0
    assert "left out broken.py: ZeroDivisionError: division by zero (dags/broken.py:2)" in done.stderr
    assert "# broken.py was left out, because it cannot be imported here: ZeroDivisionError" in written
    assert [(claim.dag, claim.label) for claim in read(dags / FILE).claims] == [("größe", "größe:zähle_äpfel")]
    assert processes.verify(dags, "--case", "RETRY-003", cwd=tmp_path).returncode == 0


def test_nothing_is_overwritten_and_a_dash_is_the_terminal(tmp_path: Path) -> None:
    """A file that exists is one sentence and exit 2, and untouched; with `--output -` nothing is written."""
    dags = write_files(tmp_path / "dags", {"shop.py": SHOP, FILE: "# mine\n"})

    refused = processes.command("discover", dags, cwd=tmp_path)
    shown = processes.command("discover", dags, "--output", "-", cwd=tmp_path)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"airflow-conformance: {dags / FILE} already exists and is not overwritten: name another file with --output.\n"
    )
    assert shown.returncode == 0
    assert 'pattern = "retry"' in shown.stdout
    assert (dags / FILE).read_text() == "# mine\n"


@pytest.mark.parametrize("files", [{}, {"helper.py": "X = 1\n"}], ids=["empty", "without a DAG"])
def test_a_folder_without_dags_is_one_sentence(files: dict[str, str], tmp_path: Path) -> None:
    """A folder that is empty, or in which no file holds a DAG, is one sentence and exit 2, and nothing is written."""
    dags = write_files(tmp_path / "dags", files)

    done = processes.command("discover", dags, cwd=tmp_path)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert not (dags / FILE).exists()
