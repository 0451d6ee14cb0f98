"""
DAG files import what they import everywhere, when the clock is already frozen: `tox run -e packages`.

The twenty packages are those that files with `import airflow` in 19 public repositories import in the most of them
(requests, pandas, sqlalchemy, pendulum, psycopg2, dateutil, pytz, kubernetes, google.cloud, boto3, numpy, bs4), and
further ones that are compiled or build classes from dates. Not called test_*.py: no other environment has them.
"""

from __future__ import annotations

import pytest

from conformance.report.record import Outcome, Record, read
from workshop.selftest import processes
from workshop.selftest.hostile import HEAD
from workshop.selftest.processes import write_files

pytestmark = pytest.mark.timeout(600)

PACKAGES = {
    "bs4": "bs4.BeautifulSoup('<p>1 May</p>', 'html.parser').p.text",
    "boto3": "boto3.client('s3').list_buckets()['Buckets']",
    "cryptography.fernet": "len(cryptography.fernet.Fernet(cryptography.fernet.Fernet.generate_key()).encrypt(b'1'))",
    "google.cloud.storage": "str(google.cloud.storage.Client.__name__)",
    "kubernetes.client": "kubernetes.client.V1Pod(metadata={'creation_timestamp': datetime.now()}).to_dict()['kind']",
    "lxml.etree": "lxml.etree.tostring(lxml.etree.fromstring('<p/>')).decode()",
    "numpy": "str(numpy.datetime64(datetime.now()))",
    "openai": "openai.OpenAI(api_key='none').base_url.host",
    "pandas": "str(pandas.Series([pandas.Timestamp(datetime.now(), tz='Europe/Berlin')] * 1000).max())",
    "pendulum": "pendulum.now('Europe/Berlin').isoformat()",
    "polars": "str(polars.DataFrame({'at': [datetime.now()] * 1000})['at'].max())",
    "psycopg2.extensions": "psycopg2.extensions.adapt(datetime.now()).getquoted().decode()",
    "pyarrow": "str(pyarrow.array([datetime.now()] * 1000)[0].as_py())",
    "pydantic": "str(pydantic.create_model('Order', at=(datetime, ...))(at=datetime.now()).at)",
    "dateutil.rrule": "str(dateutil.rrule.rrule(dateutil.rrule.DAILY, count=3, dtstart=datetime.now())[2])",
    "pytz": "str(pytz.timezone('Europe/Berlin').localize(datetime.now()))",
    "yaml": "str(yaml.safe_load('at: 2024-05-01 12:00:00')['at'])",
    "requests": "requests.Request('GET', 'http://shop.test/', params={'at': datetime.now()}).prepare().url",
    "sklearn.linear_model": "sklearn.linear_model.LinearRegression().fit([[0], [1]], [0, 1]).score([[0], [1]], [0, 1])",
    "sqlalchemy": "str(sqlalchemy.create_engine('sqlite://').connect().scalar(sqlalchemy.select(sqlalchemy.func.now())))",
}
"""What is imported, and what a task does with it, with a date wherever it can take one."""

FILE = """
import gc{at_the_top}

with DAG("{dag}", start_date=datetime(2024, 1, 1), schedule=None):
    @task(retries=1)
    def use():
        import gc{in_the_task}
        value = {value}
        gc.collect()
        return value
    use()
"""

# What a first file without any package prepares, the others meet: the clock is frozen when they are imported.
FIRST = HEAD + FILE.format(at_the_top="", in_the_task="", dag="a_first", value="1")

PLACES = "at_the_top", "in_the_task"
WAYS = [pytest.param(place, id=place.replace("_", "-"), marks=pytest.mark.xdist_group(place)) for place in PLACES]


@pytest.fixture(scope="session", params=WAYS)
def records(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, ...]:
    """What one process says of all twenty files, whose tasks run their code."""
    room = tmp_path_factory.mktemp("packages")
    files = {}
    for package, value in PACKAGES.items():
        imports = dict.fromkeys(PLACES, "") | {request.param: f", {package}"}
        files[f"{name(package)}.py"] = HEAD + FILE.format(dag=name(package), value=value, **imports)
    write_files(room / "dags", {"a_first.py": FIRST, **files})
    process = processes.verify("dags", "--execute", "--report", "r.jsonl", cwd=room)
    assert (room / "r.jsonl").exists(), f"exit code {process.returncode}\n{process.stdout}{process.stderr}"
    return read(room / "r.jsonl").records


def name(package: str) -> str:
    """What the file and the DAG that use a package are called."""
    return f"b_{package.replace('.', '_')}"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_dag_with_it_conforms(records: tuple[Record, ...], package: str) -> None:
    """A DAG whose file or task imports the package is judged by every case, and passes."""
    own = [record for record in records if record.subject.split(":")[0] in (name(package), f"{name(package)}.py")]
    good = Outcome.passed, Outcome.advice, Outcome.not_applicable

    assert "OWN-001" in {record.case for record in own}
    assert {(record.case, record.message) for record in own if record.outcome not in good} == set()
