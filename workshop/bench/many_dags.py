"""A folder of as many DAGs as one likes, for what has to hold of large ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

TASKS = 10
"""How many tasks each DAG has."""

SHAPES = 60
"""How many different DAGs there are but for their ids; then they come again."""

HEAD = """
from datetime import datetime, timedelta
from airflow import DAG
try:
    from airflow.providers.standard.operators.python import BranchPythonOperator, PythonOperator
    from airflow.sdk import TaskGroup
except ImportError:
    from airflow.operators.python import BranchPythonOperator, PythonOperator
    from airflow.utils.task_group import TaskGroup

def nothing(): ...

with DAG("{dag_id}", start_date=datetime(2024, 1, 1), schedule=None):
"""

INDENT = " " * 4


def write(folder: Path, count: int) -> Path:
    """Fill a new folder with so many files of one DAG of ten tasks, the shapes in turn."""
    folder.mkdir()
    for number in range(count):
        dag_id = f"shape_{number % SHAPES:02}_{number:04}"
        (folder / f"{dag_id}.py").write_text(HEAD.replace("{dag_id}", dag_id) + shapes()[number % SHAPES])
    return folder


@cache
def shapes() -> tuple[str, ...]:
    """The bodies of the DAGs, no two the same, and the same ones every time."""
    chance = Random(0)
    found: dict[str, None] = {}
    while len(found) < SHAPES:
        found.setdefault(Shape(chance).text)
    return tuple(found)


class Shape:
    """
    A DAG of chains, fans and branches one after the other; some are a task group, and some of their tasks have retries.

    `text` is its body: lines that define tasks `t0` to `t9`, and what is before what.
    """

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._names = [f"t{number}" for number in range(TASKS)]
        self._retries = set(chance.sample(self._names, chance.choice((0, 0, 1, 3))))
        self._lines: list[str] = []
        before: list[str] = []
        while self._names:
            before = self._part(before)
        self.text = "\n".join(self._lines) + "\n"

    def _part(self, before: list[str]) -> list[str]:
        """Add a part downstream of some tasks; its last tasks."""
        makers = [self._chain, self._fan, *([self._branch] if len(self._names) >= 4 else [])]
        make = self._chance.choice(makers)
        indent = INDENT
        if self._chance.random() < 0.25:
            self._lines.append(f'{INDENT}with TaskGroup("group_{TASKS - len(self._names)}"):')
            indent = INDENT * 2
        return make(before, indent)

    def _chain(self, before: list[str], indent: str) -> list[str]:
        for _ in range(min(self._chance.randint(1, 4), len(self._names))):
            before = [self._task(before, indent)]
        return before

    def _fan(self, before: list[str], indent: str) -> list[str]:
        return [self._task(before, indent) for _ in range(min(self._chance.randint(2, 5), len(self._names)))]

    def _branch(self, before: list[str], indent: str) -> list[str]:
        choose = self._task(before, indent, "BranchPythonOperator")
        arms = [self._task([choose], indent) for _ in range(min(self._chance.randint(2, 3), len(self._names) - 1))]
        return [self._task(arms, indent, rule="none_failed_min_one_success")]

    def _task(self, before: list[str], indent: str, kind: str = "PythonOperator", rule: str = "") -> str:
        name = self._names.pop(0)
        rules = f', trigger_rule="{rule}"' if rule else ""
        retries = ", retries=2, retry_delay=timedelta(minutes=5)" if name in self._retries else ""
        self._lines.append(f'{indent}{name} = {kind}(task_id="{name}", python_callable=nothing{rules}{retries})')
        if before:
            self._lines.append(f"{indent}[{', '.join(before)}] >> {name}")
        return name
