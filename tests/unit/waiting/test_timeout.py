"""Time limits behave as asyncio's own do from Python 3.11.3 on, whatever runs here."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from offhook.waiting.timeout import timeout, timeout_at
from tests.support import virtual_time


def run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    return virtual_time.run(work())


def test_what_takes_longer_is_broken_off_with_a_time_out() -> None:
    async def work() -> float:
        begun = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError):
            async with timeout(2.0):
                await asyncio.sleep(10)
        return asyncio.get_running_loop().time() - begun

    assert run(work) == pytest.approx(2.0)


def test_what_is_done_in_time_leaves_nothing_behind() -> None:
    async def work() -> str:
        async with timeout(2.0):
            await asyncio.sleep(1)
        await asyncio.sleep(5)
        return "done"

    assert run(work) == "done"


@pytest.mark.parametrize("limit", [timeout, timeout_at])
def test_no_limit_is_none(limit: Callable[[float | None], Any]) -> None:
    async def work() -> str:
        async with limit(None):
            await asyncio.sleep(1000)
        return "done"

    assert run(work) == "done"


def test_a_limit_in_what_a_cancelled_task_still_does_is_a_time_out() -> None:
    """With asyncio's own, Python 3.11.2 has the task end here as cancelled."""

    async def farewell(said: list[str]) -> None:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            try:
                async with timeout(1.0):
                    await asyncio.sleep(10)
            except TimeoutError:
                said.append("nobody answered")
            raise

    async def work() -> tuple[list[str], bool]:
        said: list[str] = []
        task = asyncio.create_task(farewell(said))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        return said, task.cancelled()

    assert run(work) == (["nobody answered"], True)


def test_who_is_cancelled_by_others_at_the_limit_stays_cancelled() -> None:
    async def wait() -> None:
        async with timeout(2.0):
            await asyncio.sleep(10)

    async def work() -> bool:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(2.0, task.cancel)
        await asyncio.wait([task])
        return task.cancelled()

    assert run(work)


def test_an_error_inside_is_what_comes_out() -> None:
    async def work() -> None:
        async with timeout(2.0):
            raise ValueError("of its own")

    with pytest.raises(ValueError, match="of its own"):
        run(work)


def test_the_inner_limit_is_not_the_outer_one() -> None:
    async def work() -> str:
        async with timeout(5.0):
            try:
                async with timeout(1.0):
                    await asyncio.sleep(10)
            except TimeoutError:
                return "the inner one"
        return "neither"

    assert run(work) == "the inner one"


def test_a_limit_is_moved_and_lifted() -> None:
    async def work() -> str:
        loop = asyncio.get_running_loop()
        async with timeout(1.0) as limit:
            limit.reschedule(loop.time() + 3.0)
            await asyncio.sleep(2)
            limit.reschedule(None)
            await asyncio.sleep(100)
        return "done"

    assert run(work) == "done"
