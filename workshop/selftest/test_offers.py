"""A repository's own words about what to install are found, and told if packages were missing in a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.environments import offers
from workshop.selftest import reports
from workshop.selftest.processes import write_files

pytestmark = pytest.mark.at_the_newest

DOCKERFILE = r"""
FROM apache/airflow:2.10.5
# RUN pip install never
RUN pip install --no-cache-dir "apache-airflow[http]==${AIRFLOW_VERSION}" -r /requirements.txt && \
    pip3 install --upgrade pip polars==1.0 "dbt-core>=1" \
    -c constraints.txt ; echo done
RUN uv pip install polars==1.0
RUN pip install 'not closed
"""


@pytest.mark.parametrize(
    ("files", "sentences"),
    [
        pytest.param({"dags/a.py": ""}, [], id="nothing"),
        pytest.param(
            {"dags/requirements.txt": "polars\n"},
            ["`requirements.txt` in the folder names packages: give it with --requirements dags/requirements.txt."],
            id="in-the-folder",
        ),
        pytest.param(
            {"requirements-ci.txt": "x\n", "requirements.txt": "y\n", "requirements/a b.txt": "z\n"},
            [
                "`requirements/a b.txt`, `requirements.txt` and `requirements-ci.txt` beside the folder name "
                "packages: give one with --requirements 'requirements/a b.txt'."
            ],
            id="several",
        ),
        pytest.param(
            {"requirements_dev.txt": "x\n", "requirements_parse.txt": "y\n", "requirements_airflow.txt": "z\n"},
            [
                "`requirements_airflow.txt`, `requirements_parse.txt` and `requirements_dev.txt` beside the folder "
                "name packages: give one with --requirements requirements_airflow.txt."
            ],
            id="for-airflow-before-for-developers",
        ),
        pytest.param(
            {"requirements.txt": "# none\n-c c.txt\n", "c.txt": "", "requirements-x.txt": "-r gone.txt\n"},
            [],
            id="no-package",
        ),
        pytest.param(
            {"pyproject.toml": '[project]\ndependencies = ["polars"]\n'},
            ["`pyproject.toml` beside the folder names dependencies: give it with --requirements pyproject.toml."],
            id="project",
        ),
        pytest.param(
            {"pyproject.toml": '[tool.poetry.dependencies]\npython = "3.11"\npolars = "^1"\n'},
            [
                "`pyproject.toml` beside the folder names dependencies as Poetry does: write them to a file with "
                "`poetry export`, and give that with --requirements FILE."
            ],
            id="poetry",
        ),
        pytest.param({"pyproject.toml": '[tool.poetry.dependencies]\npython = "3.11"\n'}, [], id="poetry-with-none"),
        pytest.param({"pyproject.toml": "[tool"}, [], id="broken-project"),
        pytest.param(
            {"Dockerfile": DOCKERFILE},
            [
                "`Dockerfile` beside the folder installs polars==1.0 and dbt-core>=1: write that to a file, a line for "
                "each, and give it with --requirements FILE."
            ],
            id="dockerfile",
        ),
        pytest.param({"Dockerfile": "FROM python\nRUN pip install -r requirements.txt\n"}, [], id="no-name-in-it"),
    ],
)
def test_what_a_repository_offers(
    files: dict[str, str], sentences: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requirements files, dependencies and what a Dockerfile installs are told, with the words that give them."""
    write_files(tmp_path, files)
    (tmp_path / "dags").mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path)

    assert offers.offers(Path("dags")) == sentences


def test_it_is_looked_for_up_to_the_root(tmp_path: Path) -> None:
    """What is above the repository is another's."""
    write_files(tmp_path, {"requirements.txt": "x\n", "repo/.git/config": "", "repo/requirements.txt": "polars\n"})
    (tmp_path / "repo/airflow/dags").mkdir(parents=True)

    (told,) = offers.offers(tmp_path / "repo/airflow/dags")

    assert told.startswith("`requirements.txt` above the folder names packages: give it with --requirements ")
    assert told.endswith("repo/requirements.txt.")


@pytest.mark.parametrize(
    ("stand_ins", "requirements", "with_providers", "told"),
    [
        ((), None, False, ""),
        (("Variable bucket",), None, False, ""),
        (("polars",), None, False, "`requirements.txt`"),
        (("polars",), "r.txt", False, ""),
        (("airflow.providers.http",), "r.txt", False, "apache-airflow-providers-http is missing: --providers auto"),
        (("airflow.providers.http",), "r.txt", True, ""),
    ],
)
def test_only_what_helps_is_told(
    stand_ins: tuple[str, ...],
    requirements: str | None,
    with_providers: bool,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is told of a run that lacked no package, nor what was given anyway."""
    write_files(tmp_path, {"requirements.txt": "polars\n", "dags/a.py": ""})
    report = tmp_path / "report.jsonl"
    reports.written(report, replace(reports.PASSED, stand_ins=stand_ins))

    offers.tell(report, tmp_path / "dags", Path(requirements) if requirements else None, with_providers)

    said = capsys.readouterr().err
    assert said.startswith(told)
    assert bool(said) == bool(told)


def test_without_a_whole_report_nothing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that was interrupted, or had no report, is not spoken of."""
    write_files(tmp_path, {"requirements.txt": "polars\n", "dags/a.py": "", "half.jsonl": "{"})

    for report in "half.jsonl", "none.jsonl":
        offers.tell(tmp_path / report, tmp_path / "dags", None, False)

    assert capsys.readouterr().err == ""


def test_several_providers_are_one_sentence() -> None:
    """Those of Airflow's own providers that are missing are told together."""
    assert offers.by_name({"airflow.providers.ssh", "airflow.providers.cncf.kubernetes", "polars"}) == [
        "apache-airflow-providers-cncf-kubernetes and apache-airflow-providers-ssh are missing: "
        "--providers auto installs them."
    ]


VALUES = {
    "dags/a.py": "",
    "dev-variables.json": '{"bucket": "a"}',
    "config/airflow_variables.json": '{"bucket": "a", "rows": 3}',
    "old_variables.json": "[",
    "connections/connections.json": '{"bucket": {"conn_type": "s3"}}',
    ".env.example": "# what to set\nexport STAGE=dev\nOTHER=1\n",
    "dags/.envrc": "layout python\n",
}


@pytest.mark.parametrize(
    ("missing", "sentences"),
    [
        pytest.param((), [], id="nothing"),
        pytest.param(("Variable elsewhere", "Connection s3", "polars"), [], id="in-no-file"),
        pytest.param(
            ("Variable bucket", "Variable rows", "Variable elsewhere"),
            [
                "`airflow_variables.json` has 2 of the 3 Variables that are missing: "
                "give it with --variables config/airflow_variables.json."
            ],
            id="the-one-that-has-most",
        ),
        pytest.param(
            ("Connection bucket", "environment variable STAGE"),
            [
                "`connections.json` has the Connection that is missing: "
                "give it with --connections connections/connections.json.",
                "`.env.example` has the environment variable that is missing: give it with --env-file .env.example.",
            ],
            id="each-sort",
        ),
    ],
)
def test_files_with_values_that_are_missing_are_told(
    missing: tuple[str, ...],
    sentences: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A repository's own file of values is offered if it has what was missing, and can be read."""
    write_files(tmp_path, VALUES)
    monkeypatch.chdir(tmp_path)
    reports.written(tmp_path / "r.jsonl", replace(reports.PASSED, stand_ins=missing))

    offers.tell(tmp_path / "r.jsonl", tmp_path / "dags", None, True)

    assert capsys.readouterr().err.splitlines() == sentences
