"""A folder of everything that can be wrong with DAGs, and what is right next to it, for runs from end to end."""

from __future__ import annotations

HEAD = """
from datetime import datetime
from airflow import DAG
try:
    from airflow.sdk import Param, task
except ImportError:
    from airflow.decorators import task
    from airflow.models.param import Param
"""
DAG = """
with DAG("{dag_id}", start_date=datetime(2024, 1, 1), schedule=None, params={params}):
    @task(retries={retries})
    def load(): ...
    load()
"""


def dag(dag_id: str, retries: int = 0, params: str = "{}") -> str:
    """The text of a file with a DAG of one task, `load`."""
    return HEAD + DAG.format(dag_id=dag_id, retries=retries, params=params)


# After `# airflow dag` Airflow takes the file for a DAG file.
HARM = {
    "connects.py": '# airflow dag\nimport socket\nsocket.create_connection(("192.0.2.1", 80))\n',
    "exits.py": "# airflow dag\nimport os\nos._exit(3)\n",
    "kills_itself.py": "# airflow dag\nimport os\nos.kill(os.getpid(), 9)\n",
    "sleeps.py": "# airflow dag\nimport time\ntime.sleep(1e6)\n",
    "wrong_syntax.py": "# airflow dag\ndef f(:\n    pass\n",
}
"""Files that do harm when imported, or cannot be."""

FICKLE = """
from pathlib import Path
read_before = Path(__file__ + ".read")
is_first = not read_before.exists()
read_before.touch()
"""

GOOD = {
    "a_good.py": dag("a_good"),
    "asks.py": dag("asks", params='{"name": Param(type="string")}'),
    "fickle.py": FICKLE + dag("fickle").replace('"fickle"', '"fickle" if is_first else "other"'),
    "z_good.py": dag("z_good", retries=1),
}
"""Files that import; a run of the DAG `asks` needs a `conf`, and `fickle` is gone when its file is read again."""

CLAIMS = """
[since]
"asks.py" = "2.8"     # before, a DAG with a param without a default could not be imported

[[claim]]
pattern = "retry"
dag = "z_good"
task = "load"
retries = 2

[[claim]]
pattern = "single-task"
dag = "a_good"
task = "load"

[[claim]]
pattern = "single-task"
dag = "in_a_broken_file"
task = "load"
"""
"""The first is wrong; what the last speaks of cannot be known, for files are broken."""

OTHER_TESTS = """
import datetime, os, time

def test_real_clock():
    os.utime(__file__)
    written = os.stat(__file__).st_mtime
    assert abs(time.time() - written) < 5
    assert abs(datetime.datetime.now().timestamp() - written) < 5
    started = time.monotonic()
    time.sleep(0.01)
    assert 0.01 <= time.monotonic() - started < 5

def test_modules():
    import sys
    assert not {"airflow", "rich", "freezegun", "sqlalchemy", "typer"} & set(sys.modules)
    assert len([name for name in sys.modules if name.partition(".")[0] == "conformance"]) < 9
"""
"""Tests of somebody's own, which must see the real clock and nothing of ours."""
