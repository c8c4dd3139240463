"""Bindings of registered users."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from offhook.store.ports import PageRequest
from tests.support.stores import ACCOUNT, BORN, OTHER_ACCOUNT, binding, numbered, opened


def test_a_binding_is_written_behind_and_read_back_whole(url: str) -> None:
    paths = ("<sip:p1.example;lr>", "<sip:p2.example;lr>")

    async def run() -> None:
        async with opened(url) as store:
            store.bindings.post(binding())
            moved = replace(binding(), contact="sip:alice@10.9.9.9", path=paths, cseq=2**31)
            store.bindings.post(moved)
            assert await store.bindings.fetch(ACCOUNT, moved.sid) == moved
            assert await store.bindings.fetch(OTHER_ACCOUNT, moved.sid) is None
            assert await store.bindings.load("", 10) == [moved]
            store.bindings.post_removal(moved.sid)
            assert await store.bindings.fetch(ACCOUNT, moved.sid) is None

    asyncio.run(run())


def test_all_are_loaded_in_parts(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            for number in range(5):
                store.bindings.post(binding(number))
        async with opened(url) as store:
            found = list(await store.bindings.load("", 3))
            found += await store.bindings.load(found[-1].sid, 3)
            assert [one.sid for one in found] == [numbered("RG", number) for number in range(5)]

    asyncio.run(run())


def test_those_of_an_account_are_listed_until_they_expire(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.bindings.post(binding(1))
            store.bindings.post(binding(2, username="bob", seconds=1))
            store.bindings.post(binding(3, seconds=2, lasts_s=60))
            store.bindings.post(replace(binding(4, seconds=3), domain_sid=numbered("SD", 2)))
            store.bindings.post(replace(binding(5), account_sid=OTHER_ACCOUNT))

            async def listed(later_s: float = 0, **wanted: str) -> list[int]:
                now = BORN + timedelta(seconds=later_s)
                page = await store.bindings.list(ACCOUNT, PageRequest(), now=now, **wanted)
                return [one.cseq for one in page.items]

            assert await listed() == [4, 3, 2, 1]
            assert await listed(100) == [4, 2, 1]
            assert await listed(domain_sid=numbered("SD", 1)) == [3, 2, 1]
            assert await listed(domain_sid=numbered("SD", 1), username="bob") == [2]
            assert await listed(5000) == []

    asyncio.run(run())
