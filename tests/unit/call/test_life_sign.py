"""The node's sign of life, in a real store and virtual time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from offhook.call.life_sign import LifeSign
from offhook.store.ports import StoreBusyError
from tests.support.clock import LoopClock
from tests.support.stores import opened
from tests.support.virtual_time import run


@dataclass
class MemorySettings:
    kept: dict[str, str] = field(default_factory=dict)
    is_stalled: bool = False

    async def fetch(self, name: str) -> str | None:
        return self.kept.get(name)

    async def fetch_all(self, prefix: str) -> Mapping[str, str]:
        found = self.kept.items()
        return {name.removeprefix(prefix): value for name, value in found if name.startswith(prefix)}

    async def remove(self, name: str, value: str) -> bool:
        return self.kept.get(name) == value and self.kept.pop(name) == value

    async def save(self, name: str, value: str) -> None:
        if self.is_stalled:
            raise StoreBusyError("the database does not answer")
        self.kept[name] = value


def test_it_is_given_once_a_second_while_there_are_calls() -> None:
    async def scenario() -> None:
        kept, clock, calls = MemorySettings(), LoopClock(), 0
        sign = LifeSign(kept, clock)
        giving = asyncio.create_task(sign.give(lambda: calls))
        await asyncio.sleep(10)
        assert await sign.last() is None, "nobody calls, nothing is written"
        calls = 3
        await asyncio.sleep(1)
        first = await sign.last()
        assert first is not None
        await asyncio.sleep(5)
        last = await sign.last()
        assert last is not None
        assert (last - first).total_seconds() == 5
        kept.is_stalled = True
        await asyncio.sleep(3)
        assert await sign.last() == last
        kept.is_stalled = False
        await asyncio.sleep(1)
        assert await sign.last() != last, "a database that stalled ends it not"
        giving.cancel()

    run(scenario())


def test_among_others_it_is_given_without_calls_too_and_who_is_silent_is_buried_once() -> None:
    async def scenario() -> None:
        kept, clock = MemorySettings(), LoopClock()
        one, other, third = (LifeSign(kept, clock, name, is_shared=True) for name in ("a1", "b2", "c3"))
        lives = [asyncio.create_task(sign.give(lambda: 0)) for sign in (one, other, third)]
        await asyncio.sleep(60)
        assert await one.bury() == {}
        lives[1].cancel()
        died_at = await other.last()
        await asyncio.sleep(6)
        assert await one.bury() == {}, "it may only be slow"
        await asyncio.sleep(10)
        buried = await asyncio.gather(one.bury(), third.bury())
        assert sorted(map(len, buried)) == [0, 1]
        assert {"b2": died_at} in buried
        assert await one.bury() == {}
        for task in lives:
            task.cancel()

    run(scenario())


def test_the_next_node_reads_it(url: str) -> None:
    async def scenario() -> None:
        clock = LoopClock()
        async with opened(url) as store:
            await LifeSign(store.kept_settings, clock).write()
            given = await LifeSign(store.kept_settings, clock).last()
            assert given is not None
        async with opened(url) as store:
            assert await LifeSign(store.kept_settings, clock).last() == given

    asyncio.run(scenario())
