"""What a `claims.toml` may say, and that anything else is one sentence that lists what exists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.claims.reader import Claims, check, read
from conformance.errors import UserError
from conformance.folder.summary import DagSummary, Kind, Problem, TaskSummary
from conformance.folder.survey import DagFile, Folder
from conformance.patterns.retry import Retry
from conformance.patterns.sensor_timeout import SensorTimeout
from conformance.patterns.serial import Serial
from workshop.selftest.processes import verify, write_files

DAILY = '[[claim]]\npattern = "schedule"\ndag = "orders"\nturned_on = 2024-01-07T06:00:00Z\n'
RETRY = '[[claim]]\npattern = "retry"\ndag = "orders"\ntask = "load"\nretries = 3\n'


def _task(name: str, kind: Kind = "") -> TaskSummary:
    return TaskSummary(name, kind=kind, line=1)


def _folder(*broken: str) -> Folder:
    """A folder with the DAG `orders` of two tasks and a sensor, and files that cannot be parsed."""
    dag = DagSummary("orders", "orders.py", 1, (_task("extract"), _task("load"), _task("wait", "sensor")))
    good = DagFile("orders.py", (dag,), None)
    return Folder(Path("/dags"), (good, *(DagFile(name, (), Problem("killed", name)) for name in broken)))


Checked = Callable[..., Claims]


@pytest.fixture
def claims(tmp_path: Path) -> Checked:
    """Write a claims file, read it, and check it against a folder."""

    def checked(text: str, *broken: str) -> Claims:
        path = tmp_path / "claims.toml"
        path.write_text(text)
        found = read(path)
        check(found, _folder(*broken), path)
        return found

    return checked


def test_a_claim_is_read_as_it_is_written(claims: Checked) -> None:
    """Every entry becomes a claim of its pattern, in order, with what it leaves out left out."""
    found = claims(
        RETRY + '[[claim]]\npattern = "serial"\ndag = "orders"\ntasks = ["extract", "load"]\n'
        '[[claim]]\npattern = "sensor-timeout"\ndag = "orders"\nsensor = "wait"\ntimeout = 5\nsoft = true\n'
    )

    assert found.claims == (
        Retry(dag="orders", task="load", retries=3),
        Serial(dag="orders", tasks=("extract", "load")),
        SensorTimeout(dag="orders", sensor="wait", timeout=5, soft=True),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            RETRY.replace("retry", "rertry"),
            "claim 1: there is no pattern 'rertry' to claim: use one of '",
            id="pattern",
        ),
        pytest.param(
            RETRY.replace('"retry"', '["retry"]'), "claim 1: there is no pattern '['retry']'", id="pattern-no-text"
        ),
        pytest.param(RETRY.replace("retry", "any-dag"), "there is no pattern 'any-dag' to claim", id="any-dag"),
        pytest.param('[[claim]]\ndag = "orders"\n', "claim 1: it names no pattern: use one of", id="no-pattern"),
        pytest.param(
            RETRY.replace("task =", "tsak ="),
            "claim 1 (retry): nothing is called 'tsak': use one of '",
            id="role",
        ),
        pytest.param(
            RETRY.replace("orders", "ordres"),
            "claim 1 (retry): there is no DAG 'ordres': name one of 'orders'.",
            id="dag",
        ),
        pytest.param(
            RETRY + RETRY.replace("load", "laod"),
            "claim 2 (retry): DAG 'orders' has no task 'laod' for role 'task': name one of 'extract', 'load', 'wait'.",
            id="task",
        ),
        pytest.param(
            '[[claim]]\npattern = "sensor-timeout"\ndag = "orders"\nsensor = "load"\n',
            "claim 1 (sensor-timeout): task 'load' cannot play role 'sensor': it is not a sensor; "
            "in DAG 'orders' these can: 'wait'.",
            id="shape",
        ),
        pytest.param(
            '[[claim]]\npattern = "branch"\ndag = "orders"\ngate = "load"\n',
            "claim 1 (branch): task 'load' cannot play role 'gate': it is not a short circuit; "
            "in DAG 'orders' these can: none.",
            id="shape-beside-nobody",
        ),
        pytest.param(
            '[[claim]]\npattern = "sensor-timeout"\ndag = "orders"\nsensor = "wait"\ninterval = 0\n',
            "claim 1 (sensor-timeout), 'interval' is 0, but time passes between two pokes: say more than 0.",
            id="no-interval",
        ),
        pytest.param(
            '[[claim]]\npattern = "branch"\ndag = "orders"\nmapped = true\n',
            "claim 1 (branch): it names no task: say at least one of 'arms', 'brancher', 'gate', ",
            id="no-task",
        ),
        pytest.param(
            RETRY.replace("retries = 3\n", "").replace('task = "load"\n', ""),
            "claim 1 (retry): say also 'retries', 'task'.",
            id="missing",
        ),
        pytest.param(RETRY.replace("3", '"3"'), "claim 1 (retry), 'retries': '3' is not a number.", id="text-for-int"),
        pytest.param(RETRY.replace("3", "true"), "'retries': True is not a number.", id="bool-for-int"),
        pytest.param(RETRY.replace("3", "2.5"), "'retries': 2.5 is not a number", id="float-for-int"),
        pytest.param(RETRY + "notifies = 1\n", "'notifies': 1 is not true or false.", id="int-for-bool"),
        pytest.param(RETRY.replace('"load"', "7"), "'task': 7 is not a text.", id="int-for-text"),
        pytest.param(
            '[[claim]]\npattern = "serial"\ndag = "orders"\ntasks = ["load", 1]\n',
            "claim 1 (serial), 'tasks': ['load', 1] is not a list of task ids.",
            id="list",
        ),
        pytest.param(
            DAILY.replace("Z", ""),
            "claim 1 (schedule), 'turned_on': 2024-01-07T06:00:00 is not an instant with its time zone",
            id="instant-without-zone",
        ),
        pytest.param(
            DAILY + "runs = [2024-01-07T06:00:00Z, 1]\n",
            "1] is not a list of instants with their time zones, such as 2024-01-07T06:00:00Z.",
            id="list-of-instants",
        ),
        pytest.param(DAILY + 'zone = "Berlin"\n', "'zone': there is no time zone 'Berlin'; they look like", id="zone"),
        pytest.param(RETRY + 'since = "3"\n', "'since': '3' is not an Airflow minor; they look like", id="since"),
        pytest.param('[since]\n"orders.py" = 2.1\n', "[since], 'orders.py': 2.1 is not an Airflow minor", id="minor"),
        pytest.param(
            '[since]\n"odrers.py" = "2.9"\n',
            "[since]: there is no file 'odrers.py': name one of 'orders.py'.",
            id="since-file",
        ),
        pytest.param("since = 3", "write what needs a newer Airflow as a table, `[since]`", id="since-no-table"),
        pytest.param("claim = [1]", "write each claim as a table of its own, `[[claim]]`.", id="claim-no-table"),
        pytest.param('[claim]\ndag = "orders"', "write each claim as a table of its own", id="one-table"),
        pytest.param("[[claims]]", "nothing is called 'claims': use one of 'claim', 'since', 'tolerate'.", id="table"),
        pytest.param("[[claim]", "is not valid TOML (", id="toml"),
    ],
)
def test_anything_else_is_one_sentence(claims: Checked, text: str, sentence: str) -> None:
    """What is misspelt, missing or of the wrong kind is one sentence that names the place and lists what exists."""
    with pytest.raises(UserError) as caught:
        claims(text)

    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "claims.toml" in str(caught.value)


def test_a_folder_is_no_claims_file(tmp_path: Path) -> None:
    """A claims file that cannot be read is one sentence."""
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path)


@pytest.mark.parametrize(
    "text", [RETRY.replace("orders", "later") + 'since = "3.3"\n', RETRY.replace("orders", "lost")]
)
def test_a_dag_that_could_not_be_parsed_may_be_claimed(claims: Checked, text: str) -> None:
    """A claim about a DAG is kept when its file may be one that this Airflow cannot parse."""
    assert len(claims(text, "broken.py").claims) == 1


def test_verify_says_it_and_writes_nothing(tmp_path: Path) -> None:
    """A mistake in the claims is one line on stderr and exit 2, and no report is written."""
    write_files(
        tmp_path / "dags",
        {
            "orders.py": "from datetime import datetime\nfrom airflow import DAG\n"
            'with DAG("orders", start_date=datetime(2024, 1, 1)): pass\n',
            "claims.toml": RETRY,
        },
    )

    run = verify("dags", cwd=tmp_path)

    path = tmp_path / "dags" / "claims.toml"
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (
        f"airflow-conformance: {path}, claim 1 (retry): DAG 'orders' has no task 'load' for role 'task': it has none.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["dags"]
