"""The AWS that tasks meet when they run their own code: moto's, in memory."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from typing import Any

SERVICES = ("dynamodb", "glue", "s3", "sts")
"""Those that the kit installs moto for. Before moto 5 each has to be named."""


def mocked_aws() -> AbstractContextManager[Any]:
    """
    While inside, every AWS service is moto's, empty at first.

    Simulations inside one such block share it; without one, each simulation has its own.
    """
    import moto

    if hasattr(moto, "mock_aws"):
        return moto.mock_aws()  # type: ignore[no-any-return]
    before_moto_5 = ExitStack()
    for service in SERVICES:
        before_moto_5.enter_context(getattr(moto, f"mock_{service}")())
    return before_moto_5
