"""Work that is begun without a task may wait for anything: it is in a task of its own before it does."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from offhook.waiting import eager
from offhook.waiting.timeout import timeout
from tests.support import virtual_time


def from_a_callback(begin: Callable[[], Any]) -> Coroutine[Any, Any, Any]:
    """Run `begin` where a socket's callbacks run, in no task; what it gives."""

    async def wait() -> Any:
        begun: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(lambda: begun.set_result(begin()))
        return await begun

    return wait()


async def too_long(ended: list[str]) -> None:
    """Work whose own limit breaks it off after two seconds."""
    try:
        async with timeout(2.0):
            await asyncio.sleep(10)
    except TimeoutError:
        ended.append("timed out")


def test_what_has_nothing_to_wait_for_is_done_at_once_and_makes_no_task() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("done")

    async def scenario() -> None:
        assert eager.start(work()) is None
        assert done == ["done"]

    virtual_time.run(scenario())


def test_a_limit_that_it_sets_before_it_first_waits_holds() -> None:
    """Of a callback of the loop, as of a socket that has been read."""
    ended: list[str] = []

    async def scenario() -> None:
        task = await from_a_callback(lambda: eager.start(too_long(ended)))
        await task
        assert ended == ["timed out"]

    virtual_time.run(scenario())


def test_a_limit_that_it_sets_is_never_one_of_the_task_that_began_it() -> None:
    ended: list[str] = []

    async def scenario() -> None:
        task = eager.start(too_long(ended))
        assert task is not None
        await asyncio.sleep(5)
        assert ended == ["timed out"]
        await task

    virtual_time.run(scenario())


def test_who_began_it_goes_on_in_its_own_task() -> None:
    seen: list[asyncio.Task[Any] | None] = []

    async def work() -> None:
        seen.append(asyncio.current_task())
        await asyncio.sleep(0)
        seen.append(asyncio.current_task())

    async def scenario() -> None:
        own = asyncio.current_task()
        task = eager.start(work())
        assert task is not None
        assert asyncio.current_task() is own
        await task
        assert seen == [None, task]

    virtual_time.run(scenario())


def test_what_it_raises_before_it_waits_is_raised_to_who_began_it_in_its_own_task() -> None:
    async def work() -> None:
        raise ValueError("no")

    async def scenario() -> None:
        own = asyncio.current_task()
        with pytest.raises(ValueError, match="no"):
            eager.start(work())
        assert asyncio.current_task() is own

    virtual_time.run(scenario())
