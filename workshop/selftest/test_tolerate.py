"""What somebody lives with is written down with a reason, is strict about itself, and never fails a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from conformance.claims.baseline import append
from conformance.claims.reader import read
from conformance.claims.tolerances import Tolerance
from conformance.errors import UserError
from conformance.folder.summary import DagSummary, Problem
from conformance.folder.survey import DagFile, Folder
from conformance.pytest_plugin.judge import stale
from conformance.pytest_plugin.subjects import UnderTest, check_tolerances
from conformance.report import record
from conformance.report.record import Outcome, Record
from workshop.selftest import processes
from workshop.selftest.hostile import HEAD, dag
from workshop.selftest.processes import write_files

pytestmark = pytest.mark.at_the_newest

ENTRY = '[[tolerate]]\ncase = "ANY-002"\nsubject = "orders"\nreason = "intended"\n'


@pytest.fixture
def tolerances(tmp_path: Path) -> Callable[..., dict[tuple[str, str], Tolerance]]:
    """Write a claims file, read it, and check it against a folder with the DAG `orders` and files that are broken."""

    def checked(text: str, *broken: str) -> dict[tuple[str, str], Tolerance]:
        path = tmp_path / "claims.toml"
        path.write_text(text)
        files = [DagFile("orders.py", (DagSummary("orders", "orders.py", 1, ()),), None)]
        files += [DagFile(name, (), Problem("killed", name)) for name in broken]
        tested = UnderTest(Folder(tmp_path, tuple(files)), read(path))
        check_tolerances(tested, path)
        return tested.tolerances

    return checked


Checked = Callable[..., dict[tuple[str, str], Tolerance]]


def test_an_entry_is_read_as_it_is_written(tolerances: Checked) -> None:
    """An entry says case, subject and reason, may say more, and knows its line."""
    last = date.today() + timedelta(days=1)
    more = f'why = "so it is"\nlink = "https://example.org/1"\nairflow = ">=2.7"\nuntil = {last}\n'

    (found,) = tolerances("# mine\n\n" + ENTRY + more).values()

    assert (found.case, found.subject, found.said) == ("ANY-002", "orders", "intended: so it is")
    assert (found.link, found.airflow, found.until) == ("https://example.org/1", ">=2.7", last)
    assert found.where.endswith("/claims.toml:3")


def test_the_last_day_counts(tolerances: Checked) -> None:
    """An entry holds on its last day."""
    assert tolerances(f"{ENTRY}until = {date.today()}\n")


def test_another_airflow_is_not_meant(tolerances: Checked) -> None:
    """An entry for other versions of Airflow is not in force, and may name what is not there on this one."""
    assert tolerances(ENTRY.replace("orders", "gone") + 'airflow = "<2.7"\n') == {}


def test_what_cannot_be_seen_may_be_tolerated(tolerances: Checked) -> None:
    """An entry is kept when its DAG may be in a file that does not import; so is one for that file."""
    text = ENTRY.replace("orders", "later") + ENTRY.replace("orders", "broken.py").replace("002", "001")

    assert len(tolerances(text, "broken.py")) == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ENTRY.replace("ANY-002", "ANY-2"), "line 1: there is no case 'ANY-2': name one of 'ANY-0"),
        (
            ENTRY + ENTRY.replace("orders", "odrers"),
            "line 5: ANY-002 is not about 'odrers', so there is nothing to tolerate: delete the entry, or name "
            "one of 'orders'.",
        ),
        (ENTRY.replace("ANY-002", "RETRY-002"), "RETRY-002 is not about 'orders', so there is nothing to tolerate"),
        (ENTRY.replace("002", "001"), "delete the entry, or name one of 'orders.py'."),
        (
            ENTRY.replace("intended", "because"),
            "'because' is not a reason: choose one of 'accepted-risk', ",
        ),
        (ENTRY.replace('"intended"', "3"), "line 1, 'reason': 3 is not a text."),
        (ENTRY.replace("subject", "dag"), "line 1: nothing is called 'dag': use one of 'airflow', 'case', "),
        (ENTRY.replace('reason = "intended"', ""), "line 1: say also 'reason'."),
        (ENTRY + 'link = "example.org"\n', "link 'example.org' is not an address: begin it with https://."),
        (ENTRY + 'airflow = "3"\n', "'3' is not a range of versions: write one such as"),
        (ENTRY + 'until = "2099-01-01"\n', "write 'until' as a date without quotes, such as 2027-01-31."),
        (ENTRY + "until = 2099-01-01T00:00:00\n", "write 'until' as a date without quotes"),
        (
            ENTRY + "until = 2020-02-29\n",
            "ANY-002 of 'orders' was tolerated only until 2020-02-29: mend it and delete the entry, or give it a later",
        ),
        (ENTRY + ENTRY, "line 5: line 1 says the same: delete one of the two."),
        ('tolerate = [{case = "ANY-002"}]', "write each tolerance as a table of its own, `[[tolerate]]`."),
        ("tolerate = []", "write each tolerance as a table of its own"),
        ('[tolerate]\ncase = "ANY-002"', "write each tolerance as a table of its own"),
    ],
)
def test_anything_else_is_one_sentence(tolerances: Checked, text: str, sentence: str) -> None:
    """What is unknown, expired, said twice or of the wrong kind is one sentence that names the line."""
    with pytest.raises(UserError) as caught:
        tolerances(text)

    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "claims.toml" in str(caught.value)


# --- what is stale

RECORD = Record("ANY-002", "any-dag", "orders", Outcome.passed, "It is so.", 0.1, where="dags/orders.py:1")
TOLERANCES = {("ANY-002", "orders"): Tolerance("ANY-002", "orders", "intended", file="dags/claims.toml", line=7)}


@pytest.mark.parametrize(
    ("outcomes", "surprised"),
    [
        ("passed", True),
        ("not-applicable", True),
        ("deviation", True),
        ("tolerated", False),
        ("error", False),
        ("not-run", False),
        ("passed tolerated", False),
        ("", False),
    ],
)
def test_what_does_not_fail_is_not_tolerated(outcomes: str, surprised: bool) -> None:
    """An entry whose case was judged and nowhere failed is a surprise; one whose case did not run is not."""
    records = [replace(RECORD, outcome=Outcome(outcome)) for outcome in outcomes.split()]

    found = list(stale(records, TOLERANCES).values())

    assert [record.outcome for record in found] == [Outcome.surprise] * surprised
    assert all("delete the entry" in record.message and record.where == "dags/claims.toml:7" for record in found)


# --- the baseline


@pytest.mark.parametrize(
    "before", [None, b"", b"# nothing yet", b'# caf\xc3\xa9\r\n[since]\r\n"a.py" = "2.9" # as ever\r\n', ENTRY.encode()]
)
def test_a_baseline_keeps_what_was_there(tmp_path: Path, before: bytes | None) -> None:
    """New entries stand downstream of what the file held, which stays as it was, byte for byte."""
    path = tmp_path / "claims.toml"
    if before is not None:
        path.write_bytes(before)
        path.chmod(0o640)

    count = append(path, [("ANY-001", 'a "b".py'), ("ANY-001", "é.py"), ("ANY-001", "é.py")], "3.3.2")

    assert count == 2
    assert path.read_bytes().startswith(before or b"#")
    assert [t.subject for t in read(path).tolerances][-2:] == ['a "b".py', "é.py"]
    assert {t.reason for t in read(path).tolerances[-2:]} == {"to-be-fixed"}
    assert before is None or path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_baseline_of_nothing_writes_nothing(tmp_path: Path) -> None:
    """When nothing fails, no file comes into being."""
    assert append(tmp_path / "claims.toml", [], "3.3.2") == 0
    assert list(tmp_path.iterdir()) == []


def test_a_baseline_minds_the_entries_of_other_versions(tmp_path: Path) -> None:
    """What is tolerated on other versions only gets an entry for this minor."""
    path = tmp_path / "claims.toml"
    path.write_text(ENTRY + 'airflow = "<3"\n')

    append(path, [("ANY-002", "orders")], "3.3.2")

    assert [t.airflow for t in read(path).tolerances] == ["<3", "==3.3.*"]


def test_a_baseline_through_a_link_leaves_the_link(tmp_path: Path) -> None:
    """A claims file that is a link to another file stays one."""
    (tmp_path / "claims.toml").symlink_to(tmp_path / "real.toml")

    append(tmp_path / "claims.toml", [("ANY-002", "orders")], "3.3.2")

    assert (tmp_path / "claims.toml").is_symlink()
    assert len(read(tmp_path / "real.toml").tolerances) == 1


def test_a_baseline_is_for_ones_own_dags(tmp_path: Path) -> None:
    """Our reference DAGs have nothing to adopt."""
    run = processes.verify("--baseline", cwd=tmp_path)

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "airflow-conformance: --baseline is for your own DAGs: name their folder.\n"


# --- from end to end

CLAIM = '# Ours.\n[[claim]]\npattern = "retry"\ndag = "orders"\ntask = "load"\nretries = 2\n'
WANTS = HEAD + "from airflow.models import Variable\nsecret = Variable.get('token')\n"
FILES = {
    "claims.toml": CLAIM,
    "leaks.py": WANTS + "raise ValueError(secret)\n",
    "orders.py": dag("orders", retries=1),
    "wants.py": WANTS + dag("wants").removeprefix(HEAD),
}


def test_an_old_folder_is_adopted_and_mended(tmp_path: Path) -> None:
    """A baseline makes the folder conform; again, it adds nothing; what is mended then has to leave the file."""
    write_files(tmp_path / "dags", FILES)
    (tmp_path / "v.json").write_text('{"token": "hunter22"}')
    claims = tmp_path / "dags" / "claims.toml"

    first = processes.verify("dags", "--baseline", cwd=tmp_path)
    written = claims.read_text()
    second = processes.verify("dags", "--baseline", "-n", 2, cwd=tmp_path)
    mended = processes.verify("dags", "--variables", "v.json", "--case", "ANY-001", cwd=tmp_path)

    assert (first.returncode, second.returncode) == (0, 0), first.stdout + first.stderr + second.stdout
    assert written.startswith(CLAIM)
    pairs = {(t.case, t.subject) for t in read(claims).tolerances}
    assert pairs >= {("ANY-001", "leaks.py"), ("ANY-001", "wants.py"), ("RETRY-002", "orders:load")}
    assert f"--baseline: {len(pairs)} new entries in claims.toml." in first.stdout
    assert "--baseline: 0 new entries in claims.toml." in second.stdout
    assert claims.read_text() == written
    assert mended.returncode == 1
    found = {r.subject: r for r in record.read(tmp_path / "report.jsonl").records}
    assert found["wants.py"].outcome is Outcome.surprise
    assert f"{found['wants.py'].where} tolerates it (to-be-fixed), but it passes: delete" in mended.stdout
    assert found["leaks.py"].outcome is Outcome.tolerated
    assert found["leaks.py"].message.splitlines()[1] == "ValueError: *** (dags/leaks.py:11)"
    assert found["leaks.py"].reproduce.endswith(" --variables v.json")
    assert "hunter22" not in (tmp_path / "report.jsonl").read_text() + mended.stdout


def test_pytest_alone_is_as_strict(tmp_path: Path) -> None:
    """Without a report, too, a failure that is tolerated does not fail pytest, and an entry that is stale does."""
    entries = ENTRY + ENTRY.replace("orders", "broken.py").replace("002", "001")
    broken = "# airflow dag\nraise ValueError\n"
    write_files(tmp_path / "dags", {"orders.py": dag("orders"), "broken.py": broken, "claims.toml": entries})

    cases = "--case", "ANY-001", "--case", "ANY-002"
    run = processes.pytest("--pyargs", "conformance.patterns", "--dags", "dags", *cases, cwd=tmp_path)

    assert run.returncode == 1
    assert "2 passed" in run.stdout
    assert "1 xfailed" in run.stdout
    assert run.stderr.startswith("surprise: ANY-002 orders: dags/claims.toml:1 tolerates it (intended), but it passes")


def test_a_dag_that_is_too_large_can_be_lived_with(tmp_path: Path) -> None:
    """That nothing is tried task by task of a large DAG is tolerated by an entry, as a failure is."""
    large = dag("large", retries=1) + "    [load.override(task_id=f'load_{n}')() for n in range(200)]\n"
    write_files(tmp_path / "dags", {"large.py": large})
    asked = "dags", "--case", "ANY-003", "--case", "ANY-012"

    adopted = processes.verify(*asked, "--baseline", cwd=tmp_path)
    after = processes.verify(*asked, cwd=tmp_path)

    assert (adopted.returncode, after.returncode) == (0, 0), adopted.stdout
    assert [t.case for t in read(tmp_path / "dags" / "claims.toml").tolerances] == ["ANY-003"]
    assert "to-be-fixed" in after.stdout
