"""
A rehearsal with a provider, beside one with stand-ins for a provider that is missing: `tox run -e packages`.

Random DAGs of operators of the commonest providers are rehearsed twice. Not called test_*.py: no other environment has
all these providers.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from conformance.report.record import Outcome, Record, read
from workshop.selftest import processes
from workshop.selftest.processes import write_files

pytestmark = pytest.mark.timeout(600)


class Kind(NamedTuple):
    """A class of a provider: its module below the provider's, its name, and the arguments of a task of it."""

    module: str
    name: str
    arguments: str


PROVIDERS = {
    "common.sql": (
        Kind("operators.sql", "SQLExecuteQueryOperator", "sql='SELECT 1', conn_id='c'"),
        Kind("operators.sql", "SQLColumnCheckOperator", "table='t', column_mapping={'a': {'min': {'equal_to': 1}}}"),
        Kind("operators.sql", "SQLThresholdCheckOperator", "sql='SELECT 1', min_threshold=1, max_threshold=2"),
        Kind(
            "operators.sql",
            "BranchSQLOperator",
            "sql='SELECT 1', follow_task_ids_if_true=[], follow_task_ids_if_false=[]",
        ),
        Kind("sensors.sql", "SqlSensor", "sql='SELECT 1', conn_id='c', timeout=600"),
    ),
    "standard": (
        Kind("operators.bash", "BashOperator", "bash_command='echo {{ ds }}'"),
        Kind("operators.empty", "EmptyOperator", ""),
        Kind("operators.trigger_dagrun", "TriggerDagRunOperator", "trigger_dag_id='other'"),
        Kind("operators.python", "ShortCircuitOperator", "python_callable=print"),
        Kind(
            "operators.weekday",
            "BranchDayOfWeekOperator",
            "follow_task_ids_if_true='a', follow_task_ids_if_false='b', week_day='Monday'",
        ),
        Kind("sensors.filesystem", "FileSensor", "filepath='f', timeout=600, mode='reschedule'"),
        Kind("sensors.external_task", "ExternalTaskSensor", "external_dag_id='other', timeout=600"),
    ),
    "http": (
        Kind("operators.http", "HttpOperator", "endpoint='e', method='GET'"),
        Kind("sensors.http", "HttpSensor", "endpoint='e', timeout=600"),
        Kind("sensors.http", "HttpSensor", "endpoint='e', timeout=600, deferrable=True"),
    ),
    "amazon.aws": (
        Kind("operators.s3", "S3CopyObjectOperator", "source_bucket_key='s3://a/b', dest_bucket_key='s3://a/c'"),
        Kind("operators.ecs", "EcsRunTaskOperator", "cluster='c', task_definition='t', overrides={}"),
        Kind("operators.emr", "EmrAddStepsOperator", "job_flow_id='j', steps=[]"),
        Kind("operators.sagemaker", "SageMakerConditionOperator", "conditions=[{}], if_task_ids=[], else_task_ids=[]"),
        Kind("sensors.s3", "S3KeySensor", "bucket_key='s3://a/b', timeout=600"),
        Kind("sensors.s3", "S3KeySensor", "bucket_key='s3://a/b', timeout=600, deferrable=True"),
        Kind("transfers.s3_to_redshift", "S3ToRedshiftOperator", "s3_bucket='b', s3_key='k', table='t', schema='s'"),
    ),
    "cncf.kubernetes": (
        Kind("operators.pod", "KubernetesPodOperator", "name='p', image='i', cmds=['true']"),
        Kind("operators.job", "KubernetesJobOperator", "name='j', image='i'"),
        Kind("sensors.spark_kubernetes", "SparkKubernetesSensor", "application_name='a', namespace='n', timeout=600"),
    ),
}
"""Operators, branches, short circuits and sensors of each, with what a task of them needs."""

NOWHERE = "nosuch"
"""The provider that is missing."""

DAGS = 2
"""Random DAGs of each provider."""

RULES = ("all_success", "all_success", "all_done", "none_failed_min_one_success", "one_failed")
HEAD = "from datetime import datetime\nfrom airflow.sdk import DAG\n"


def test_a_rehearsal_is_the_same_with_a_stand_in(tmp_path: Path) -> None:
    """What is found of DAGs with a provider's operators is found, or assumed, where the provider is missing."""
    pairs = [(provider, seed) for provider in PROVIDERS for seed in range(DAGS)]
    texts = {f"dags/{where}_{_id(*pair)}.py": a_dag(*pair, where) for where in ("real", NOWHERE) for pair in pairs}
    write_files(tmp_path, texts)
    done = processes.verify("dags", cwd=tmp_path)

    real, stood_in = outcomes(tmp_path, "real"), outcomes(tmp_path, NOWHERE)
    assert all(record.outcome is Outcome.passed for record in of_files(tmp_path, "real")), done.stdout
    assert real.keys() == stood_in.keys()
    different = {
        key: (real[key], found) for key, found in stood_in.items() if found not in (real[key], Outcome.assumed.value)
    }
    assert different == {}
    assert {"passed", "failed"} <= set(real.values())
    assert len(real) > 30 * len(PROVIDERS)


def a_dag(provider: str, seed: int, where: str) -> str:
    """The text of a random DAG of a provider's operators, which are imported from it, or from one that is missing."""
    package = f"airflow.providers.{provider if where == 'real' else NOWHERE}"
    chance = Random(f"{provider} {seed}")
    chosen = [chance.choice(PROVIDERS[provider]) for _ in range(7)]
    imports = "".join(sorted({f"from {package}.{kind.module} import {kind.name}\n" for kind in chosen}))
    dag = f'with DAG("{where}_{_id(provider, seed)}", start_date=datetime(2024, 1, 1), schedule=None):\n'
    for number, kind in enumerate(chosen):
        rules = f"trigger_rule='{chance.choice(RULES)}', retries={chance.choice((0, 0, 2))}"
        given = ", ".join(filter(None, (f"task_id='t{number}'", kind.arguments, rules)))
        dag += f"    t{number} = {kind.name}({given})\n"
        before = chance.sample(range(number), min(number, chance.choice((0, 1, 1, 2))))
        dag += "".join(f"    t{one} >> t{number}\n" for one in before)
    return HEAD + imports + dag


def outcomes(room: Path, where: str) -> dict[tuple[str, str], str]:
    """What came of each case on each subject but files, whose name does not say where its operators come from."""
    found = [record for record in records(room, where) if record.dag]
    return {(record.case, record.subject.removeprefix(f"{where}_")): record.outcome.value for record in found}


def of_files(room: Path, where: str) -> list[Record]:
    """The records that say whether each file can be imported."""
    return [record for record in records(room, where) if record.case == "ANY-001"]


def records(room: Path, where: str) -> list[Record]:
    """All records of DAGs whose operators come from one place, and of their files."""
    found = read(room / "report.jsonl").records
    return [record for record in found if record.subject.startswith(f"{where}_")]


def _id(provider: str, seed: int) -> str:
    return f"{provider.replace('.', '_')}_{seed}"
