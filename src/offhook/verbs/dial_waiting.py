"""What the nouns of Dial wait for: an answer, a key, one event or another. Used by `dial` and its nouns."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from offhook.call.leg import Leg

GRACE_S: Final = 5.0
"""Added to `timeout` (reference/twiml 6.1)."""
STAR: Final = "*"


async def either(one: asyncio.Event, other: asyncio.Event) -> None:
    """Wait until one of the two is set."""
    waiting = [asyncio.ensure_future(one.wait()), asyncio.ensure_future(other.wait())]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


async def pressed(key: str, next_key: Callable[[], Awaitable[str]]) -> None:
    """Wait until this key is pressed; others are dropped."""
    while await next_key() != key:
        pass


class StarredError(Exception):
    """The caller has pressed `*`, and wants no more of it (`hangupOnStar`)."""


@asynccontextmanager
async def until_star(leg: Leg, *, on: bool) -> AsyncIterator[None]:
    """Break off what is awaited inside at the caller's `*`. Raises: StarredError.

    on: whether `hangupOnStar` is on; keys of a caller that is not heard yet do not count.
    """
    task = asyncio.current_task()
    if not on or not leg.is_audible or task is None:
        yield
        return
    is_starred = False
    cancelled_before = task.cancelling()

    async def watch() -> None:
        nonlocal is_starred
        await pressed(STAR, keys.next)
        is_starred = True
        task.cancel()

    with leg.audio.collecting() as keys:
        watching = asyncio.create_task(watch())
        try:
            yield
        except asyncio.CancelledError:
            if not is_starred or task.uncancel() > cancelled_before:
                raise
            raise StarredError from None
        finally:
            watching.cancel()
