"""
The pytest plugin: collects the patterns, gives each case its subjects, records what came of it.

Imported with every pytest start, so everything heavy is imported where it is used.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.paths import PATTERNS
from conformance.pytest_plugin.items import about, subject

if TYPE_CHECKING:
    from conformance.case import Case
    from conformance.pytest_plugin.recorder import Recorder
    from conformance.pytest_plugin.subjects import UnderTest
    from conformance.sandbox.home import Home
    from conformance.simulator import Simulate
    from conformance.truth.asked_joins import Joins


_ROOT = pytest.StashKey[Path]()
_HOME: pytest.StashKey[Home] = pytest.StashKey()
_UNDER_TEST = pytest.StashKey["UnderTest"]()
_RECORDER: pytest.StashKey[Recorder] = pytest.StashKey()
_REMARK = pytest.StashKey[str]()

pytest.register_assert_rewrite("conformance.patterns")


def pytest_addoption(parser: pytest.Parser) -> None:
    """All our options under one heading."""
    from conformance.pytest_plugin.options import add

    add(parser.getgroup("conformance", "conformance: how your DAGs behave at run time"))


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Look at what was named before anything else happens: what is wrong with it is one sentence and exit code 2."""
    cases, dags = config.getoption("--case"), config.getoption("--dag")
    if hasattr(config, "workerinput") or not (_verifies(config) or cases or dags):
        return None
    from conformance.errors import UserError, known

    try:
        if cases:  # first, because it is quick
            from conformance.catalogue import refuse_unless_asked

            refuse_unless_asked(cases, config.getoption)
        baseline = _claims_to_write(config) if config.getoption("--baseline") else None
        known(dags, under_test(config).folder.dags, "DAG")
        if _verifies(config):
            from conformance.folder.import_roots import told
            from conformance.pytest_plugin.recorder import Recorder

            for line in told(under_test(config).folder.imports):
                print(line)
            verbose = config.option.verbose > 0
            config.stash[_RECORDER] = Recorder(under_test(config), config.getoption("--report"), baseline, verbose)
            if config.option.basetemp is None:  # where xdist puts a folder for each process
                config.option.basetemp = room(config) / "basetemp"
    except UserError as error:
        print(f"airflow-conformance: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return pytest.ExitCode.INTERRUPTED
    return None


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start recording, in the process that reports."""
    if config.getoption("--conformance-quiet"):
        from conformance.pytest_plugin.silence import silence

        silence(config)
    if _RECORDER in config.stash:
        from conformance.pytest_plugin.process_of_file import LOOP, RECORDER

        config.pluginmanager.register(config.stash[_RECORDER], RECORDER)
        if config.getoption("dist", "no") == "no":  # else xdist has processes of its own
            from conformance.pytest_plugin.file_by_file import file_by_file

            config.pluginmanager.register(file_by_file(config, under_test(config), config.stash[_HOME]), LOOP)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Workers of xdist share one folder, which we remove."""
    node.workerinput["conformance_root"] = str(room(node.config))


def under_test(config: pytest.Config) -> UnderTest:
    """What is under test in this session; the first call enters the sandbox. Raises UserError."""
    if _UNDER_TEST not in config.stash:
        from conformance.files import folder_of_dags, folders_to_import_from
        from conformance.folder import plugins
        from conformance.pytest_plugin.subjects import look_at
        from conformance.sandbox import given_values, home
        from conformance.seam.api import airflow_version

        dags, claims = config.getoption("--dags"), config.getoption("--claims")
        if dags:
            folder_of_dags(dags)
        pythonpath = folders_to_import_from(config.getoption("--pythonpath"))
        gifts = given_values.read(*map(config.getoption, given_values.OPTIONS))
        airflow_version()
        root = room(config)
        root.mkdir(mode=0o700, exist_ok=True)
        given = {**gifts.environment, **plugins.settings(dags, config.getoption("--plugins-folder"))}
        config.stash[_HOME] = home.enter(root, given=given)
        config.add_cleanup(config.stash[_HOME].leave)
        timeout = config.getoption("--import-timeout")
        config.stash[_UNDER_TEST] = look_at(
            dags, claims, root / "survey.json", timeout, gifts, pythonpath, not config.getoption("--no-stand-ins")
        )
    return config.stash[_UNDER_TEST]


def _claims_to_write(config: pytest.Config) -> Path:
    """The claims file that a baseline is written to."""
    from conformance.claims.reader import FILE
    from conformance.errors import UserError
    from conformance.files import refuse_unless_writable

    dags, claims = config.getoption("--dags"), config.getoption("--claims")
    if not dags:
        raise UserError("--baseline is for your own DAGs: name their folder.")
    path: Path = claims or dags / FILE
    refuse_unless_writable(path, "the claims file")
    return path


def _verifies(config: pytest.Config) -> bool:
    return any(config.getoption(name, None) for name in ("--dags", "--report", "--baseline"))


def room(config: pytest.Config) -> Path:
    """The folder of everything this run writes, which goes when it ends; not created yet."""
    if _ROOT not in config.stash:
        given = getattr(config, "workerinput", {}).get("conformance_root")
        name = f"airflow-conformance-{os.getpid()}-{os.urandom(4).hex()}"
        config.stash[_ROOT] = root = Path(given or Path(tempfile.gettempdir()) / name)
        if not given:
            config.add_cleanup(lambda: shutil.rmtree(root, ignore_errors=True))
    return config.stash[_ROOT]


# --- collection: the patterns, and for each case its subjects ---


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """The modules of the specification, whose names do not begin with test."""
    if parent.session.isinitpath(file_path):
        return None  # pytest itself collects what was named
    # Resolved, because the environments that we build know the kit by a link.
    if file_path.suffix == ".py" and file_path.name != "__init__.py" and file_path.resolve().parent == PATTERNS:
        return pytest.Module.from_parent(parent, path=file_path)
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A case runs once for every claim that says what it needs; some only for whoever asks for them."""
    from conformance.case import case_of

    case = case_of(metafunc.function)
    if case is None:
        return
    config = metafunc.config
    name, subjects = under_test(config).asked(case, metafunc.fixturenames, config.getoption)
    found = [pytest.param(subject, id=subject.label) for subject in subjects]
    metafunc.parametrize(name, found or [pytest.param(None, id="unclaimed")])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Learning order, and in a pattern DAG by DAG; without the cases that nobody claims, and only those asked for."""
    from conformance.case import case_of
    from conformance.patterns import ORDER

    cases = {item: found for item in items if (found := case_of(getattr(item, "function", None)))}
    if not cases:
        return
    left = {item for item, case in cases.items() if not _is_asked_for(config, case.id, subject(item))}
    kept = [item for item in items if item not in left]
    dags = {getattr(subject(item), "dag", ""): None for item in kept if item in cases}
    places = {name: place for place, name in enumerate(ORDER)}, {dag: place for place, dag in enumerate(dags)}

    def place(item: pytest.Item) -> tuple[int, int]:
        if item not in cases:
            return -1, -1
        return places[0][item.path.stem], places[1][getattr(subject(item), "dag", "")]

    items[:] = sorted(kept, key=place)
    if getattr(config.option, "loadgroup", False):
        _keep_together(cases)
    if left:
        config.hook.pytest_deselected(items=list(left))


def _keep_together(cases: dict[pytest.Item, Case]) -> None:
    """The cases on one DAG go to one worker: what one of them simulates is remembered for the others."""
    for item in cases:
        if dag := getattr(subject(item), "dag", ""):
            item.add_marker(pytest.mark.xdist_group(dag))


def _is_asked_for(config: pytest.Config, case_id: str, subject: Any) -> bool:
    """Whether somebody claims what a case is about, and the options name it, if they name any."""
    cases, dags = config.getoption("--case"), config.getoption("--dag")
    return (
        subject is not None and (not cases or case_id in cases) and (not dags or getattr(subject, "dag", None) in dags)
    )


# --- running ---


@pytest.fixture
def simulate(request: pytest.FixtureRequest) -> Simulate:
    """`simulate(dag_id, *scenario, **options) -> SimulatedRun`, for a DAG of the folder under test."""
    tested = under_test(request.config)
    from conformance.pytest_plugin.case_simulator import simulator

    return simulator(tested)


@pytest.fixture
def remark(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """`remark(text)`: say something in the record of a case that passes."""

    def say(text: str) -> None:
        request.node.stash[_REMARK] = text

    return say


@pytest.fixture(scope="session")
def joins(request: pytest.FixtureRequest) -> Joins:
    """What the installed Airflow does with joins, by their trigger rules and the states of their upstreams."""
    under_test(request.config)
    from conformance.truth.asked_joins import Joins

    return Joins()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a case that is not applicable here, or cannot be run."""
    from conformance.case import case_of

    case = case_of(getattr(item, "function", None))
    if case is None:
        return
    from conformance.pytest_plugin.not_run import why_not

    if reason := why_not(case, subject(item), under_test(item.config)):
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A case that does not come to an end is an error, and the others go on."""
    from conformance.case import case_of

    if case_of(getattr(item, "function", None)) is None:
        return (yield)
    from conformance.sandbox.process_end import refused
    from conformance.sandbox.time_limit import at_most

    seconds = item.config.getoption("--case-timeout")
    message = f"{about(item)} could not be judged within {seconds:g} s: {_why_slow(item)} with --case-timeout."
    with at_most(seconds, message), refused(under_test(item.config).folder.path):
        return (yield)


def _why_slow(item: pytest.Item) -> str:
    large = subject(item)
    if getattr(large, "too_large", ""):
        return f"it has {large.size:,} tasks; give it longer"
    return "look in its operators for code that never ends around what is simulated, or give it longer"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Add the record to the report, which xdist carries to the process that writes it."""
    report = yield
    from conformance.case import case_of

    case = case_of(getattr(item, "function", None))
    if case and (call.when == "call" or not report.passed):
        from conformance.pytest_plugin.judge import Wishes, judge

        wishes = Wishes(item.config.getoption("--advice-fails"), item.config.getoption("--baseline"))
        remark = item.stash.get(_REMARK, "")
        judge(report, call, case, subject(item), under_test(item.config), wishes, remark)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report, print the matrix, and say by the exit code what came of it."""
    if _RECORDER in session.config.stash:
        session.exitstatus = session.config.stash[_RECORDER].finish(session.exitstatus)
        logging.disable()  # a DAG file may have set up a log on which Airflow would tell how it ends
