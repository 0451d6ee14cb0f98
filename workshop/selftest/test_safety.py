"""The promises of the sandbox, each under attack. What needs a fresh interpreter gets one."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from conformance.errors import UserError
from conformance.report.record import read
from conformance.report.verdict import Verdict
from conformance.sandbox import template
from workshop.selftest.hostile import dag
from workshop.selftest.processes import SURVEY, environment, is_alive, pytest_command, python, write_files

pytestmark = pytest.mark.at_both_ends

TRAPPED = """
import os, sys
from pathlib import Path
from conformance.sandbox import home

here = home.enter(Path(sys.argv[1]))
import airflow
from airflow.configuration import conf, ensure_secrets_loaded
from airflow.models import Connection
from airflow.utils.session import create_session

for backend in ensure_secrets_loaded():
    backend.get_variable("password")
with create_session() as session:
    session.add(Connection(conn_id="written", conn_type="http"))
with create_session() as session:
    assert session.query(Connection).count() == 1
assert str(here.path) in conf.get("database", "sql_alchemy_conn")
assert not any(name in os.environ for name in ("AIRFLOW_CONN_PROD", "AWS_PROFILE", "https_proxy")), dict(os.environ)
here.leave()
assert os.environ["AWS_PROFILE"] == "production"
"""


def test_the_callers_airflow_is_never_touched(tmp_path: Path) -> None:
    """A caller's database, AIRFLOW_HOME, secrets backend and connections are neither read nor written."""
    alarm, database, modules = tmp_path / "alarm", tmp_path / "production.db", tmp_path / "modules"
    home = write_files(tmp_path / "airflow", {"airflow.cfg": "[core]\nexecutor = NoSuchExecutor\n"})
    write_files(modules, {"trap.py": f"open({str(alarm)!r}, 'w').close()\nclass Backend: pass\n"})
    variables = {
        "AIRFLOW_HOME": home,
        "AIRFLOW_CONFIG": home / "airflow.cfg",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{database}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD": f"touch {alarm}",
        "AIRFLOW__SECRETS__BACKEND": "trap.Backend",
        "AIRFLOW_CONN_PROD": "postgres://production",
        "AWS_PROFILE": "production",
        "https_proxy": "http://192.0.2.1:3128",
        "PYTHONPATH": os.pathsep.join((str(modules), environment()["PYTHONPATH"])),
        # So that the template, too, is made with the traps in the environment.
        "XDG_CACHE_HOME": tmp_path / "cache",
        "HOME": tmp_path / "user",
    }

    run = python(TRAPPED, tmp_path / "root", **variables)

    assert run.returncode == 0, run.stderr
    assert not alarm.exists()
    assert not database.exists()
    assert [path.name for path in home.iterdir()] == ["airflow.cfg"]
    assert list((tmp_path / "root").iterdir()) == []


def test_the_sandbox_comes_before_airflow() -> None:
    """Entering the sandbox after Airflow was imported is refused with a sentence that says what to do."""
    run = python("import sys; sys.modules['airflow'] = sys\nfrom conformance.sandbox.home import enter; enter('x')")

    assert "UserError" in run.stderr
    assert "in a pytest process of their own" in run.stderr


def test_leave_undoes_enter(tmp_path: Path) -> None:
    """After `leave`, the environment is as it was and the folder of the home is gone."""
    code = (
        "import os, sys; from pathlib import Path; from conformance.sandbox import home\n"
        "before = dict(os.environ); here = home.enter(Path(sys.argv[1])); assert dict(os.environ) != before\n"
        "here.leave(); assert dict(os.environ) == before; assert not here.path.exists()"
    )

    run = python(code, tmp_path, AIRFLOW__CORE__EXECUTOR="CeleryExecutor", AWS_DEFAULT_REGION="eu-west-1")

    assert run.returncode == 0, run.stderr


NETWORK = """
import asyncio, os, socket, tempfile
from conformance.sandbox import network

earlier = socket.socket
network.refuse_network()

def refused(attempt, *args):
    try:
        attempt(*args)
    except network.NetworkRefused as error:
        assert "<string>" in str(error), error
        return True

udp = earlier(socket.AF_INET, socket.SOCK_DGRAM)
assert refused(udp.sendto, b"x", ("192.0.2.1", 53))
assert refused(udp.sendmsg, [b"x"], [], 0, ("192.0.2.1", 53))
assert refused(udp.connect, ("example.com", 53))
assert refused(udp.connect_ex, ("example.com", 53))
assert refused(udp.sendto, b"x", 0, ("example.com", 53))
assert refused(earlier(socket.AF_INET6).connect, ("2001:db8::1", 80))
assert refused(earlier(socket.AF_INET6).connect, ("::ffff:192.0.2.1", 80))
assert refused(socket.gethostbyname, "example.com")
assert refused(socket.gethostbyaddr, "192.0.2.1")
assert refused(socket.getnameinfo, ("192.0.2.1", 80), 0)

server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).close()
socket.create_connection(("localhost", server.getsockname()[1])).close()
socket.getaddrinfo(None, 0)
with tempfile.TemporaryDirectory() as folder:
    unix = earlier(socket.AF_UNIX)
    unix.bind(os.path.join(folder, "s")); unix.listen()
    earlier(socket.AF_UNIX).connect(os.path.join(folder, "s"))
asyncio.run(asyncio.sleep(0))
"""


def test_only_this_machine_can_be_reached() -> None:
    """Every way out of the machine is refused, also to who held the socket class before; loopback works."""
    run = python(NETWORK)

    assert run.returncode == 0, run.stderr


POOLED = """
import os, sys
from sqlalchemy import create_engine, text
from conformance.sandbox import sqlite
from pathlib import Path

ours, theirs = (Path(sys.argv[1]) / name for name in ("ours.db", "theirs.db"))
sqlite.pool(ours)

def ask(engine, question):
    with engine.connect() as connection:
        return connection.execute(text(question)).scalar()

our_engine, their_engine = (create_engine(f"sqlite:///{db}?check_same_thread=false") for db in (ours, theirs))
assert ask(our_engine, "PRAGMA journal_mode") == "wal"
assert ask(their_engine, "PRAGMA journal_mode") == "delete"
assert ask(their_engine, "PRAGMA synchronous") != 0
many = [our_engine.connect() for _ in range(50)]
many.clear()
raw = our_engine.raw_connection()
inherited = raw.driver_connection
raw.close()
if os.fork() == 0:
    os._exit(our_engine.raw_connection().driver_connection is inherited)
assert os.wait()[1] == 0
"""


def test_only_our_own_database_is_tuned(tmp_path: Path) -> None:
    """The fast pool serves the sandbox's database alone, has no limit, and a forked child gets connections anew."""
    run = python(POOLED, tmp_path)

    assert run.returncode == 0, run.stderr


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder for templates."""
    monkeypatch.setattr(template, "user_cache_path", lambda _: tmp_path)
    return tmp_path / "templates"


def test_the_template_is_built_once(cache: Path) -> None:
    """Of several that want the template at once, one builds it and the others wait for it."""
    builds = threading.Barrier(2)
    built = []

    def build(db: Path) -> None:
        built.append(db)
        with contextlib.suppress(threading.BrokenBarrierError):
            builds.wait(timeout=0.5)  # passes at once if a second build runs at the same time
        sqlite3.connect(db).close()
        db.touch()

    threads = [threading.Thread(target=template.template_db, args=(build,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(built) == 1
    assert [path.suffix for path in cache.iterdir() if path.suffix != ".lock"] == [".sqlite"]


def test_a_template_that_cannot_be_built_leaves_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing migration is one sentence with Airflow's last line, and no half-made template stays behind."""
    monkeypatch.setattr(template, "_BUILD", "raise SystemExit('first line\\nthe disk is on fire')")

    with pytest.raises(UserError, match=r"\(the disk is on fire\)"):
        template.template_db()

    assert [path.suffix for path in cache.iterdir() if path.suffix != ".lock"] == []


# Blocks when it is read: every time, or (a DAG by then) the second time, which is in the middle of a run.
HANGS = """# airflow dag
import os, time
open(os.environ['STARTED'], 'w').write(str(os.getpid()))
time.sleep(1e6)
"""
HANGS_LATER = f"""
from pathlib import Path
read_before = Path(__file__ + ".read")
if read_before.exists():
    {HANGS.strip().replace(chr(10), chr(10) + "    ")}
read_before.touch()
{dag("hangs")}
"""


def interrupt(command: Sequence[object], room: Path, dag_file: str) -> int:
    """
    Start `command`, press Ctrl-C once the DAG file of `room`/dags hangs in the middle of its import, wait for the end.

    Returns the process id in which the DAG file was imported; what was printed is in the file `room`/printed.
    """
    os.mkfifo(room / "started")
    write_files(room / "dags", {"hangs.py": dag_file})
    (room / "temporary").mkdir()
    printed = (room / "printed").open("w")
    running = subprocess.Popen(
        [*map(str, command)],
        cwd=room,
        env=environment(STARTED=room / "started", TMPDIR=room / "temporary"),
        stdout=printed,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        # Whoever started us in the background has SIGINT ignored, and a child would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    pid = int((room / "started").read_text())  # opening waits for the other end
    os.killpg(running.pid, signal.SIGINT)
    running.wait(timeout=30)
    printed.close()
    return pid


def _survey_command(room: Path) -> list[object]:
    return [sys.executable, "-c", SURVEY.replace("timeout=3", "timeout=1000"), room / "temporary", room / "dags"]


def _pytest_command(room: Path, *options: object) -> list[object]:
    options = ("--pyargs", "conformance.patterns", "--dags", room / "dags", "--import-timeout", 1000, *options)
    return [*pytest_command(*options)]


def _pytest_n_command(room: Path) -> list[object]:
    return _pytest_command(room, "-n", 2)


@pytest.mark.parametrize(
    ("command", "dag_file"),
    [
        pytest.param(_survey_command, HANGS, id="survey"),
        pytest.param(_pytest_command, HANGS, id="pytest"),
        pytest.param(_pytest_n_command, HANGS_LATER, id="pytest-n2"),
    ],
)
def test_ctrl_c_leaves_nothing(command: Callable[[Path], list[object]], dag_file: str, tmp_path: Path) -> None:
    """Ctrl-C in the middle of a run, whichever process is at work, leaves no process and no file behind."""
    pid = interrupt(command(tmp_path), tmp_path, dag_file)

    assert not is_alive(pid)
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("processes", [0, 2])
def test_ctrl_c_tells_what_is_known(processes: int, tmp_path: Path) -> None:
    """Ctrl-C in the middle of a run prints what is known so far, and writes a report that says it is partial."""
    options = ("--conformance-quiet", "--report", tmp_path / "r.jsonl", "--baseline", "-n", processes)

    interrupt(_pytest_command(tmp_path, *options), tmp_path, HANGS_LATER)

    footer = read(tmp_path / "r.jsonl").footer
    told = (tmp_path / "printed").read_text()
    assert (footer.verdict, footer.complete) == (Verdict.partial, False)
    assert "partial (interrupted): " in told
    assert {path.name for path in (tmp_path / "dags").iterdir()} == {"hangs.py", "hangs.py.read"}
