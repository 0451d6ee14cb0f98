"""What is missing is stood in for: DAG files that need what is not here import, and what they lack is told."""

from __future__ import annotations

import builtins
import json
import os
import pickle
import sys
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from conformance.folder.import_roots import look_there
from conformance.folder.missing import called, distribution
from conformance.folder.parse import parse_with_stand_ins
from conformance.folder.probe import probe, warm_up
from conformance.folder.summary import DagSummary, Probe
from conformance.paths import PACKAGE
from conformance.report.record import Outcome, Record, read
from conformance.stand_ins.standing_in import Level
from conformance.stand_ins.value import Value
from workshop.selftest import processes
from workshop.selftest.processes import write_files

HEAD = "from datetime import datetime\nfrom airflow import DAG\n"
DAG = 'with DAG("a", start_date=datetime(2024, 1, 1), schedule=None) as dag:\n    '
ACME = "from acme import {}\n"

Look = Callable[..., Probe]


@pytest.fixture
def look(tmp_path: Path, sandbox: None, monkeypatch: pytest.MonkeyPatch) -> Look:
    """`look(text)`: what was found in `dags/a.py` with this text, below a repository with the files `others`."""

    warm_up()  # first: one of its libraries has a finder of its own
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])

    def looked(text: str, **others: str) -> Probe:
        write_files(tmp_path, {"dags/a.py": HEAD + text, **others})
        look_there(tmp_path / "dags")
        return probe(tmp_path / "dags" / "a.py", 30.0, tmp_path / "dags", stand_ins=True)

    return looked


def dag_of(found: Probe) -> DagSummary:
    """The one DAG that was found."""
    assert found.problem is None, found.problem
    (dag,) = found.dags
    return dag


# --- a value ---

X: Any = Value("acme.X")


@pytest.mark.parametrize(
    "use",
    [
        lambda: X.a.b["c"][0](1, two=2),
        lambda: [item.lower() for item in X],
        lambda: dict(X.items()),
        lambda: {**X},
        lambda: {key: value.lower() for key, value in X.items()},
        lambda: (lambda **given: given)(**X),
        lambda: f"{X:>10.2f} {X!r} {X}" % (),
        lambda: (X + 1, 1 + X, X - 1, X * 2, X / 2, X % 3, -X, X | {}, X & X),
        lambda: (int(X), float(X), range(X), [1, 2][X], timedelta(days=float(X))),
        lambda: (X < 1, X >= 1, 1 in X, X == 1, X != 1, bool(X), len(X)),
        lambda: Path(X) / X / "a",
        lambda: isinstance(1, X) or issubclass(int, X),
        lambda: sorted([X, X]),
        lambda: X.split(",")[0].strip().format(a=1),
        lambda: [*chain(X, X)],
        lambda: X.__class__,
        lambda: setattr(X, "a", 1),
        lambda: X.get("a", {}).get("b"),
    ],
)
def test_a_value_bears_whatever_a_file_does_with_it(use: Callable[[], Any]) -> None:
    """Nothing that a file does with a value that nobody knows fails."""
    use()


def test_a_value_gives_as_many_items_as_are_taken() -> None:
    """`a, b = value` takes two; a loop has one example item; a call with `**value` gives no argument."""
    one, (two, *three) = X.pair
    assert [type(item) for item in (one, two, *three)] == [Value, Value]
    assert [*X] == [X]
    assert (lambda **given: given)(**X) == {}


def test_a_value_says_what_it_stands_for() -> None:
    """As text it is an id that Airflow takes, and says so; it survives a copy and a pickle as itself."""
    assert str(Value("acme.config.BUCKET")) == "stand_in_for_acme_config_BUCKET"
    assert len(Value("x" * 1000)) == 1
    assert len(str(Value("x" * 1000))) < 150
    assert deepcopy(X) == X == pickle.loads(pickle.dumps(X))
    assert {X: 1}[X] == 1


def test_a_value_is_a_decorator_a_context_manager_and_a_base_class() -> None:
    """A function that it decorates stays what it was, with arguments or without; a class can be derived from it."""

    @X
    def plain() -> int:
        return 1

    @X.with_arguments(retries=3)
    def other() -> int:
        return 2

    class Meta(type):
        pass

    class Mine(X, metaclass=Meta):
        def own(self) -> int:
            return 3

    with X.opened("a") as file:
        assert isinstance(file, Value)
    assert (plain(), other(), Mine(1, name="n").own()) == (1, 2, 3)
    assert isinstance(Mine().whatever, Value)


# --- modules and classes ---


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        pytest.param("LoadOperator(task_id='t', bucket='b', retries=2)", {"t": ""}, id="operator"),
        pytest.param("FileSensor(task_id='t', path='b', timeout=60)", {"t": "sensor"}, id="sensor"),
        pytest.param("BranchByStockOperator(task_id='t', stock=1)", {"t": "branch"}, id="branch"),
        pytest.param("RowsShortCircuitOperator(task_id='t')", {"t": "short-circuit"}, id="short-circuit"),
        pytest.param("LoadOperator.partial(task_id='t', a=1).expand(bucket=['a', 'b'])", {"t": ""}, id="mapped"),
        pytest.param("LoadOperator.partial(task_id='t').expand_kwargs([{'a': 1}])", {"t": ""}, id="mapped-over-dicts"),
        pytest.param("LoadOperator(task_id='t', **given())", {"t": ""}, id="arguments-from-a-value"),
        pytest.param("LoadOperator(task_id=given.name)", {"stand_in_for_acme_given_name": ""}, id="id-from-a-value"),
        pytest.param("given() >> LoadOperator(task_id='t') >> [given()]", {"t": ""}, id="value-among-tasks"),
        pytest.param("LoadTaskGroup(group_id='g')", {"g.inside": ""}, id="task-group"),
    ],
)
def test_a_name_says_what_a_missing_class_is(look: Look, text: str, kinds: dict[str, str]) -> None:
    """By Airflow's conventions for names, a class that is missing makes tasks of its kind."""
    names = sorted({name.partition("(")[0].partition(".")[0] for name in text.replace("*", " ").split()} | {"given"})
    found = look(
        ACME.format(", ".join(name for name in names if name.isidentifier() and name != "given") + ", given")
        + DAG
        + text
    )

    assert {task.task_id: task.kind for task in dag_of(found).tasks} == kinds
    assert [(one.kind, one.name, one.place) for one in found.stand_ins] == [("package", "acme", "dags/a.py:3")]


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        pytest.param(
            "a = acme.LoadOperator(task_id='a'); acme.LoadOperator(task_id='b', keys=a.output)", "a>b", id="output"
        ),
        pytest.param(
            "a = acme.LoadOperator(task_id='a'); acme.LoadOperator(task_id='b', x=[a.output])", "a>b", id="nested"
        ),
        pytest.param(
            "acme.ops.s3.LoadOperator(task_id='a') >> acme.ops.s3.FileSensor(task_id='b')", "a>b", id="by-module"
        ),
        pytest.param(
            "a = acme.LoadOperator(task_id='a'); acme.LoadOperator.partial(task_id='b', x=a.output).expand(y=[1])",
            "a>b",
            id="of-a-mapped-task",
        ),
        pytest.param("a = acme.run(task_id='a'); a >> acme.run(task_id='b')", "a>b", id="made-by-a-function"),
        pytest.param("a = EmptyOperator(task_id='a'); [a] >> acme.run(task_id='b')", "a>b", id="behind-a-list"),
        pytest.param("a = EmptyOperator(task_id='a'); a >> [acme.run(task_id='b')]", "a>b", id="to-a-list"),
        pytest.param("a = EmptyOperator(task_id='a'); acme.job(task_id='a').build()", "a", id="only-given-an-id"),
        pytest.param("a = Runs(task_id='a'); a >> Runs(task_id='b')", "a>b", id="a-class-that-executes"),
        pytest.param("a = EmptyOperator(task_id='a'); a >> Config() >> EmptyOperator(task_id='b')", "b", id="no-task"),
        pytest.param("Derived(task_id='a')", "a", id="asks-what-its-base-has-set"),
        pytest.param(
            "EmptyOperator(task_id=acme.name('a')) >> EmptyOperator(task_id=acme.name('b'))",
            "stand_in_for_acme_name_a>stand_in_for_acme_name_b",
            id="ids-by-one-function",
        ),
        pytest.param("Configured(task_id='a', config=acme.CONFIG)", "a", id="argument-of-a-class-of-ones-own"),
        pytest.param("one, two = acme.pair(task_id='p'); EmptyOperator(task_id='a')", "a", id="unpacked"),
        pytest.param("task(retries=acme.N, task_id='a')(lambda: 1)()", "a", id="setting-of-a-decorated-task"),
        pytest.param("EmptyOperator(task_id='a', retries=acme.N)", "a", id="setting-of-a-task"),
        pytest.param("Mixed(task_id='a')", "a", id="mixin-first"),
        pytest.param("MixedLast(task_id='a')", "a", id="mixin-last"),
        pytest.param("EmptyOperator(task_id=acme.NAME)", "stand_in_for_acme_NAME", id="id"),
        pytest.param("decorated()", "decorated", id="decorator-above-a-task"),
    ],
)
def test_no_task_and_no_edge_is_lost(look: Look, text: str, edges: str) -> None:
    """Whatever a task of a missing class is made of, and however it is named, it is there, with what it depends on."""
    head = "import acme\nfrom airflow.decorators import task\nfrom airflow.models import BaseOperator\n"
    head += "from airflow.operators.empty import EmptyOperator\nfrom acme import LogMixin\n"
    head += "class Mixed(LogMixin, BaseOperator):\n    pass\nclass MixedLast(BaseOperator, LogMixin):\n    pass\n"
    head += "@acme.timed\n@task\ndef decorated(): ...\n"
    head += "class Runs(acme.Base):\n    def execute(self, context): ...\nclass Config(acme.Base['x']):\n    pass\n"
    head += "class Configured(BaseOperator):\n    def __init__(self, config, **given):\n"
    head += "        super().__init__(**given)\n        self.path = config['paths']['in']\n"
    head += "class Derived(acme.LoadOperator):\n    def __init__(self, **given):\n"
    head += "        super().__init__(**given)\n        self.path = self.bucket + '/x'\n"
    tasks = dag_of(look(head + DAG + text)).tasks

    assert [">".join((*task.upstream, task.task_id)) for task in tasks][-1] == edges


def test_a_sensor_that_is_missing_pokes_unless_it_says_otherwise(look: Look) -> None:
    """Without `deferrable=True` a missing sensor occupies its worker, or is rescheduled, as any sensor does."""
    text = ACME.format("FileSensor") + DAG + "FileSensor(task_id='a')\n    FileSensor(task_id='b', deferrable=True)"

    assert {task.task_id: task.deferrable for task in dag_of(look(text)).tasks} == {"a": False, "b": True}


def test_an_id_that_nobody_knows_is_found_again(look: Look, tmp_path: Path) -> None:
    """A DAG whose id is a value is the same DAG when its file is read again."""
    found = look("from acme import NAME\nDAG_ = DAG(NAME, start_date=datetime(2024, 1, 1), schedule=None)\n")
    again = parse_with_stand_ins(tmp_path / "dags" / "a.py", tmp_path / "dags", found.level)

    assert dag_of(found).dag_id in again.dags


def test_the_kit_and_airflow_are_told_what_is_not_there(look: Look) -> None:
    """What a missing class may have set is there for the user's own code alone: whoever else asks goes on without."""
    text = ACME.format("LoadOperator") + DAG + "LoadOperator(task_id='t', trigger_rule='all_done')"

    (task,) = dag_of(look(text)).tasks

    assert (task.idle, task.watches, task.deferrable, task.depends_on_past, task.returns) == (
        False,
        False,
        False,
        False,
        True,
    )


def test_the_kit_is_not_the_users_by_a_link_either(tmp_path: Path) -> None:
    """In an environment of another Airflow the kit is a link to where it is: its code is the kit's there, too."""
    (tmp_path / "conformance").symlink_to(PACKAGE)
    code = "import sys; sys.path.insert(0, sys.argv[1])\nfrom types import SimpleNamespace as Frame\n"
    code += "from conformance.folder.graph import reached\nfrom conformance.stand_ins.users_code import is_theirs\n"
    code += "print(is_theirs(Frame(f_code=reached.__code__)))"

    assert processes.python(code, tmp_path).stdout == "False\n"


def test_a_derived_class_knows_what_it_stands_for(look: Look) -> None:
    """A user's class that is derived from a missing one says so, and which settings the missing one may have."""
    text = ACME.format("LoadOperator") + "class Mine(LoadOperator):\n    def __init__(self, **given):\n"
    text += "        super().__init__(retries=3, **given)\n" + DAG + "Mine(task_id='t')"

    (task,) = dag_of(look(text)).tasks

    assert (task.stands_in_for, task.assumes, task.retries) == ("acme.LoadOperator", ("trigger_rule",), 3)


def test_a_class_of_airflows_providers_has_no_settings_of_its_own(look: Look) -> None:
    """What is assumed of packages that nobody knows is known of Airflow's own; a package's name is its provider's."""
    text = "from airflow.providers.apache.nosuch.operators.x import LoadOperator\n" + DAG + "LoadOperator(task_id='t')"
    found = look(text)
    (task,) = dag_of(found).tasks

    assert (task.assumes, [one.name for one in found.stand_ins]) == ((), ["airflow.providers.apache.nosuch"])
    assert distribution("airflow.providers.apache.nosuch") == "apache-airflow-providers-apache-nosuch"


def test_a_decorator_that_is_missing_may_give_the_function_more(look: Look) -> None:
    """What a function takes and the file does not give, such as the session of `@task.pyspark`, is the decorator's."""
    text = "from airflow.decorators import task\n" + DAG
    text += "@task.pyspark(conn_id='c')\n    def one(spark, sc): ...\n    "
    text += "@task.docker(image='i')\n    def two(x): ...\n    "

    assert [task.task_id for task in dag_of(look(text + "one()")).tasks] == ["one"]
    problem = look(text + "two()").problem
    assert problem is not None
    assert "missing a required argument: 'x'" in problem.message


def test_who_only_asks_whether_something_is_set_goes_on(look: Look) -> None:
    """A file that ends without an environment variable is tried as if there were one."""
    text = "import os\nif not os.environ.get('NO_SUCH'):\n    raise ValueError('set NO_SUCH')\n"
    found = look(text + DAG + "from airflow.operators.empty import EmptyOperator\n    EmptyOperator(task_id='t')")

    assert list(map(called, found.stand_ins)) == ["environment variable NO_SUCH"]


def test_a_decorator_of_a_missing_provider_makes_a_task(look: Look) -> None:
    """`@task.anything` makes a task of a function, alone, with arguments, and mapped."""
    text = "from airflow.decorators import task\n" + DAG
    text += "@task.nosuch(image='i')\n    def one(): return 1\n    @task.nosuch\n    def many(x): return x\n    "
    text += "one() >> many.expand(x=[1, 2])"
    found = look(text)

    assert {task.task_id: task.mapped for task in dag_of(found).tasks} == {"one": False, "many": True}
    assert list(map(called, found.stand_ins)) == ["task decorator task.nosuch"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("from acme import *\n" + DAG + "LoadOperator(task_id='t', b=BUCKET)", id="star"),
        pytest.param("import acme.deep.er as er\n" + DAG + "er.LoadOperator(task_id='t')", id="deep"),
        pytest.param("from shop_lib import help\n" + DAG + "help.make('t')", id="by-a-module-of-ones-own"),
    ],
)
def test_however_it_is_imported(look: Look, text: str) -> None:
    """What is missing is stood in for in each way to import it, also in a module that a file imports."""
    helper = "from acme.ops import LoadOperator\ndef make(name):\n    return LoadOperator(task_id=name)\n"
    found = look(text, **{"shop_lib/help.py": helper})

    assert [task.task_id for task in dag_of(found).tasks] == ["t"]


def test_a_version_and_an_exception_of_a_missing_package(look: Look) -> None:
    """A file may ask for the version of what is missing, and handle its exceptions."""
    text = (
        "import acme\nfrom acme import LoadError, LoadOperator\nassert tuple(map(int, acme.__version__.split('.')))\n"
    )
    text += "try:\n    raise LoadError('x')\nexcept LoadError:\n    pass\n" + DAG + "LoadOperator(task_id='t')"

    assert dag_of(look(text)).tasks


def test_who_is_prepared_gets_no_stand_in(look: Look) -> None:
    """A file that says what to do without a package, or without a key, goes that way."""
    text = (
        "import os\ntry:\n    import acme\nexcept ImportError:\n    acme = None\ntry:\n    x = os.environ['NO_SUCH']\n"
    )
    text += "except KeyError:\n    x = 'y'\nassert acme is None and x == 'y'\nfrom acme2 import LoadOperator\n"

    assert [one.name for one in look(text + DAG + "LoadOperator(task_id='t')").stand_ins] == ["acme2"]


def test_what_is_airflows_own_is_not_stood_in_for(look: Look) -> None:
    """A module that this Airflow does not have is the file's mistake; so is any mistake that a stand-in leaves."""
    wrong = look("from airflow.operators.no_such_module import X\n")
    other = look("import acme\n1 / 0\n")

    assert wrong.problem is not None
    assert "No module named 'airflow.operators.no_such_module'" in wrong.problem.message
    assert other.problem is not None
    assert "No module named 'acme'" in other.problem.message
    assert "ZeroDivisionError" in other.problem.message


# --- values that a file asks for ---


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        pytest.param("x = Variable.get('v')", "Variable v", id="variable"),
        pytest.param("x = Variable.get('v', deserialize_json=True)['a']['b']", "Variable v", id="json-variable"),
        pytest.param("x = int(Variable.get('v')) + 1", "Variable v", id="number"),
        pytest.param("x = BaseHook.get_connection('c').host.lower()", "Connection c", id="connection"),
        pytest.param("x = os.environ['NO_SUCH'].split(',')", "environment variable NO_SUCH", id="environment"),
        pytest.param("x = json.load(open('no_such.json'))['a']", "file no_such.json", id="file"),
        pytest.param("x = yaml.safe_load(Path('no_such.yml').read_text())['a']", "file no_such.yml", id="path"),
        pytest.param("x = datetime.strptime(Variable.get('v'), '%Y')", "Variable v", id="date"),
        pytest.param("x = timedelta(hours=Variable.get('v'))", "Variable v", id="duration"),
        pytest.param("x = pendulum.parse(Variable.get('v')).add(days=1)", "Variable v", id="pendulum"),
        pytest.param("x = pendulum.datetime(2024, 1, 1, tz=Variable.get('v'))", "Variable v", id="time-zone"),
        pytest.param("x = dateutil.parser.parse(Variable.get('v')).year", "Variable v", id="dateutil"),
        pytest.param("x = timedelta(1) + relativedelta(days=Variable.get('v'))", "Variable v", id="relative"),
        pytest.param("x = conf.get('acme', 'bucket').lower()", "setting acme.bucket", id="setting"),
        pytest.param("x = conf.getint('acme', 'count') + 1", "setting acme.count", id="setting-as-number"),
        pytest.param(
            "c = ConfigParser(); c.read('no.ini'); x = c['a']['b'] + c.get('a', 'b')", "file no.ini", id="ini"
        ),
        pytest.param("x = [open(f'nosuch/{name}').read() for name in os.listdir('nosuch')]", None, id="folder"),
        pytest.param("x = [f.stem for f in Path('nosuch').iterdir()]", "folder nosuch", id="folder-by-path"),
        pytest.param("x = DAG('b', start_date=Variable.get('v'), schedule=None)", "Variable v", id="start-date"),
        pytest.param("x = {k: v for k, v in json.loads(Variable.get('v')).items()}", "Variable v", id="json-text"),
    ],
)
def test_a_value_that_is_asked_for_in_vain(look: Look, text: str, missing: str | None) -> None:
    """A file goes on without what nobody gave; that it was asked for is told with its line."""
    told = [missing] if missing else ["folder nosuch", "file stand_in_for_nosuch"]
    imports = "import json, os, yaml\nfrom datetime import timedelta\nfrom pathlib import Path\n"
    imports += "from airflow.models import Variable\nfrom airflow.hooks.base import BaseHook\n"
    imports += "import dateutil.parser, pendulum; from configparser import ConfigParser\n"
    imports += "from airflow.configuration import conf; from dateutil.relativedelta import relativedelta\n"
    found = look(
        imports + text + "\n" + DAG + "from airflow.operators.python import PythonOperator\n    "
        "PythonOperator(task_id='t', python_callable=print, op_args=[str(x)])"
    )

    assert found.problem is None
    assert found.dags[0].tasks
    assert [(called(one), one.place) for one in found.stand_ins] == [(one, "dags/a.py:10") for one in told]


def test_what_is_given_wins(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Variable that somebody gave, and a default of the file's own, are not stood in for."""
    monkeypatch.setenv("AIRFLOW_VAR_GIVEN", '{"tables": ["a", "b"]}')
    text = "from airflow.models import Variable\nimport acme\nd = Variable.get('other', default_var='d')\n"
    text += "for name in Variable.get('given', deserialize_json=True)['tables']:\n"
    text += "    DAG(name + d, start_date=datetime(2024, 1, 1), schedule=None)\n"
    text += "    globals()[name] = DAG(name + d, start_date=datetime(2024, 1, 1), schedule=None)\n"
    found = look(text.replace("Variable.get('other', default_var='d')", "'d'"))

    assert found.problem is None
    assert [one.name for one in found.stand_ins] == ["acme"]
    assert {dag.dag_id for dag in found.dags} == {"ad", "bd"}


def test_a_loop_over_what_nobody_knows_is_gone_through_once(look: Look) -> None:
    """Of DAGs that are made in a loop over a Variable that is not there, one example is, and its id says so."""
    text = "from airflow.models import Variable\nfrom acme import LoadOperator\n"
    text += "for name in Variable.get('tables', deserialize_json=True):\n    with DAG(f'load_{name}', "
    text += "start_date=datetime(2024, 1, 1), schedule=None) as dag:\n        LoadOperator(task_id='t')\n"
    text += "    globals()[name] = dag\n"

    assert dag_of(look(text)).dag_id == "load_stand_in_for_variable_tables"


# --- what is left of it ---


def test_nothing_is_left_behind(tmp_path: Path, sandbox: None) -> None:
    """The process that parses is as it was: no finder, no module, and everybody's functions."""
    write_files(
        tmp_path, {"dags/a.py": HEAD + "from acme.deep import LoadOperator\n" + DAG + "LoadOperator(task_id='t')"}
    )
    functions = open, json.loads, os.getenv, builtins.__import__
    before = set(sys.modules), [*sys.meta_path], functions

    parsed = parse_with_stand_ins(tmp_path / "dags" / "a.py", tmp_path / "dags", Level.whatever)

    assert (list(parsed.dags), [one.name for one in parsed.stand_ins]) == (["a"], ["acme"])
    assert [name for name in set(sys.modules) - before[0] if name.startswith("acme")] == []
    assert sys.meta_path == before[1]
    assert (open, json.loads, os.getenv, builtins.__import__) == functions


def test_without_stand_ins_a_file_fails_as_it_always_did(tmp_path: Path, sandbox: None) -> None:
    """`--no-stand-ins` stands in for nothing."""
    write_files(tmp_path, {"dags/a.py": "from airflow import DAG\nimport acme\n"})

    found = probe(tmp_path / "dags" / "a.py", 30.0, tmp_path / "dags")

    assert found.problem is not None
    assert found.problem.message == "ModuleNotFoundError: No module named 'acme' (dags/a.py:2)"


def test_an_endless_loop_over_a_stand_in_is_stopped(tmp_path: Path, sandbox: None) -> None:
    """A stand-in that leads a file into a loop without end is told as what it is."""
    write_files(tmp_path, {"dags/a.py": "from airflow import DAG\nimport acme\nwhile acme.more():\n    pass\n"})

    found = probe(tmp_path / "dags" / "a.py", 1.0, tmp_path / "dags", stand_ins=True)

    assert found.problem is not None
    assert "No module named 'acme'" in found.problem.message
    assert "with stand-ins for what is missing: " in found.problem.message
    assert "1 s" in found.problem.message


# --- what a run tells of it ---

UNKNOWN = "from acme.ops import LoadOperator\n"
KNOWN = "from airflow.providers.nosuch.operators.x import LoadOperator\n"
TWO = "LoadOperator(task_id='load') >> LoadOperator(task_id='tell', trigger_rule='all_done', retries=1)\n"


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, int]:
    """A folder with a DAG of an unknown package's tasks, one of a provider's, and one that is whole, verified."""
    folder = tmp_path_factory.mktemp("stand-ins")
    whole = "from airflow.operators.empty import EmptyOperator as LoadOperator\n"
    files = {"unknown": UNKNOWN, "known": KNOWN, "whole": whole}
    dags = {f"dags/{name}.py": HEAD + text + DAG.replace('"a"', f'"{name}"') + TWO for name, text in files.items()}
    write_files(folder, dags)
    done = processes.verify("dags", cwd=folder)
    return folder, done.stdout, done.returncode


def outcomes(folder: Path) -> dict[tuple[str, str], Record]:
    """The records of the report by case and subject."""
    return {(record.case, record.subject): record for record in read(folder / "report.jsonl").records}


@pytest.mark.at_both_ends
def test_what_rests_on_a_stand_in_is_assumed(verified: tuple[Path, str, int]) -> None:
    """What an unknown class has a part in neither passes nor fails, and says on what it rests; other outcomes stand."""
    found = outcomes(verified[0])

    assert {dag: found["ANY-003", f"{dag}:load"].outcome.value for dag in ("unknown", "known", "whole")} == {
        "unknown": "assumed",
        "known": "failed",
        "whole": "passed",
    }
    assert {file: found["ANY-001", f"{file}.py"].outcome.value for file in ("unknown", "known", "whole")} == {
        "unknown": "assumed",
        "known": "assumed",
        "whole": "passed",
    }
    assert found["ANY-003", "unknown:load"].message.splitlines()[0] == (
        "fails, if acme.ops.LoadOperator has no trigger_rule and no retries of its own"
    )
    assert found["ANY-002", "unknown"].message.startswith("holds, if acme.ops.LoadOperator has no")


@pytest.mark.at_both_ends
def test_each_record_names_the_stand_ins(verified: tuple[Path, str, int]) -> None:
    """Records of a file, and of its DAGs, name what is missing; the last line counts it; what to install is told."""
    folder, told, _ = verified
    found = outcomes(folder)

    assert {record.stand_ins for record in found.values() if record.dag == "unknown"} == {("acme",)}
    assert {record.stand_ins for record in found.values() if record.dag == "whole"} == {()}
    assert found["ANY-001", "known.py"].stand_ins == ("airflow.providers.nosuch",)
    assert "pip install apache-airflow-providers-nosuch" in found["ANY-001", "known.py"].message
    assert "2 of 3 files with stand-ins for 2 packages" in told


@pytest.mark.at_both_ends
def test_what_is_assumed_proves_nothing(verified: tuple[Path, str, int]) -> None:
    """A run in which something is assumed and nothing fails is partial; a baseline tolerates what is assumed."""
    folder, _, code = verified
    write_files(folder, {"few/a.py": HEAD + UNKNOWN + DAG + "LoadOperator(task_id='load')\n"})
    alone = processes.verify("few", cwd=folder).returncode
    adopted = processes.verify("few", "--baseline", cwd=folder)

    assert (code, alone, adopted.returncode) == (1, 2, 0), adopted.stdout


@pytest.mark.at_both_ends
def test_own_code_does_not_run_with_stand_ins(verified: tuple[Path, str, int]) -> None:
    """With `--execute` a DAG that needs something that is missing is not run, and says what that is."""
    folder, _, _ = verified
    processes.verify("dags", "--execute", "--case", "OWN-001", cwd=folder)

    record = outcomes(folder)["OWN-001", "unknown"]
    assert record.outcome is Outcome.not_run
    assert record.message == "own code does not run with stand-ins: acme (dags/unknown.py:3)"


@pytest.mark.at_both_ends
def test_without_stand_ins_the_command_fails_as_before(verified: tuple[Path, str, int]) -> None:
    """`--no-stand-ins` makes ANY-001 fail, and the command that reproduces it has the option, too."""
    folder, _, _ = verified
    done = processes.verify("dags", "--no-stand-ins", "--case", "ANY-001", cwd=folder)

    record = outcomes(folder)["ANY-001", "unknown.py"]
    assert (done.returncode, record.outcome) == (1, Outcome.failed)
    assert record.reproduce == "airflow-conformance verify dags --case ANY-001 --no-stand-ins"


@pytest.mark.at_both_ends
def test_an_env_file_gives_variables_of_the_environment(tmp_path: Path) -> None:
    """`--env-file` gives what a file asks `os.environ` for, and shows it nowhere; Airflow's own settings stay."""
    text = HEAD + "import os\nname = os.environ['SHOP_NAME']\nassert name == 'fresh apples', name\n"
    text += "assert os.environ['AIRFLOW_HOME'] != '/else'\n" + DAG.replace('"a"', "name.replace(' ', '_')") + "pass\n"
    write_files(
        tmp_path, {"dags/a.py": text, "shop.env": "# ours\nexport SHOP_NAME='fresh apples'\nAIRFLOW_HOME=/else\n"}
    )

    given = processes.verify("dags", "--env-file", "shop.env", "--case", "ANY-001", cwd=tmp_path)
    found = outcomes(tmp_path)["ANY-001", "a.py"]

    assert (given.returncode, found.outcome, found.stand_ins) == (0, Outcome.passed, ()), given.stdout
