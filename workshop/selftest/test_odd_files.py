"""One bad file never stops the others: what Airflow cannot read in a folder, or not apart, is one finding each."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from conformance.report.record import Outcome, Record, read
from workshop.selftest import processes
from workshop.selftest.hostile import HEAD
from workshop.selftest.processes import write_files

pytestmark = pytest.mark.at_both_ends

DAG = (
    HEAD
    + """
with DAG("{name}", start_date=datetime(2024, 1, 1), schedule=None):
    @task(retries=1)
    def load(): ...
    load()
"""
)
LATIN = DAG.format(name="latin") + 'NAME = "\u00e9t\u00e9"\n'


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Record]:
    """What a verification finds in a folder of odd files, by case and subject."""
    folder = tmp_path_factory.mktemp("odd-files")
    dags = folder / "dags"
    named = {name: DAG.format(name=name.removesuffix(".py")) for name in ("bom.py", "good.py")}
    twice = {name: DAG.format(name="same") for name in ("one.py", "two.py")}
    write_files(dags, {**named, **twice, "deep/other.py": "", "broken.zip": "no archive"})
    (dags / "bom.py").write_bytes(b"\xef\xbb\xbf" + (dags / "bom.py").read_bytes())
    (dags / "latin.py").write_bytes(LATIN.encode("latin-1"))
    os.mkfifo(dags / "pipe.py")
    (dags / "loop.py").symlink_to("loop.py")
    (dags / "deep" / "up").symlink_to("..")
    with zipfile.ZipFile(dags / "pack.zip", "w") as pack:
        pack.writestr("packed.py", "import packed_helper\n" + DAG.format(name="packed"))
        pack.writestr("packed_helper.py", "")
    processes.verify("dags", cwd=folder)
    return {(record.case, record.subject): record for record in read(folder / "report.jsonl").records}


def test_good_files_pass_beside_bad_ones(records: dict[tuple[str, str], Record]) -> None:
    """A file with a byte order mark, one in an archive and one among bad ones import, and their DAGs are rehearsed."""
    imports = {subject for (case, subject), r in records.items() if (case, r.outcome) == ("ANY-001", Outcome.passed)}
    runs = {subject for (case, subject), r in records.items() if (case, r.outcome) == ("ANY-002", Outcome.passed)}

    assert imports == {"bom.py", "good.py", "one.py", "pack.zip", "two.py"}
    assert runs == {"bom", "good", "packed", "same", "same (one.py)"}


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("latin.py", "'utf-8' codec can't decode byte 0xe9"),
        ("broken.zip", "it is no zip archive"),
        ("loop.py", "it is no file that can be read"),
        ("pipe.py", "it is no file that can be read"),
        ("deep/up", "leads back to a folder that it is in, so that Airflow reads no file of the whole folder"),
    ],
)
def test_what_cannot_be_read_is_one_finding(records: dict[tuple[str, str], Record], subject: str, said: str) -> None:
    """What is wrong with the file is told, with its place."""
    record = records["ANY-001", subject]

    assert (record.outcome, said in record.message) == (Outcome.failed, True), record.message
    assert record.where.startswith(f"dags/{subject}")


def test_two_dags_with_one_id_are_one_finding(records: dict[tuple[str, str], Record]) -> None:
    """The finding is with the file that Airflow reads first, and names the other."""
    found = {subject: r.message for (case, subject), r in records.items() if (case, r.outcome) == ("ANY-022", "failed")}

    assert set(found) == {"one.py"}
    assert found["one.py"].startswith("'same' is defined in two.py, too\n")


def test_a_log_that_a_file_sets_up_tells_nothing_at_the_end(tmp_path: Path) -> None:
    """What Airflow says when it ends is not told by way of a file that tells everything."""
    noisy = "import logging\nlogging.basicConfig(level=logging.DEBUG, force=True)\n" + DAG.format(name="noisy")
    write_files(tmp_path, {"dags/noisy.py": noisy})

    done = processes.verify("dags", "--case", "ANY-002", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
