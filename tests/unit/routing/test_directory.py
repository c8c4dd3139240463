"""Who may call and register, kept in memory for as long as nothing changes."""

import asyncio
from collections.abc import Sequence
from unittest.mock import patch

from offhook.model.credential import Credential, MappingScope
from offhook.model.sip_domain import SipDomain
from offhook.routing import directory as module
from offhook.routing.directory import Directory
from offhook.routing.sip_domain import DomainNames
from tests.support.arrival import arrival
from tests.support.memory_store import DOMAIN, MemoryDomains, MemoryStore
from tests.support.stores import credential

NAMES = DomainNames(("sip.localhost", "sip.twilio.com"))
_, FLOW = arrival("INVITE", "sip:a@app.sip.localhost")


class CountedDomains(MemoryDomains):
    """Counts what is read, and lets somebody write meanwhile."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(DOMAIN)
        self.store = store
        self.reads = 0
        self.is_written_meanwhile = False

    async def find_by_name(self, domain_name: str) -> SipDomain | None:
        self.reads += 1
        if self.is_written_meanwhile:
            self.store.access_revision += 1
        return await super().find_by_name(domain_name)

    async def find_credentials(
        self, domain_sid: str, scope: MappingScope, username: str
    ) -> Sequence[Credential]:
        self.reads += 1
        return await super().find_credentials(domain_sid, scope, username)


def counted() -> tuple[MemoryStore, CountedDomains, Directory]:
    store = MemoryStore()
    domains = CountedDomains(store)
    store.sip_domains = domains
    return store, domains, Directory(store.as_store, NAMES)


def test_a_domain_is_read_once_until_something_changes() -> None:
    async def run() -> None:
        store, domains, directory = counted()
        for _ in range(3):
            assert await directory.find_domain("app.sip.localhost", FLOW) == DOMAIN
        assert domains.reads == 1
        store.access_revision += 1
        assert await directory.find_domain("app.sip.localhost", FLOW) == DOMAIN
        assert domains.reads == 2

    asyncio.run(run())


def test_what_is_not_there_is_remembered_too() -> None:
    async def run() -> None:
        _, domains, directory = counted()
        for _ in range(3):
            assert await directory.find_domain("nobody.sip.localhost", FLOW) is None
        assert domains.reads == 2  # one for each suffix

    asyncio.run(run())


def test_what_was_read_while_somebody_wrote_is_not_kept() -> None:
    async def run() -> None:
        _, domains, directory = counted()
        domains.is_written_meanwhile = True
        await directory.find_domain("app.sip.localhost", FLOW)
        domains.is_written_meanwhile = False
        await directory.find_domain("app.sip.localhost", FLOW)
        assert domains.reads == 2

    asyncio.run(run())


def test_users_are_found_by_scope_and_a_long_name_is_nobodys() -> None:
    async def run() -> None:
        _, domains, directory = counted()
        domains.users[MappingScope.CALLS] = [credential()]
        for _ in range(2):
            found = await directory.credentials(DOMAIN, MappingScope.CALLS, "alice")
            assert [user.sid for user in found] == [credential().sid]
        assert await directory.credentials(DOMAIN, MappingScope.REGISTRATIONS, "alice") == []
        assert domains.reads == 2
        assert await directory.credentials(DOMAIN, MappingScope.CALLS, "a" * 33) == ()
        assert domains.reads == 2

    asyncio.run(run())


def test_what_is_kept_is_bounded() -> None:
    async def run() -> None:
        with patch.object(module, "CREDENTIALS_MAX", 2):
            _, domains, directory = counted()
        for name in ("a", "b", "c", "b", "c"):
            await directory.credentials(DOMAIN, MappingScope.CALLS, name)
        assert domains.reads == 3
        await directory.credentials(DOMAIN, MappingScope.CALLS, "a")
        assert domains.reads == 4

    asyncio.run(run())


def test_spellings_of_hosts_are_bounded() -> None:
    _, _, directory = counted()
    with patch.object(module, "DOMAINS_MAX", 10):
        for number in range(100):
            assert directory.spellings(f"n{number}.sip.localhost", FLOW)
        assert len(directory._spellings) <= 10
    assert directory.spellings("n" * 300, FLOW) == ()
