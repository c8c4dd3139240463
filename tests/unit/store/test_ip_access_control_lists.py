"""IP access control lists and their entries."""

import asyncio
from dataclasses import replace

import pytest

from offhook.store.ports import DuplicateError, InUseError, PageRequest, UnknownRecordError
from tests.support.stores import (
    ACCOUNT,
    BORN,
    OTHER_ACCOUNT,
    access_list,
    address,
    numbered,
    opened,
    sip_domain,
)


def test_a_list_lives(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            lists = store.ip_access_control_lists
            await lists.insert(access_list())
            assert await lists.fetch(ACCOUNT, access_list().sid) == access_list()
            assert await lists.fetch(OTHER_ACCOUNT, access_list().sid) is None
            renamed = replace(access_list(), friendly_name="Rooms")
            await lists.update(renamed)
            assert list((await lists.list(ACCOUNT, PageRequest())).items) == [renamed]
            assert not await lists.delete(OTHER_ACCOUNT, renamed.sid)
            assert await lists.delete(ACCOUNT, renamed.sid)
            assert not await lists.delete(ACCOUNT, renamed.sid)
            with pytest.raises(UnknownRecordError):
                await lists.update(renamed)

    asyncio.run(run())


def test_a_name_is_unique_in_its_account(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            lists = store.ip_access_control_lists
            await lists.insert(access_list(1))
            await lists.insert(access_list(2, account_sid=OTHER_ACCOUNT))
            with pytest.raises(DuplicateError):
                await lists.insert(access_list(3))
            await lists.insert(access_list(4, name="Rooms"))
            with pytest.raises(DuplicateError):
                await lists.update(access_list(4))
            assert await lists.count(ACCOUNT) == 2
            assert await lists.count(OTHER_ACCOUNT) == 1

    asyncio.run(run())


def test_an_entry_lives(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            lists = store.ip_access_control_lists
            await lists.insert(access_list())
            await lists.insert_address(address())
            assert await lists.fetch_address(ACCOUNT, access_list().sid, address().sid) == address()
            assert await lists.fetch_address(ACCOUNT, numbered("AL", 9), address().sid) is None
            assert await lists.fetch_address(OTHER_ACCOUNT, access_list().sid, address().sid) is None
            moved = address(ip="198.51.100.0", prefix=24)
            await lists.update_address(moved)
            assert list((await lists.addresses(ACCOUNT, access_list().sid, PageRequest())).items) == [moved]
            assert await lists.count_addresses(ACCOUNT, access_list().sid) == 1
            assert not await lists.delete_address(ACCOUNT, numbered("AL", 9), moved.sid)
            assert await lists.delete_address(ACCOUNT, access_list().sid, moved.sid)
            assert await lists.count_addresses(ACCOUNT, access_list().sid) == 0
            with pytest.raises(UnknownRecordError):
                await lists.update_address(moved)

    asyncio.run(run())


def test_a_block_is_in_a_list_once_however_it_is_written(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            lists = store.ip_access_control_lists
            await lists.insert(access_list(1))
            await lists.insert(access_list(2, name="Rooms"))
            await lists.insert_address(address(1, ip="10.0.0.1", prefix=8))
            with pytest.raises(DuplicateError):
                await lists.insert_address(address(2, ip="10.9.9.9", prefix=8))
            await lists.insert_address(address(3, ip="10.0.0.1", prefix=9))
            await lists.insert_address(address(4, ip="10.0.0.1", prefix=8, acl=2))
            with pytest.raises(DuplicateError):
                await lists.update_address(address(3, ip="10.0.0.1", prefix=8))

    asyncio.run(run())


def test_an_entry_needs_its_list(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            with pytest.raises(UnknownRecordError):
                await store.ip_access_control_lists.insert_address(address())
            await store.ip_access_control_lists.insert(access_list(account_sid=OTHER_ACCOUNT))
            with pytest.raises(UnknownRecordError):
                await store.ip_access_control_lists.insert_address(address())

    asyncio.run(run())


def test_a_mapped_list_cannot_be_deleted_and_takes_its_entries_along_later(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            lists = store.ip_access_control_lists
            await lists.insert(access_list())
            await lists.insert_address(address())
            await store.sip_domains.insert(sip_domain())
            await store.sip_domains.map_ip_acl(ACCOUNT, sip_domain().sid, access_list().sid, BORN)
            with pytest.raises(InUseError):
                await lists.delete(ACCOUNT, access_list().sid)
            assert await lists.fetch_address(ACCOUNT, access_list().sid, address().sid) == address()
            await store.sip_domains.unmap_ip_acl(ACCOUNT, sip_domain().sid, access_list().sid)
            assert await lists.delete(ACCOUNT, access_list().sid)
            assert await lists.fetch_address(ACCOUNT, access_list().sid, address().sid) is None

    asyncio.run(run())
