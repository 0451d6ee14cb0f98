"""A large folder takes no more memory than a small one: of its DAGs only the last few are kept."""

from __future__ import annotations

import gc
import sys
import weakref
from pathlib import Path

import pytest

from conformance.claims.reader import Claims
from conformance.folder.summary import DagSummary
from conformance.folder.survey import DagFile, Folder
from conformance.pytest_plugin.subjects import UnderTest
from conformance.seam import keep_latest
from conformance.simulator import simulate
from workshop.bench import many_dags


def test_a_dag_is_kept_until_a_few_others_came(sandbox: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A DAG goes when a few others were simulated, with the module it is in; if it is needed again, it comes back."""
    monkeypatch.setattr(keep_latest, "FEW", 2)
    files = sorted(many_dags.write(tmp_path / "dags", 5).iterdir())
    dag_files = (DagFile(file.name, (DagSummary(file.stem, file.name, line=1, tasks=()),)) for file in files)
    tested = UnderTest(Folder(tmp_path / "dags", tuple(dag_files)), Claims())

    dags = []
    for file in files:
        simulate(tested.dag(file.stem), others_empty=True)
        dags.append(weakref.ref(tested.dag(file.stem)))
    gc.collect()

    # The very first one stays, in what is remembered of the first queries.
    assert [dag() is not None for dag in dags[1:]] == [False, False, True, True]
    modules = [any(name.endswith(f"_{file.stem}") for name in sys.modules) for file in files]
    assert modules == [False, False, False, True, True]
    assert simulate(tested.dag(files[0].stem), others_empty=True).state == "success"
