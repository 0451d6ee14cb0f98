"""The keys that the reference DAG for large data makes: what has to hold of all of them, not only of some."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from urllib.parse import quote, quote_plus, unquote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import paths

pytestmark = pytest.mark.at_both_ends

Id = st.text(min_size=1) | st.text("+:#?% _./-A3~é", min_size=1) | st.text("_-A3:", min_size=120, max_size=300)
"""Whatever somebody may call a DAG, a run, a task or an object: any text, awkward signs, very long ones."""

Names = st.tuples(Id, Id, Id, st.integers(-1, 1000), Id)


@pytest.fixture(scope="module")
def key_of(sandbox: None) -> Callable[..., str]:
    """The function of the reference DAG."""
    function: Callable[..., str] = runpy.run_path(str(paths.DAGS / "large_data.py"))["key_of"]
    return function


def read_back(key: str) -> list[str]:
    """What a key was made of, if it is not shortened: its parts with `_XX` and `__` put back."""
    parts = [re.sub(r"_(_|[0-9A-F]{2})", _sign, part) for part in key.split("/")]
    return [part.encode("latin-1").decode() for part in parts]


def _sign(found: re.Match[str]) -> str:
    return "_" if found[1] == "_" else chr(int(found[1], 16))


@given(Names, Names)
def test_different_names_have_different_keys(key_of: Callable[..., str], one: tuple, other: tuple) -> None:  # type: ignore[type-arg]
    """Two task instances share a key only if DAG, run, task, map index and name are all the same."""
    assert (key_of(*one) == key_of(*other)) == (one == other)


@given(st.tuples(*[st.text(min_size=1, max_size=12)] * 3, st.integers(-1, 1000), st.text(min_size=1, max_size=12)))
def test_a_short_key_can_be_read_back(key_of: Callable[..., str], names: tuple) -> None:  # type: ignore[type-arg]
    """From the key of short names the names can be told."""
    assert read_back(key_of(*names)) == [str(name) for name in names]


@given(Names)
def test_a_key_survives_every_way_of_writing_it(key_of: Callable[..., str], names: tuple) -> None:  # type: ignore[type-arg]
    """A key is found again in an address, when it is quoted or not, and in an event notification decoded or not."""
    key = key_of(*names)

    assert urlsplit(f"s3://bucket/{key}").path[1:] == key
    assert quote(key) == unquote_plus(key) == unquote_plus(quote_plus(key)) == key


@given(Names)
def test_a_key_fits(key_of: Callable[..., str], names: tuple) -> None:  # type: ignore[type-arg]
    """A key is within the 1024 bytes that S3 allows, and no part of it is empty or means a folder to somebody."""
    key = key_of(*names)

    assert len(key.encode()) <= 1024
    assert not {"", ".", ".."} & set(key.split("/"))


@given(Names, Names)
def test_a_run_has_a_folder(key_of: Callable[..., str], one: tuple, other: tuple) -> None:  # type: ignore[type-arg]
    """The keys of a run, and no others, begin with its folder."""
    folder = "/".join(key_of(*one).split("/")[:2]) + "/"

    assert key_of(*other).startswith(folder) == (one[:2] == other[:2])
