"""Coroutines that mostly have nothing to wait for: run at once, made a task only where they wait.

A task costs as much as half of what a REGISTER does, and puts off the answer by a turn of the loop.
`asyncio` has this as eager tasks from Python 3.12 on; with 3.11 this is ours on every version.
"""

import asyncio
from asyncio import _enter_task, _leave_task  # documented for who runs coroutines: "Extending asyncio"
from collections.abc import Coroutine, Generator
from functools import partial
from types import coroutine
from typing import Any


def start(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None] | None":
    """Run `work` up to where it first waits; None when it has ended by then, else the task that goes on.

    Up to there it runs in the caller's frame, but in no task, not even the caller's, and what it raises is
    raised here. What needs a task waits for one first, as `waiting/timeout` does.
    """
    loop, caller = asyncio.get_running_loop(), asyncio.current_task()
    if caller is not None:  # a limit that `work` set would be one of the caller's
        _leave_task(loop, caller)
    try:
        awaited = work.send(None)
    except StopIteration:
        return None
    finally:
        if caller is not None:
            _enter_task(loop, caller)
    return loop.create_task(_go_on(work, awaited))


async def _go_on(work: Coroutine[Any, Any, None], awaited: Any) -> None:
    await _resume(work, awaited)


@coroutine
def _resume(work: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    """Yield to the task what `work` waits for, give `work` what the task says, until it ends."""
    while True:
        try:
            news = yield awaited
        except BaseException as error:  # noqa: BLE001 - a cancellation as well is for `work` to judge
            step = partial(work.throw, error)
        else:
            step = partial(work.send, news)
        try:
            awaited = step()
        except StopIteration:
            return
