"""What has not changed is not simulated again, and whatever an outcome depends on makes it another when it changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from platformdirs import user_cache_path

from conformance.folder.probe import probe
from conformance.pytest_plugin.outcomes_kept import OutcomesOfFile
from conformance.report.record import Outcome, Record, read
from workshop.selftest import processes
from workshop.selftest.hostile import HEAD

DAG = (
    HEAD
    + """
import json, os
from pathlib import Path
from helpers_of_it import RETRIES
CONFIG = Path(__file__).with_name("config.json")
MORE = json.loads(CONFIG.read_text()) if CONFIG.exists() else {"retries": 0}
with DAG("loads", start_date=datetime(2024, 1, 1), schedule=None):
    @task(retries=RETRIES + MORE["retries"] + int(os.environ.get("RETRIES_OF_IT", 0)))
    def load(): ...
    @task(trigger_rule="all_done")
    def tidy(): ...
    load() >> tidy()
"""
)
OTHER = (
    HEAD + 'with DAG("other", start_date=datetime(2024, 1, 1), schedule=None):\n    task(lambda: 1, task_id="one")()\n'
)
FILES = {
    "dags/loads.py": DAG,
    "dags/helpers_of_it.py": "RETRIES = 1\n",
    "dags/config.json": '{"retries": 0}',
    "dags/other.py": OTHER,
}
OPTIONS = ("dags", "--report", "r.jsonl")
CHANGES = {
    "the file": ("dags/loads.py", DAG.replace("tidy", "clean")),
    "a comment in it": ("dags/loads.py", DAG + "# seen\n"),
    "a module that it imports": ("dags/helpers_of_it.py", "RETRIES = 2\n"),
    "a file that it reads": ("dags/config.json", '{"retries": 3}'),
}


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    """A cache folder of its own, with the databases that are made once."""
    own = tmp_path / "cache" / "airflow-conformance"
    own.mkdir(parents=True)
    (own / "templates").symlink_to(user_cache_path("airflow-conformance") / "templates")
    yield own.parent
    (own / "templates").unlink()


def verified(room: Path, cache: Path, *options: object, **variables: str) -> dict[tuple[str, str], Record]:
    """What is on record of each case and subject."""
    done = processes.verify(*OPTIONS, *options, cwd=room, XDG_CACHE_HOME=cache, **variables)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return {(record.case, record.subject): record for record in read(room / "r.jsonl").records}


def simulated_again(records: dict[tuple[str, str], Record]) -> set[str]:
    """The DAGs of which anything was simulated; of what only looks at plain data nothing is kept."""
    return {record.dag for record in records.values() if record.case in SIMULATED and not record.cached}


SIMULATED = {"ANY-002", "ANY-003", "ANY-007"}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_is_made_of_all_that_it_reads(change: tuple[str, str], tmp_path: Path, sandbox: None) -> None:
    """The digest of a file is the same while nothing changes, and another when anything does that it reads."""
    processes.write_files(tmp_path, FILES)
    before, same = (probe(tmp_path / "dags" / "loads.py").made_of for _ in range(2))

    processes.write_files(tmp_path, dict([change]))
    after = probe(tmp_path / "dags" / "loads.py").made_of

    assert before == same
    assert len(before) == len(after)
    assert before != after


def test_a_file_is_made_of_what_it_does_not_find(tmp_path: Path, sandbox: None) -> None:
    """A file that goes without another one when that is not there is another file when it comes."""
    text = """
    try:
        MORE = json.loads(CONFIG.read_text())
    except OSError:
        MORE = {"retries": 0}
    """
    asks = re.sub("MORE = .*", dedent(text), DAG)
    processes.write_files(tmp_path, {"dags/loads.py": asks, "dags/helpers_of_it.py": "RETRIES = 1\n"})
    before = probe(tmp_path / "dags" / "loads.py")

    processes.write_files(tmp_path, {"dags/config.json": '{"retries": 0}'})
    after = probe(tmp_path / "dags" / "loads.py")

    assert before.problem is None
    assert before.made_of != after.made_of


@pytest.mark.at_the_newest
def test_what_has_not_changed_is_not_simulated_again(tmp_path: Path, cache: Path) -> None:
    """The second time every simulated case is replayed as it was; what a change reaches is simulated."""
    processes.write_files(tmp_path, FILES)
    first = verified(tmp_path, cache)
    again = verified(tmp_path, cache)

    assert simulated_again(first) == {"loads", "other"}
    assert simulated_again(again) == set()
    assert {pair: (one.outcome, one.message, one.where) for pair, one in first.items() if one.case in SIMULATED} == {
        pair: (one.outcome, one.message, one.where) for pair, one in again.items() if one.case in SIMULATED
    }
    assert {one.outcome for one in again.values() if one.cached} >= {Outcome.failed, Outcome.passed}

    processes.write_files(tmp_path, {"dags/helpers_of_it.py": "RETRIES = 2\n"})
    assert simulated_again(verified(tmp_path, cache)) == {"loads"}
    assert simulated_again(verified(tmp_path, cache, RETRIES_OF_IT="2")) == {"loads"}
    assert simulated_again(verified(tmp_path, cache, "--no-cache")) == {"loads", "other"}
    assert simulated_again(verified(tmp_path, cache, "--advice-fails")) == {"loads", "other"}


@pytest.mark.at_the_newest
def test_claims_and_what_is_given_count(tmp_path: Path, cache: Path) -> None:
    """A claim that changes is checked again, what is tolerated is told anew, and given values are part of it all."""
    claim = '[[claim]]\npattern = "retry"\ndag = "loads"\ntask = "load"\nretries = {}\n'
    tolerate = '[[tolerate]]\ncase = "ANY-003"\nsubject = "loads:load"\nreason = "intended"\n'
    processes.write_files(tmp_path, {**FILES, "dags/claims.toml": claim.format(1)})
    verified(tmp_path, cache)

    processes.write_files(tmp_path, {"dags/claims.toml": claim.format(2)})
    records = verified(tmp_path, cache)
    assert simulated_again(records) == set()
    assert {one.cached for one in records.values() if one.pattern == "retry"} == {False}
    assert Outcome.failed in {one.outcome for one in records.values() if one.pattern == "retry"}

    processes.write_files(tmp_path, {"dags/claims.toml": claim.format(2) + tolerate})
    records = verified(tmp_path, cache)
    assert records["ANY-003", "loads:load"].outcome is Outcome.tolerated
    assert records["ANY-002", "loads"].cached

    (tmp_path / "given.json").write_text(json.dumps({"bucket": "acme"}))
    assert simulated_again(verified(tmp_path, cache, "--variables", "given.json")) == {"loads", "other"}


BROKEN = ("", "{", "[]", '{"a": 1}', '{"a": [1]}', '{"a": [{}]}', "[" * 100_000, "\0")


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_what_is_broken_is_as_good_as_nothing(text: str, tmp_path: Path) -> None:
    """An entry that is empty, cut off, or somebody else's says nothing, and is written again."""
    path = tmp_path / "entry.json"
    path.write_text(text)
    kept = OutcomesOfFile(path)
    assert kept.get("a") == []

    kept.keep("a", [{"$report_type": "TestReport"}])
    kept.write()

    assert OutcomesOfFile(path).get("a") == [{"$report_type": "TestReport"}]


@pytest.mark.at_the_newest
def test_what_looks_like_an_outcome_and_is_none_is_simulated(tmp_path: Path, cache: Path) -> None:
    """Reports of the cache that pytest cannot read, or that are of another item, are none."""
    processes.write_files(tmp_path, {"dags/other.py": OTHER})
    verified(tmp_path, cache)
    (entry,) = cache.glob("airflow-conformance/outcomes/*/*.json")
    first, *others = json.loads(entry.read_text()).items()
    entry.write_text(json.dumps({first[0]: others[0][1], others[0][0]: [{"$report_type": "TestReport"}]}))

    assert simulated_again(verified(tmp_path, cache)) == {"other"}
    assert simulated_again(verified(tmp_path, cache)) == set()


@pytest.mark.at_the_newest
def test_own_code_is_never_kept(tmp_path: Path, cache: Path) -> None:
    """What runs the code of tasks may do something else the next time."""
    processes.write_files(tmp_path, {"dags/other.py": OTHER})
    for _ in range(2):
        records = verified(tmp_path, cache, "--execute")

    assert {one.cached for one in records.values() if one.pattern == "own-code"} == {False}
    assert {one.cached for one in records.values() if one.case in SIMULATED} == {True}


@pytest.mark.at_the_newest
def test_the_cache_can_be_cleared(tmp_path: Path, cache: Path) -> None:
    """`cache` says how much is kept, and `cache --clear` forgets it."""
    processes.write_files(tmp_path, {"dags/other.py": OTHER})
    verified(tmp_path, cache)

    said = [
        processes.command("cache", *words, cwd=tmp_path, XDG_CACHE_HOME=cache).stdout
        for words in ((), ("--clear",), ())
    ]

    assert "keeps the outcomes of 1 DAG file," in said[0]
    assert "forgot the outcomes of 1 DAG file," in said[1]
    assert "keeps the outcomes of 0 DAG files," in said[2]
    assert simulated_again(verified(tmp_path, cache)) == {"other"}
