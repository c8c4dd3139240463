"""Bindings of registered users."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from offhook.model.credential import MappingScope
from offhook.store.ports import PageRequest
from tests.support.stores import (
    ACCOUNT,
    BORN,
    OTHER_ACCOUNT,
    account,
    binding,
    credential,
    credential_list,
    numbered,
    opened,
    sip_domain,
)


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
            refreshed = replace(moved, updated_at=moved.updated_at + timedelta(seconds=1))
            store.bindings.post(refreshed)
            store.bindings.post_removal(moved)
            assert await store.bindings.fetch(ACCOUNT, moved.sid) == refreshed, "it was refreshed since"
            store.bindings.post_removal(refreshed)
            assert await store.bindings.fetch(ACCOUNT, moved.sid) is None

    asyncio.run(run())


def test_those_of_a_user_are_found_at_every_domain_of_the_account(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.bindings.post(binding(1))
            store.bindings.post(replace(binding(2, seconds=1), domain_sid=numbered("SD", 2)))
            store.bindings.post(binding(3, username="bob"))
            store.bindings.post(replace(binding(4), account_sid=OTHER_ACCOUNT))
            assert [one.cseq for one in await store.bindings.of_user(ACCOUNT, "alice")] == [1, 2]

    asyncio.run(run())


def test_a_connection_of_another_node_is_no_connection_here(url: str) -> None:
    connected = replace(binding(), flow=replace(binding().flow, transport="TCP", serial=7))

    async def serial_for(node: str) -> int:
        async with opened(url, node) as store:
            found = await store.bindings.fetch(ACCOUNT, connected.sid)
            assert found is not None
            return found.flow.serial

    async def run() -> None:
        async with opened(url, "000000aa") as store:
            store.bindings.post(connected)
        assert (await serial_for("000000aa"), await serial_for("000000bb")) == (7, 0)

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


def test_an_orphan_is_who_no_list_of_its_domain_knows_by_that_password(url: str) -> None:
    alice, bob = binding(1, seconds=60), binding(2, username="bob", seconds=60)
    scope = MappingScope.REGISTRATIONS

    async def run() -> None:
        async with opened(url) as store:
            domains, lists = store.sip_domains, store.credential_lists

            async def orphans(after: str = "") -> list[str]:
                return [one.username for one in await store.bindings.orphaned(after, 10)]

            await store.accounts.save(account())
            store.bindings.post(alice)
            store.bindings.post(bob)
            assert await orphans() == ["alice", "bob"]
            assert await orphans(alice.sid) == ["bob"]
            domain = replace(sip_domain(), sip_registration=True)
            await domains.insert(domain)
            await lists.insert(credential_list())
            for number, name in enumerate(("alice", "bob")):
                await lists.insert_credential(credential(number, username=name))
            assert await orphans() == ["alice", "bob"]
            await domains.map_credential_list(
                ACCOUNT, domain.sid, numbered("CL", 1), MappingScope.CALLS, BORN
            )
            assert await orphans() == ["alice", "bob"]
            await domains.map_credential_list(ACCOUNT, domain.sid, numbered("CL", 1), scope, BORN)
            assert await orphans() == []
            changed = replace(credential(0), updated_at=alice.updated_at + timedelta(seconds=1))
            await lists.update_credential(changed)
            assert await orphans() == ["alice"]
            await lists.delete_credential(ACCOUNT, numbered("CL", 1), numbered("CR", 1))
            assert await orphans() == ["alice", "bob"]
            await lists.update_credential(replace(changed, updated_at=BORN))
            assert await orphans() == ["bob"]
            await domains.update(replace(domain, sip_registration=False))
            assert await orphans() == ["alice", "bob"]
            await domains.update(domain)
            await domains.unmap_credential_list(ACCOUNT, domain.sid, numbered("CL", 1), scope)
            assert await orphans() == ["alice", "bob"]

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
