"""The asynchronous clients of AWS, as triggers use them: an ordinary one asks for them, as moto answers no other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest import mock


def asked_by(ordinary: Callable[[str, str], Any]) -> AbstractContextManager[Any]:
    """While inside, `ordinary(service, region)` is the client that asks for an asynchronous one."""
    try:
        from aiobotocore.client import AioBaseClient
    except ImportError:
        return nullcontext()
    from botocore.exceptions import ClientError

    async def make_api_call(client: Any, operation: str, parameters: Any) -> Any:
        try:
            meta = client.meta
            answer = ordinary(meta.service_model.service_name, meta.region_name)._make_api_call(operation, parameters)
        except ClientError as error:  # each client has classes of its own for them
            kind = client.exceptions.from_code(error.response["Error"]["Code"])
            raise kind(error.response, error.operation_name) from error
        return {name: _Body(value) if hasattr(value, "iter_chunks") else value for name, value in answer.items()}

    return mock.patch.object(AioBaseClient, "_make_api_call", make_api_call)


class _Body:
    """The data of an object, to be awaited."""

    def __init__(self, own: Any) -> None:
        self._own = own

    async def __aenter__(self) -> _Body:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._own.close()

    async def read(self, amt: int | None = None) -> bytes:
        """Some of it, or all that is left."""
        return self._own.read(amt)  # type: ignore[no-any-return]

    def close(self) -> None:
        """Let it go."""
        self._own.close()
