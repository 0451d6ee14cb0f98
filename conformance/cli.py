"""The command `airflow-conformance`: each command is a few lines over the other parts."""

# typer 0.9, which goes with Airflow 2.7, reads neither annotations that are strings (so no `from __future__` here) nor
# `X | None`.
# ruff: noqa: UP045

import signal
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn, Optional

import typer

from conformance.environments import build, choice, imports, offers
from conformance.environments.child import VERIFY, environment_of, run_child, running
from conformance.environments.proof import proved
from conformance.errors import UserError
from conformance.files import folder_of_dags, folders_to_import_from, refuse_unless_writable
from conformance.paths import DAGS
from conformance.pytest_plugin.options import OPTIONS, words
from conformance.report.record import forget
from conformance.versions import pins

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Proves how Apache Airflow, and your own DAGs on it, behave at run time.",
)


def _option(name: str, **more: Any) -> Any:
    """An option of the plugin as one of a command."""
    return typer.Option(f"--{name}", help=OPTIONS[name].help, **more)


Airflow = Annotated[
    str, typer.Option(help="Airflow version, such as 2.11: run in an environment built for it.", show_default=False)
]
Requirements = Annotated[
    Optional[Path],
    typer.Option(help="What your DAGs import besides: installed as by pip, in an environment of its own."),
]
Providers = Annotated[
    Optional[choice.Providers],
    typer.Option(help="auto: install the providers that your DAGs import, as they were when that Airflow came out."),
]
ImportTimeout = Annotated[float, _option("import-timeout", min=0.1)]
CaseTimeout = Annotated[float, _option("case-timeout", min=0.1)]
Pythonpath = Annotated[Optional[list[Path]], _option("pythonpath")]
Variables = Annotated[Optional[Path], _option("variables")]
Connections = Annotated[Optional[Path], _option("connections")]
EnvFile = Annotated[Optional[Path], _option("env-file")]
Plugins = Annotated[Optional[Path], typer.Option("--plugins", help=OPTIONS["plugins-folder"].help)]
NoStandIns = Annotated[bool, _option("no-stand-ins")]
NoCache = Annotated[bool, _option("no-cache")]

IMPORT_TIMEOUT, CASE_TIMEOUT = (OPTIONS[name].default for name in ("import-timeout", "case-timeout"))


@app.command()
def verify(
    folder: Annotated[Optional[Path], typer.Argument(help="Your DAGs; without it, the reference DAGs.")] = None,
    airflow: Airflow = "",
    requirements: Requirements = None,
    providers: Providers = None,
    report: Annotated[Path, typer.Option(help="Where to write the report.")] = Path("report.jsonl"),
    case: Annotated[Optional[list[str]], _option("case")] = None,
    dag: Annotated[Optional[list[str]], _option("dag")] = None,
    import_timeout: ImportTimeout = IMPORT_TIMEOUT,
    case_timeout: CaseTimeout = CASE_TIMEOUT,
    pythonpath: Pythonpath = None,
    plugins: Plugins = None,
    variables: Variables = None,
    connections: Connections = None,
    env_file: EnvFile = None,
    no_stand_ins: NoStandIns = False,
    advice_fails: Annotated[bool, _option("advice-fails")] = False,
    baseline: Annotated[bool, _option("baseline")] = False,
    execute: Annotated[bool, _option("execute")] = False,
    processes: Annotated[Optional[int], typer.Option("-n", min=0, help=OPTIONS["processes"].help)] = None,
    no_cache: NoCache = False,
    durations: Annotated[int, typer.Option(min=0, help="Name so many of the slowest DAGs and cases.")] = 0,
    html: Annotated[Optional[Path], typer.Option(help="Write the page of the report, too.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Tell all of it, and how each came about.")] = False,
) -> None:
    """
    Simulate the DAGs and check every claim; exit 0: conforms, 1: does not, 2: could not tell.

    Uses the Airflow installed beside this command, unless --airflow asks for another or there is none. What is to be
    installed besides (--requirements, --providers) is in an environment of that Airflow.
    """
    # The folder first: nobody should wait for an environment to learn of a misspelt name.
    options = words(
        {
            "dags": folder_of_dags(folder) if folder else None,
            "import-timeout": import_timeout,
            "case-timeout": case_timeout,
            "report": report,
            "case": case,
            "dag": dag,
            **_given(pythonpath, plugins, variables, connections, env_file, no_stand_ins),
            "advice-fails": advice_fails,
            "baseline": baseline,
            "execute": execute,
            "processes": processes,
            "no-cache": no_cache,
        }
    )
    python = choice.python(airflow, requirements, _imported(providers, folder, pythonpath))
    command = [
        str(python),
        *VERIFY,
        *options,
        *(["-v"] if verbose else []),
    ]
    if html:
        refuse_unless_writable(html, "the page")
    forget(report)
    code = proved(run_child(command, environment_of(python)), report)
    if (html or durations) and report.exists():
        from conformance.report.show import show_after_the_run

        show_after_the_run(report, html, durations)
    if folder:
        offers.tell(report, folder, requirements, bool(providers))
    raise typer.Exit(code)


@app.command()
def discover(
    folder: Annotated[Path, typer.Argument(help="Your DAGs.")],
    output: Annotated[
        Optional[Path], typer.Option(help="Where to write; - is the terminal. Without it, FOLDER/claims.toml.")
    ] = None,
    airflow: Airflow = "",
    requirements: Requirements = None,
    providers: Providers = None,
    import_timeout: ImportTimeout = IMPORT_TIMEOUT,
    pythonpath: Pythonpath = None,
    plugins: Plugins = None,
    variables: Variables = None,
    connections: Connections = None,
    env_file: EnvFile = None,
    no_stand_ins: NoStandIns = False,
) -> None:
    """
    Write a starter claims.toml: which pattern each DAG seems to follow, which task plays which role, and why.

    An existing file is not overwritten. No code of a task is run.
    """
    written = output or folder_of_dags(folder) / "claims.toml"
    if str(written) != "-" and written.exists():
        raise UserError(f"{written} already exists and is not overwritten: name another file with --output.")
    python = choice.python(airflow, requirements, _imported(providers, folder, pythonpath))
    command = [str(python), *running("conformance.discovery"), str(folder_of_dags(folder)), "--output", str(written)]
    options = words(
        {
            "import-timeout": import_timeout,
            **_given(pythonpath, plugins, variables, connections, env_file, no_stand_ins),
        }
    )
    raise typer.Exit(run_child([*command, *options], environment_of(python)))


@app.command()
def explain(case: Annotated[str, typer.Argument(help="The ID of a case, such as RETRY-003.")]) -> None:
    """Print what a case claims, when it applies, the reference DAG that keeps it, and the broken twin that does not."""
    from rich.console import Console

    from conformance.explain import explain

    explain(case, Console(highlight=False))


@app.command()
def versions() -> None:
    """List the Airflow versions the kit knows, the Pythons each can use, and whether its environment is built."""
    from rich.console import Console
    from rich.table import Table

    table = Table("Airflow", "version", "Python", "environment")
    for pin in pins():
        built = [minor for minor in pin.pythons if build.is_complete(build.location(pin, minor))]
        table.add_row(pin.minor, pin.version, ", ".join(pin.pythons), f"built ({', '.join(built)})" if built else "")
    Console().print(table)


@app.command()
def cache(clear: Annotated[bool, typer.Option("--clear", help="Forget what came of cases.")] = False) -> None:
    """Say where outcomes are kept, so that what has not changed is not simulated again, and how many there are."""
    from conformance.pytest_plugin import outcomes_kept

    count = outcomes_kept.clear() if clear else len(outcomes_kept.files())
    done = "forgot" if clear else "keeps"
    print(f"{outcomes_kept.where()} {done} the outcomes of {count} DAG file{'s' * (count != 1)}, each in one state.")


@app.command()
def report(
    reports: Annotated[list[Path], typer.Argument(help="Reports of one folder, one for each Airflow version.")],
    html: Annotated[Optional[Path], typer.Option(help="Write a page: verdict, matrix, patterns, DAGs.")] = None,
    junit: Annotated[Optional[Path], typer.Option(help="Write JUnit XML.")] = None,
    markdown: Annotated[Optional[Path], typer.Option(help="Add Markdown to a file, as $GITHUB_STEP_SUMMARY.")] = None,
    sarif: Annotated[Optional[Path], typer.Option(help="Write SARIF 2.1.0.")] = None,
    badge: Annotated[Optional[Path], typer.Option(help="Write the data of a shields.io badge.")] = None,
    annotations: Annotated[bool, typer.Option("--annotations", help="Print annotations for GitHub.")] = False,
    root: Annotated[str, typer.Option(help="Where the folder is in your repository, such as etl/.")] = "",
) -> None:
    """Show reports in other ways; without an option, as verify does. Exit 0: done, 2: the reports are no use."""
    from conformance.report.show import show

    files = {"html": html, "junit": junit, "markdown": markdown, "sarif": sarif, "badge": badge}
    show(reports, {name: file for name, file in files.items() if file}, annotations, root)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The report before.")],
    new: Annotated[Path, typer.Argument(help="The report after.")],
    force: Annotated[bool, typer.Option("--force", help="Compare reports of different versions of the kit.")] = False,
) -> None:
    """Compare two reports of one folder. Exit 0: nothing fails newly, 1: something does, 2: they are no use."""
    from rich.console import Console

    from conformance.report.diff import Change, differences, print_differences
    from conformance.report.record import read

    before, after = read(old), read(new)
    found = differences(before, after, force)
    print_differences(before, after, found, Console())
    raise typer.Exit(int(any(difference.change is Change.failing for difference in found)))


@app.command()
def upgrade(
    old: Annotated[str, typer.Option("--from", help="The Airflow you have, such as 2.11.")],
    new: Annotated[str, typer.Option("--to", help="The Airflow you want, such as 3.3.")],
    folder: Annotated[Optional[Path], typer.Argument(help="Your DAGs; without it, the reference DAGs.")] = None,
    requirements: Requirements = None,
    providers: Providers = None,
    html: Annotated[Optional[Path], typer.Option(help="Write a page with both reports.")] = None,
    json: Annotated[Optional[Path], typer.Option(help="Write what changes as JSON.")] = None,
    import_timeout: ImportTimeout = IMPORT_TIMEOUT,
    pythonpath: Pythonpath = None,
    plugins: Plugins = None,
    variables: Variables = None,
    connections: Connections = None,
    env_file: EnvFile = None,
    no_stand_ins: NoStandIns = False,
    no_cache: NoCache = False,
) -> None:
    """
    Say what changes for your DAGs from one Airflow to another; exit 0: nothing, 1: something, 2: could not tell.

    Builds an environment for each (once), and rehearses every DAG in both. Nothing in the folder is changed.
    """
    from conformance.upgrade.run import upgrade

    dags = folder_of_dags(folder) if folder else None
    options = words(
        {
            "import-timeout": import_timeout,
            "no-cache": no_cache,
            **_given(pythonpath, plugins, variables, connections, env_file, no_stand_ins),
        }
    )
    imported = _imported(providers, folder, pythonpath)
    raise typer.Exit(upgrade((old, new), dags, requirements, options, html, json, imported))


def _given(
    pythonpath: Optional[list[Path]],
    plugins: Optional[Path],
    variables: Optional[Path],
    connections: Optional[Path],
    env_file: Optional[Path],
    no_stand_ins: bool,
) -> dict[str, Any]:
    """What the files of a folder are given while they are imported, as options by their names."""
    return {
        "pythonpath": folders_to_import_from(pythonpath or []),
        "plugins-folder": plugins,
        "variables": variables,
        "connections": connections,
        "env-file": env_file,
        "no-stand-ins": no_stand_ins,
    }


def _imported(providers: Optional[choice.Providers], folder: Optional[Path], roots: Optional[list[Path]]) -> list[str]:
    """The distributions of the providers to install; none unless that was asked for."""
    if providers is None:
        return []
    return imports.providers(folder_of_dags(folder) if folder else DAGS, folders_to_import_from(roots or []))


def _stop(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def main() -> None:
    """Run the command; a UserError becomes one sentence and exit 2, Ctrl-C becomes exit 130, neither leaves a trace."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    try:
        app()
    except UserError as error:
        print(f"airflow-conformance: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
