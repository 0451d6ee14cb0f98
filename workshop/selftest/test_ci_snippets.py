"""What others put into their CI is valid: the pre-commit hook, the GitHub action, and the examples in the docs."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from conformance import cli, paths
from conformance.versions import newest
from workshop.selftest.processes import write_files

pytestmark = pytest.mark.at_the_newest

ROOT = paths.PACKAGE.parent
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
PRE_COMMIT, GITHUB, GITLAB = (
    yaml.safe_load(block)
    for block in re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text(encoding="utf-8"), re.DOTALL)
)

# https://pre-commit.com/#creating-new-hooks
HOOK_MUST = {"id", "name", "entry", "language"}
HOOK_MAY = {
    *("alias", "files", "exclude", "types", "types_or", "exclude_types", "always_run", "fail_fast", "verbose"),
    *("pass_filenames", "require_serial", "description", "language_version", "minimum_pre_commit_version", "args"),
    *("stages", "additional_dependencies", "log_file"),
}

DAG = """
from datetime import datetime
from airflow.sdk import dag, task

@dag(schedule=None, start_date=datetime(2024, 1, 1))
def small():
    @task
    def one(): ...

    one()

small()
"""


def hook() -> dict[str, Any]:
    """The one hook of the manifest."""
    (found,) = HOOKS
    assert isinstance(found, dict)
    return found


def steps() -> list[dict[str, Any]]:
    """The steps of the action that run a shell."""
    return [step for step in ACTION["runs"]["steps"] if "run" in step]


def commands() -> Iterator[list[str]]:
    """Every command of ours in the examples, word by word, without its name."""
    (used,) = PRE_COMMIT["repos"][0]["hooks"]
    yield [*shlex.split(hook()["entry"])[1:], *hook()["args"]]
    yield [*shlex.split(hook()["entry"])[1:], *used["args"]]
    for line in (line for step in steps() for line in step["run"].splitlines()):
        if '/airflow-conformance" ' in line:
            yield shlex.split(line.partition(" | ")[0])[1:]
    for line in GITLAB["dags"]["script"]:
        if line.startswith("airflow-conformance "):
            yield shlex.split(line)[1:]


def test_the_hook_says_what_pre_commit_knows() -> None:
    """The manifest has one hook, with every field that it must have and none that pre-commit does not know."""
    assert hook().keys() >= HOOK_MUST
    assert hook().keys() <= HOOK_MUST | HOOK_MAY
    assert (hook()["language"], hook()["pass_filenames"]) == ("python", False)
    assert [used["id"] for used in PRE_COMMIT["repos"][0]["hooks"]] == [hook()["id"]]
    assert re.search(hook()["files"], "dags/a.py")
    assert re.search(hook()["files"], "dags/claims.toml")


def test_every_command_exists() -> None:
    """Every command and option in the examples is one of the command line."""
    known = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    seen = list(commands())

    assert len(seen) == 4
    for name, *words in seen:
        options = {option for parameter in known[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= options


def test_the_action_is_composite_and_its_inputs_are_used() -> None:
    """The action has the fields of a composite action, a shell for each script, and uses and documents each input."""
    used = set(re.findall(r"\${{ inputs\.(\w+) }}", (ROOT / "action.yml").read_text(encoding="utf-8")))
    (call,) = [step for step in GITHUB["jobs"]["dags"]["steps"] if "/airflow-conformance@" in step["uses"]]

    assert ACTION.keys() == {"name", "description", "inputs", "runs"}
    assert ACTION["runs"]["using"] == "composite"
    assert all(step["shell"] == "bash" for step in steps())
    assert used == set(ACTION["inputs"]) == set(call["with"])
    assert all(given.keys() <= {"description", "required", "default"} for given in ACTION["inputs"].values())
    assert not any("inputs." in step["run"] for step in steps())  # a script gets them as variables, never as its text


def test_the_readme_names_each() -> None:
    """The README shows the hook, the action, and where the GitLab job is."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    for named in (f"id: {hook()['id']}", "action.yml", "docs/ci.md", "GitLab"):
        assert named in readme


def test_the_action_runs_as_it_is_written(tmp_path: Path) -> None:
    """The scripts of the action install the kit, verify a folder, write report and summary, and hand on the code."""
    write_files(tmp_path / "dags", {"small.py": DAG, "broken.py": "# airflow dag\n1 / 0\n"})
    (tmp_path / "runner").mkdir()
    given = {
        "dags": "dags",
        "airflow": newest().minor,
        "report": "seen.jsonl",
        "options": "--case ANY-001 --advice-fails",
    }
    runner = {"RUNNER_TEMP": "runner", "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_STEP_SUMMARY": "summary.md"}
    codes = []

    for step in steps():
        said = {
            name: re.sub(r"\${{ inputs\.(\w+) }}", lambda m: given[m[1]], v) for name, v in step.get("env", {}).items()
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=tmp_path,
            env=os.environ | runner | said,
            capture_output=True,
            text=True,
        )
        codes.append(done.returncode)

    assert codes == [0, 1], done.stdout + done.stderr
    assert (tmp_path / "seen.jsonl").is_file()
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("### Airflow conformance of `dags`\n```\n")
    assert "dags/broken.py:2: ANY-001 ZeroDivisionError: division by zero\n" in summary
    assert "\ndoes-not-conform: " in summary
    assert summary.endswith("\n```\n")
