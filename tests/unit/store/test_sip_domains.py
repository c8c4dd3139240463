"""SIP Domains and what is mapped to them."""

import asyncio
from dataclasses import replace

import pytest

from offhook.store.ports import DuplicateError, PageRequest, UnknownRecordError
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


def test_a_domain_comes_back_whole(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            whole = replace(
                sip_domain(),
                voice_method="GET",
                voice_fallback_url="https://example.com/fallback",
                voice_status_callback_url="https://example.com/status",
                sip_registration=True,
                secure=True,
                emergency_calling_enabled=True,
                emergency_caller_sid=numbered("PN", 1),
                byoc_trunk_sid=numbered("BY", 1),
            )
            await store.sip_domains.insert(whole)
            assert await store.sip_domains.fetch(ACCOUNT, whole.sid) == whole
            assert await store.sip_domains.find_by_name("office.sip.localhost") == whole
            assert list((await store.sip_domains.list(ACCOUNT, PageRequest())).items) == [whole]

    asyncio.run(run())


def test_a_domain_belongs_to_its_account(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.sip_domains.insert(sip_domain())
            assert await store.sip_domains.fetch(OTHER_ACCOUNT, sip_domain().sid) is None
            assert list((await store.sip_domains.list(OTHER_ACCOUNT, PageRequest())).items) == []
            assert not await store.sip_domains.delete(OTHER_ACCOUNT, sip_domain().sid)
            with pytest.raises(UnknownRecordError):
                await store.sip_domains.update(replace(sip_domain(), account_sid=OTHER_ACCOUNT))
            # Whoever calls is not known yet, so the name finds it for everybody.
            assert await store.sip_domains.find_by_name("office.sip.localhost") == sip_domain()
            assert await store.sip_domains.find_by_name("nobody.sip.localhost") is None

    asyncio.run(run())


def test_a_name_is_given_once_on_the_node(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.sip_domains.insert(sip_domain(1))
            with pytest.raises(DuplicateError):
                await store.sip_domains.insert(sip_domain(2, account_sid=OTHER_ACCOUNT))
            await store.sip_domains.insert(sip_domain(3, name="shop.sip.localhost"))
            with pytest.raises(DuplicateError):
                await store.sip_domains.update(sip_domain(3, name="office.sip.localhost"))

    asyncio.run(run())


def test_update_and_delete(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.sip_domains.insert(sip_domain())
            changed = replace(sip_domain(), voice_url=None, friendly_name="")
            await store.sip_domains.update(changed)
            assert await store.sip_domains.fetch(ACCOUNT, changed.sid) == changed
            assert await store.sip_domains.delete(ACCOUNT, changed.sid)
            assert not await store.sip_domains.delete(ACCOUNT, changed.sid)
            with pytest.raises(UnknownRecordError):
                await store.sip_domains.update(changed)

    asyncio.run(run())


def test_mapping_a_list_opens_the_domain_to_its_addresses(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            domains, lists = store.sip_domains, store.ip_access_control_lists
            await domains.insert(sip_domain())
            await lists.insert(access_list())
            await lists.insert_address(address())
            assert list(await domains.allowed_addresses(sip_domain().sid)) == []
            assert (
                await domains.map_ip_acl(ACCOUNT, sip_domain().sid, access_list().sid, BORN) == access_list()
            )
            found = await domains.find_by_name("office.sip.localhost")
            assert found is not None
            assert found.auth_type == "IP_ACL"
            assert list(await domains.allowed_addresses(sip_domain().sid)) == [address()]
            page = await domains.ip_acls(ACCOUNT, sip_domain().sid, PageRequest())
            assert list(page.items) == [access_list()]
            assert await domains.unmap_ip_acl(ACCOUNT, sip_domain().sid, access_list().sid)
            assert not await domains.unmap_ip_acl(ACCOUNT, sip_domain().sid, access_list().sid)
            assert await domains.fetch(ACCOUNT, sip_domain().sid) == sip_domain()

    asyncio.run(run())


def test_a_mapping_needs_both_in_one_account_and_once(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            domains, lists = store.sip_domains, store.ip_access_control_lists
            await domains.insert(sip_domain())
            await lists.insert(access_list(1))
            await lists.insert(access_list(2, account_sid=OTHER_ACCOUNT))
            for account_sid, acl in ((ACCOUNT, 2), (OTHER_ACCOUNT, 2), (ACCOUNT, 9)):
                with pytest.raises(UnknownRecordError):
                    await domains.map_ip_acl(account_sid, sip_domain().sid, numbered("AL", acl), BORN)
            await domains.map_ip_acl(ACCOUNT, sip_domain().sid, numbered("AL", 1), BORN)
            with pytest.raises(DuplicateError):
                await domains.map_ip_acl(ACCOUNT, sip_domain().sid, numbered("AL", 1), BORN)

    asyncio.run(run())


def test_deleting_a_domain_keeps_the_list(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.sip_domains.insert(sip_domain())
            await store.ip_access_control_lists.insert(access_list())
            await store.sip_domains.map_ip_acl(ACCOUNT, sip_domain().sid, access_list().sid, BORN)
            assert await store.sip_domains.delete(ACCOUNT, sip_domain().sid)
            assert await store.ip_access_control_lists.delete(ACCOUNT, access_list().sid)

    asyncio.run(run())
