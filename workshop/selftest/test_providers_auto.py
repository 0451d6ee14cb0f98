"""The providers that a folder's files import are named, and installed as they were when the Airflow came out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from conformance.environments import build, providers
from conformance.environments.imports import provider
from conformance.environments.imports import providers as imported
from conformance.errors import UserError
from conformance.versions import Pin, find
from workshop.selftest import wheels
from workshop.selftest.processes import write_files

pytestmark = pytest.mark.at_the_newest

HTTP, MYSQL, SLACK, SSH = (f"apache-airflow-providers-{name}" for name in ("http", "mysql", "slack", "ssh"))
GONE, STANDARD = "apache-airflow-providers-gone", "apache-airflow-providers-standard"
RELEASES = {
    "apache-airflow 3.3.2": ("core>=2",),
    "core 1": (),
    "core 2": (),
    "core 3": (),
    "helper 1": (),
    "mysqlclient 1": (),
    f"{HTTP} 1": ("core<2",),
    f"{HTTP} 2": ("core", "helper"),
    f"{MYSQL} 1": ("mysqlclient",),
    f"{SLACK} 1": (f"{HTTP}>=1",),
    f"{SSH} 1": ("core>=3",),
    f"{STANDARD} 1": (),
}
PINS = f"apache-airflow==3.3.2\ncore==2\n{STANDARD}==1\n"

Ensure = Callable[..., dict[str, str]]


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("airflow.providers.google.cloud.operators.bigquery", "airflow.providers.google"),
        ("airflow.providers.http", "airflow.providers.http"),
        ("airflow.providers.cncf.kubernetes.operators.pod", "airflow.providers.cncf.kubernetes"),
        ("airflow.providers.common.sql.hooks", "airflow.providers.common.sql"),
        ("airflow.providers.microsoft.azure.X", "airflow.providers.microsoft.azure"),
        ("airflow.providers.apache", ""),
        ("airflow.providers.apache.*", ""),
        ("airflow.providers.dbt.CloudHook", ""),
        ("airflow.providers", ""),
        ("airflow.providers_manager.x", ""),
        ("airflow.operators.bash", ""),
        ("mine.airflow.providers.http", ""),
    ],
)
def test_a_module_belongs_to_a_provider(module: str, package: str) -> None:
    """Below `airflow.providers` one name is the provider, and two where the first is a family of them."""
    assert provider(module) == package


def test_what_the_files_import_is_found(tmp_path: Path) -> None:
    """Found is what the DAGs import, and what they import of the repository's own; nothing of what they do not use."""
    write_files(
        tmp_path,
        {
            ".git/config": "",
            "dags/a.py": "import airflow.providers.ssh.hooks.ssh\nfrom acme.sql import load\nfrom . import near\n",
            "dags/deep/b.py": "def f():\n    from airflow.providers.cncf.kubernetes import secret\n",
            "dags/near.py": "from airflow.providers import slack, common\n",
            "dags/broken.py": "from airflow.providers.amazon import (\n",
            "dags/.hidden/c.py": "import airflow.providers.ftp\n",
            "dags/venv/pyvenv.cfg": "",
            "dags/venv/c.py": "import airflow.providers.imap\n",
            "plugins/acme/__init__.py": "from airflow.providers.google import get_provider_info\n",
            "plugins/acme/sql.py": "import json\nfrom ..acme import more\n",
            "plugins/acme/more.py": "import airflow.providers.dbt.cloud\n",
            "plugins/acme/not_used.py": "import airflow.providers.trino\n",
            "plugins/json.py": "import airflow.providers.jdbc\n",
            "tests/test_a.py": "import airflow.providers.sqlite\n",
        },
    )

    names = [name.removeprefix("apache-airflow-providers-") for name in imported(tmp_path / "dags")]

    assert names == ["cncf-kubernetes", "dbt-cloud", "google", "slack", "ssh"]


def test_own_packages_are_where_they_are_said_to_be(tmp_path: Path) -> None:
    """With places to import from, nothing else is looked into."""
    files = {"dags/a.py": "import acme\n", "acme.py": "import airflow.providers.ssh\n"}
    write_files(tmp_path, {**files, "lib/acme.py": "import airflow.providers.http\n"})

    assert imported(tmp_path / "dags", [tmp_path / "lib"]) == [HTTP]


@pytest.mark.parametrize("wrong", [(), ("a",), ("d",), ("b", "c"), ("a", "b", "c", "d")])
def test_all_that_fit_are_kept(wrong: Collection[str]) -> None:
    """Of what cannot be had together the rest is kept, and each of the others has its reason."""

    def ask(some: Sequence[str]) -> CompletedProcess[str]:
        return CompletedProcess([], int(bool({*some} & {*wrong})), " ".join(some), "Because of it.")

    kept, left, answer = providers.fitting(["a", "b", "c", "d"], ask)

    assert kept == [one for one in "abcd" if one not in wrong]
    assert left == dict.fromkeys(wrong, "Because of it.")
    assert answer == " ".join(kept)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel of each release, but for one that cannot be built."""
    return wheels.fill(tmp_path_factory.mktemp("index"), RELEASES, not_built=["mysqlclient 1"])


@pytest.fixture
def ensure(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ensure:
    """What is installed in an environment of an Airflow with providers and requirements."""
    settings = tmp_path / "uv.toml"
    settings.write_text(f'no-index = true\nfind-links = ["{index}"]\n')
    monkeypatch.setenv("UV_CONFIG_FILE", str(settings))
    monkeypatch.setenv("CONFORMANCE_PYTHON", sys.executable)
    pins = tmp_path / "pins.txt"
    pins.write_text(PINS)
    monkeypatch.setattr(Pin, "constraints", pins)
    monkeypatch.setattr(providers, "needs_of_the_kit", lambda: [])
    for module in build, providers:
        monkeypatch.setattr(module, "user_cache_path", lambda _name: tmp_path / "cache")

    def installed(*wanted: str, requirements: Path | None = None) -> dict[str, str]:
        python = providers.ensure(find("3.3"), wanted, requirements)
        listed = subprocess.check_output([build.uv(), "pip", "freeze", "--python", str(python)], text=True)
        return providers.pinned(listed)

    return installed


def test_providers_are_installed_and_told(ensure: Ensure, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that can be had are installed and told; of those that cannot, each is left out with its reason."""
    there = ensure(HTTP, SSH, MYSQL, GONE, STANDARD)
    asking, _, installed, gone, mysql = capsys.readouterr().err.splitlines()

    assert there == {"apache-airflow": "3.3.2", "core": "3", "helper": "1", HTTP: "2", SSH: "1", STANDARD: "1"}
    assert asking == "asking the package index which providers were current for Airflow 3.3.2 …"
    assert installed == f"Providers on Airflow 3.3.2: {HTTP} 2, {SSH} 1"
    assert gone.startswith(
        f"Left out on Airflow 3.3.2, and stood in for: {GONE}; uv said: Because {GONE} was not found"
    )
    assert mysql.startswith(
        f"Left out on Airflow 3.3.2, and stood in for: {MYSQL}; uv said: Because mysqlclient==1 has"
    )


def test_what_was_found_out_is_kept(ensure: Ensure, capsys: pytest.CaptureFixture[str]) -> None:
    """The next time nobody is asked, the same environment is used, and the same is told."""
    there = ensure(HTTP, GONE)
    _, _, *told = capsys.readouterr().err.splitlines()
    with pytest.MonkeyPatch.context() as without_an_index:
        without_an_index.delattr(build, "compiled")
        again = ensure(HTTP, GONE)

    assert (again, capsys.readouterr().err.splitlines()) == (there, told)


def test_without_an_index_the_rest_goes_on(ensure: Ensure, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the index cannot be asked, the environment is the one without the providers, and nothing is kept."""
    ensure()
    (tmp_path / "uv.toml").write_text("no-index = true\n")

    assert HTTP not in ensure(HTTP)
    assert f"Left out on Airflow 3.3.2, and stood in for: {HTTP}; uv said: " in capsys.readouterr().err
    assert not (tmp_path / "cache/providers").exists()


def test_what_the_airflow_has_is_not_asked_for(ensure: Ensure, capsys: pytest.CaptureFixture[str]) -> None:
    """Providers that are there anyway need no environment of their own."""
    assert ensure(STANDARD) == {"apache-airflow": "3.3.2", "core": "2", STANDARD: "1"}
    assert "asking" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "wanted", "there", "told"),
    [
        pytest.param("core<3\n", (HTTP, SSH), {HTTP: "2"}, f"stood in for: {SSH}; uv said: ", id="leave-one-out"),
        pytest.param("helper\n", (HTTP,), {HTTP: "2"}, f"3.3.2: {HTTP} 2", id="go-together"),
        pytest.param(f"{SLACK}\n", (HTTP,), {HTTP: "2", SLACK: "1"}, "", id="bring-it"),
    ],
)
def test_requirements_have_precedence(
    text: str,
    wanted: Sequence[str],
    there: dict[str, str],
    told: str,
    ensure: Ensure,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Providers are what goes with the requirements, and nothing that these bring themselves."""
    wanted_by_user = tmp_path / "requirements.txt"
    wanted_by_user.write_text(text)

    found = ensure(*wanted, requirements=wanted_by_user)

    assert {name: version for name, version in found.items() if name in (HTTP, SSH, SLACK)} == there
    assert told in capsys.readouterr().err


def test_requirements_that_do_not_go_are_an_error(ensure: Ensure, tmp_path: Path) -> None:
    """With providers, too, the line of the user's file is named that does not go with the Airflow."""
    wanted = tmp_path / "requirements.txt"
    wanted.write_text("helper\ncore==1\n")

    with pytest.raises(
        UserError, match=r"^core==1 cannot be installed with Airflow 3\.3\.2: .* requirements\.txt, line 2"
    ):
        ensure(HTTP, requirements=wanted)


def test_the_day_of_the_airflow_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider is what was current for its Airflow; only if there was nothing then, what is current today."""
    asked: list[tuple[str, str]] = []

    def compiled(python: Path, lines: Sequence[str], options: Sequence[str]) -> CompletedProcess[str]:
        day = next((option for option in options if option.startswith("20")), "today")[:10]
        asked.append((lines[-1], day))
        lines = [line.replace(">=1", "==2" if day == "2026-10-10" else "==1") for line in lines]
        there = all("==" in line for line in lines) or (day == "today" and lines[-1] == SSH)
        lines = [line if "==" in line else f"{line}==9" for line in lines]
        if "-o" in options:
            Path(options[options.index("-o") + 1]).write_text("\n".join(lines))
        return CompletedProcess([], int(not there), "\n".join(lines), "Because.")

    monkeypatch.setattr(build, "compiled", compiled)
    monkeypatch.setattr(providers, "needs_of_the_kit", lambda: [])
    index = providers.Index(find("3.3"), Path("python"))
    monkeypatch.setattr(index, "not_too_old", lambda packages: [f"{HTTP}>=1", SSH])

    layer = providers.layered(index, [HTTP, SSH], None)

    assert layer.told == (f"Providers on Airflow 3.3.2: {HTTP} 2, {SSH} 9",)
    assert (f"{HTTP}>=1", "2026-10-10") in asked
    assert (f"{SSH}", "today") in asked


def test_a_release_may_be_a_year_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest release that is taken was current a year before the Airflow came out."""

    def compiled(python: Path, lines: Sequence[str], options: Sequence[str]) -> CompletedProcess[str]:
        assert "2025-10-10T00:00:00Z" in options
        return CompletedProcess([], int(GONE in lines), "".join(f"{line}==7.1\n" for line in lines), "Because.")

    monkeypatch.setattr(build, "compiled", compiled)

    assert providers.Index(find("3.3"), Path("python")).not_too_old([GONE, HTTP]) == [GONE, f"{HTTP}>=7.1"]
