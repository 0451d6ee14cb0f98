"""What sizes of XComs pass on each metadata database: measured, and the same as the page that says so."""

from __future__ import annotations

import os
import re

import pytest

from conformance.errors import UserError
from conformance.paths import PACKAGE
from conformance.seam.api import airflow_version
from workshop.xcom_sizes import NAME, SERVERS, SIZES, measure, scratch_database

pytestmark = pytest.mark.at_both_ends

PAGE = PACKAGE.parent / "docs" / "xcom-size.md"
MINOR = ".".join(map(str, airflow_version()[:2]))

each_server = pytest.mark.parametrize("server", SERVERS)


def url_of(server: str) -> str:
    """Where the scratch server is, if somebody named one."""
    url = os.environ.get(SERVERS[server])
    if not url:
        pytest.skip(f"not run: {SERVERS[server]} names no scratch server")
    return url


def largest(server: str) -> int:
    """The largest size of those tried that passes, as the page has it for the installed Airflow."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == server and MINOR in cells[1].split(", "):
            return int(re.sub(r"\D", "", cells[3]))
    raise AssertionError(f"{PAGE.name} says nothing of {server} with Airflow {MINOR}")


def test_sizes_pass_on_sqlite() -> None:
    """On SQLite every size that is tried passes that the page says passes, and no other."""
    found = measure(None)

    assert found["passes"] == {str(size): size <= largest("SQLite") for size in SIZES}, found


@each_server
def test_sizes_pass_on_a_server(server: str) -> None:
    """On a scratch server every size that is tried passes that the page says passes, and no other."""
    try:
        with scratch_database(url_of(server)) as scratch:
            found = measure(scratch)
    except ModuleNotFoundError as error:
        pytest.skip(f"not run: {error}; install the extra `databases`")
    except UserError as error:
        if re.search(r"No module named|mysqlclient", str(error)):
            pytest.skip("not run: a driver is missing; install the extra `databases`")
        raise

    assert found["passes"] == {str(size): size <= largest(server) for size in SIZES}, found


@each_server
def test_a_database_that_is_there_is_refused(server: str) -> None:
    """A scratch database of a server is created once, is never one that exists, and is gone afterwards."""
    url = url_of(server)
    try:
        with (
            scratch_database(url) as scratch,
            pytest.raises(UserError, match=f"already has a database '{NAME}'"),
            scratch_database(url),
        ):
            pytest.fail(f"two databases {scratch}")
        with scratch_database(url):
            pass
    except ModuleNotFoundError as error:
        pytest.skip(f"not run: {error}; install the extra `databases`")
