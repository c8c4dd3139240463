"""Credential lists, their users, and what domains make of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from offhook.base.redact import Secret
from offhook.model.credential import Credential, MappingScope
from offhook.store.database import SqlStore
from offhook.store.ports import DuplicateError, InUseError, PageRequest, UnknownRecordError
from tests.support.stores import (
    ACCOUNT,
    BORN,
    OTHER_ACCOUNT,
    account,
    credential,
    credential_list,
    numbered,
    opened,
    sip_domain,
)

CALLS, REGISTRATIONS = MappingScope.CALLS, MappingScope.REGISTRATIONS
DOMAIN, PHONES = sip_domain().sid, credential_list().sid


def known(user: Credential | None) -> tuple[str, ...]:
    """A user without its secrets wrapped, so that it can be compared."""
    assert user is not None
    return user.sid, user.username, user.ha1_md5.reveal(), user.ha1_sha256.reveal()


def test_a_list_lives(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            lists = store.credential_lists
            await lists.insert(credential_list())
            assert await lists.fetch(ACCOUNT, PHONES) == credential_list()
            assert await lists.fetch(OTHER_ACCOUNT, PHONES) is None
            renamed = replace(credential_list(), friendly_name="Desks")
            await lists.update(renamed)
            assert list((await lists.list(ACCOUNT, PageRequest())).items) == [renamed]
            assert (await lists.count(ACCOUNT), await lists.count(OTHER_ACCOUNT)) == (1, 0)
            assert not await lists.delete(OTHER_ACCOUNT, PHONES)
            assert await lists.delete(ACCOUNT, PHONES)
            with pytest.raises(UnknownRecordError):
                await lists.update(renamed)

    asyncio.run(run())


def test_a_name_is_unique_in_its_account(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.credential_lists.insert(credential_list(1))
            await store.credential_lists.insert(credential_list(2, account_sid=OTHER_ACCOUNT))
            with pytest.raises(DuplicateError):
                await store.credential_lists.insert(credential_list(3))

    asyncio.run(run())


def test_a_user_lives(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            lists = store.credential_lists
            assert not await lists.is_any()
            await lists.insert(credential_list())
            await lists.insert_credential(credential())
            assert await lists.is_any()
            sid = credential().sid
            assert known(await lists.fetch_credential(ACCOUNT, PHONES, sid)) == known(credential())
            assert await lists.fetch_credential(OTHER_ACCOUNT, PHONES, sid) is None
            assert await lists.fetch_credential(ACCOUNT, numbered("CL", 9), sid) is None
            changed = replace(credential(), ha1_md5=Secret("0" * 32))
            await lists.update_credential(changed)
            page = await lists.credentials(ACCOUNT, PHONES, PageRequest())
            assert [known(user) for user in page.items] == [known(changed)]
            assert await lists.count_credentials(ACCOUNT, PHONES) == 1
            assert not await lists.delete_credential(OTHER_ACCOUNT, PHONES, sid)
            assert await lists.delete_credential(ACCOUNT, PHONES, sid)
            with pytest.raises(UnknownRecordError):
                await lists.update_credential(changed)

    asyncio.run(run())


def test_a_user_is_in_a_list_once_and_needs_it(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            lists = store.credential_lists
            with pytest.raises(UnknownRecordError):
                await lists.insert_credential(credential())
            await lists.insert(credential_list(1))
            await lists.insert(credential_list(2, name="Desks"))
            await lists.insert_credential(credential(1))
            with pytest.raises(DuplicateError):
                await lists.insert_credential(credential(2))
            await lists.insert_credential(credential(3, username="Alice"))
            await lists.insert_credential(credential(4, users=2))

    asyncio.run(run())


def test_a_mapped_list_cannot_be_deleted_and_takes_its_users_along_later(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            lists, domains = store.credential_lists, store.sip_domains
            await lists.insert(credential_list())
            await lists.insert_credential(credential())
            await domains.insert(sip_domain())
            mapped = await domains.map_credential_list(ACCOUNT, DOMAIN, PHONES, REGISTRATIONS, BORN)
            assert mapped == credential_list()
            with pytest.raises(InUseError):
                await lists.delete(ACCOUNT, PHONES)
            assert await domains.unmap_credential_list(ACCOUNT, DOMAIN, PHONES, REGISTRATIONS)
            assert await lists.delete(ACCOUNT, PHONES)
            assert not await lists.is_any()

    asyncio.run(run())


def test_calls_and_registrations_are_mapped_apart(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            lists, domains = store.credential_lists, store.sip_domains
            await lists.insert(credential_list(1))
            await lists.insert(credential_list(2, name="Foreign", account_sid=OTHER_ACCOUNT))
            await domains.insert(sip_domain())
            for account_sid, number in ((ACCOUNT, 2), (OTHER_ACCOUNT, 2), (ACCOUNT, 9)):
                with pytest.raises(UnknownRecordError):
                    await domains.map_credential_list(
                        account_sid, DOMAIN, numbered("CL", number), CALLS, BORN
                    )
            await domains.map_credential_list(ACCOUNT, DOMAIN, PHONES, CALLS, BORN)
            with pytest.raises(DuplicateError):
                await domains.map_credential_list(ACCOUNT, DOMAIN, PHONES, CALLS, BORN)
            found = await domains.fetch(ACCOUNT, DOMAIN)
            assert found is not None
            assert (found.auth_type, found.has_registration_list) == ("CREDENTIAL_LIST", False)
            await domains.map_credential_list(ACCOUNT, DOMAIN, PHONES, REGISTRATIONS, BORN)
            assert not await domains.unmap_credential_list(OTHER_ACCOUNT, DOMAIN, PHONES, CALLS)
            assert await domains.unmap_credential_list(ACCOUNT, DOMAIN, PHONES, CALLS)
            assert not await domains.unmap_credential_list(ACCOUNT, DOMAIN, PHONES, CALLS)
            found = await domains.find_by_name("office.sip.localhost")
            assert found is not None
            assert (found.auth_type, found.has_registration_list) == ("", True)
            assert await domains.mapped_credential_list(ACCOUNT, DOMAIN, PHONES, CALLS) is None
            assert await domains.mapped_credential_list(ACCOUNT, DOMAIN, PHONES, REGISTRATIONS) is not None
            page = await domains.credential_lists(ACCOUNT, DOMAIN, REGISTRATIONS, PageRequest())
            assert list(page.items) == [credential_list()]

    asyncio.run(run())


def test_a_user_is_found_in_every_list_that_is_mapped_for_it(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.sip_domains.insert(sip_domain())
            for number, scope in ((1, CALLS), (2, CALLS), (3, REGISTRATIONS), (4, None)):
                await store.credential_lists.insert(credential_list(number, name=f"L{number}"))
                await store.credential_lists.insert_credential(credential(number, users=number))
                if scope is not None:
                    sids = (DOMAIN, numbered("CL", number))
                    await store.sip_domains.map_credential_list(ACCOUNT, *sids, scope, BORN)
            assert await sids_of(store, CALLS, "alice") == [numbered("CR", 1), numbered("CR", 2)]
            assert await sids_of(store, REGISTRATIONS, "alice") == [numbered("CR", 3)]
            assert await sids_of(store, CALLS, "Alice") == []

    async def sids_of(store: SqlStore, scope: MappingScope, username: str) -> Sequence[str]:
        return [user.sid for user in await store.sip_domains.find_credentials(DOMAIN, scope, username)]

    asyncio.run(run())


def test_what_changes_who_may_call_changes_the_revision(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            seen = {store.access_revision}

            def is_new() -> bool:
                known_before = store.access_revision in seen
                seen.add(store.access_revision)
                return not known_before

            await store.sip_domains.insert(sip_domain())
            assert is_new()
            await store.credential_lists.insert(credential_list())
            assert is_new()
            await store.credential_lists.insert_credential(credential())
            assert is_new()
            await store.sip_domains.map_credential_list(ACCOUNT, DOMAIN, PHONES, CALLS, BORN)
            assert is_new()
            await store.accounts.save(account())
            assert is_new()
            await store.sip_domains.find_by_name("office.sip.localhost")
            await store.kept_settings.save("sip_realm", "sip.localhost")
            assert not is_new()

    asyncio.run(run())


def test_a_kept_setting_is_kept(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            assert await store.kept_settings.fetch("sip_realm") is None
            await store.kept_settings.save("sip_realm", "one")
            await store.kept_settings.save("sip_realm", "two")
        async with opened(url) as store:
            assert await store.kept_settings.fetch("sip_realm") == "two"

    asyncio.run(run())
