"""The event loop of the bare servers: the one that the product would take."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


def run(main: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
    """On uvloop where it is installed, as `offhook serve` does."""
    try:
        import uvloop  # noqa: PLC0415 - an optional package, looked for where it is used
    except ImportError:
        return asyncio.run(main())
    result: _Result = uvloop.run(main())
    return result
