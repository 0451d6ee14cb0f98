"""What is claimed of the broken twins: what they say for themselves, or what is claimed of their reference DAG."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.catalogue import catalogue, twin
from conformance.claims import reader
from conformance.files import read_toml
from conformance.paths import DAGS, FIXTURES
from conformance.roles.claim import Claim

BROKEN = FIXTURES / "broken"
REFERENCES = BROKEN / "references.toml"


def references() -> dict[str, str]:
    """Return the DAG, or the label of one claim, that a twin was copied from, where it is not its pattern's first."""
    return read_toml(REFERENCES)


def claims() -> reader.Claims:
    """Return all claims of twins, and the Airflow minor from which some files can be looked at."""
    own = reader.read(BROKEN / reader.FILE)
    said = {claim.dag for claim in own.claims}
    copied = (
        claim
        for entry in catalogue()
        if twin(entry).suffix == ".py" and twin(entry).stem not in said
        for claim in taken(entry.pattern, twin(entry).stem)
    )
    return replace(own, claims=(*own.claims, *copied))


def taken(pattern: str, dag: str) -> Iterator[Claim]:
    """Yield the claims of the reference DAG of a twin as its own; none for a pattern that nobody claims."""
    known = [claim for claim in reader.read(DAGS / reader.FILE).claims if claim.pattern == pattern]
    if known:
        reference = references().get(dag, known[0].dag)
        yield from (replace(claim, dag=dag) for claim in known if reference in (claim.dag, claim.label))
