"""What `make run` makes in the store: a Domain, who may call it, the phone that may register."""

import asyncio
import ipaddress
from pathlib import Path

import pytest

from offhook.base.clock import SystemClock
from offhook.base.ids import SeededChance
from offhook.base.redact import Secret
from offhook.model.access_control import IpAddress
from offhook.model.credential import MappingScope
from offhook.sip.digest.algorithm import Algorithm, ha1
from offhook.store.database import SqlStore
from offhook.store.ports import DuplicateError, PageRequest
from offhook.switchboard.provide_domain import WantedDomain, provide_domain
from offhook.switchboard.provide_phone import WantedPhone, provide_phone
from tests.support.stores import ACCOUNT, OTHER_ACCOUNT, REALM, account, opened

NAME = "demo.sip.localhost"
LOOPBACK = ipaddress.IPv4Network("127.0.0.0/8")
LAN = ipaddress.IPv4Network("192.0.2.0/24")
CHANCE = SeededChance(1)
CLOCK = SystemClock()
ALL = PageRequest()


def wanted(
    *callers: ipaddress.IPv4Network, url: str = "http://a.test/", account_sid: str = ACCOUNT
) -> WantedDomain:
    return WantedDomain(account_sid, NAME, "The demo", url, callers, takes_registrations=True)


async def provided(store: SqlStore, domain: WantedDomain) -> list[str]:
    """The networks that may call the Domain once it was provided."""
    made = await provide_domain(domain, store, CLOCK, CHANCE)
    return [str(entry.network) for entry in await store.sip_domains.allowed_addresses(made.sid)]


def test_a_domain_is_made_once_and_kept_up_to_date(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(f"sqlite:///{tmp_path}/db") as store:
            await store.accounts.save(account())
            first = await provide_domain(wanted(LOOPBACK), store, CLOCK, CHANCE)
            assert (first.domain_name, first.sip_registration) == (NAME, True)
            again = await provide_domain(wanted(LOOPBACK, url="http://b.test/"), store, CLOCK, CHANCE)
            assert (again.sid, again.voice_url) == (first.sid, "http://b.test/")
            assert await store.sip_domains.count(ACCOUNT) == 1

    asyncio.run(run())


def test_callers_of_an_earlier_start_go_and_those_that_somebody_added_stay(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(f"sqlite:///{tmp_path}/db") as store:
            await store.accounts.save(account())
            assert await provided(store, wanted(LOOPBACK, LAN)) == ["127.0.0.0/8", "192.0.2.0/24"]
            (acl,) = (await store.ip_access_control_lists.list(ACCOUNT, ALL)).items
            now = CLOCK.utc_now()
            added = IpAddress("IP" + "7" * 32, ACCOUNT, acl.sid, "Lab", "198.51.100.1", 32, now, now)
            await store.ip_access_control_lists.insert_address(added)
            assert await provided(store, wanted(LOOPBACK)) == ["127.0.0.0/8", "198.51.100.1/32"]

    asyncio.run(run())


def test_a_domain_of_another_account_is_left_alone(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(f"sqlite:///{tmp_path}/db") as store:
            await store.accounts.save(account())
            await store.accounts.save(account(OTHER_ACCOUNT))
            await provide_domain(wanted(LOOPBACK, account_sid=OTHER_ACCOUNT), store, CLOCK, CHANCE)
            with pytest.raises(DuplicateError, match="another account"):
                await provide_domain(wanted(LOOPBACK), store, CLOCK, CHANCE)

    asyncio.run(run())


def test_a_phone_may_register_and_has_the_password_of_the_last_start(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(f"sqlite:///{tmp_path}/db") as store:
            await store.accounts.save(account())
            domain = await provide_domain(wanted(LOOPBACK), store, CLOCK, CHANCE)
            sids = set()
            for password in ("Secret-123456", "Secret-123456", "Another-12345"):
                await provide_phone(
                    WantedPhone(domain, "phone", Secret(password), REALM), store, CLOCK, CHANCE
                )
                (user,) = await store.sip_domains.find_credentials(
                    domain.sid, MappingScope.REGISTRATIONS, "phone"
                )
                sids.add(user.sid)
                assert user.ha1_md5.reveal() == ha1("phone", REALM, password, Algorithm.MD5)
                assert user.ha1_sha256.reveal() == ha1("phone", REALM, password, Algorithm.SHA_256)
            assert len(sids) == 1
            found = await store.sip_domains.find_by_name(NAME)
            assert found is not None
            assert (found.auth_type, found.has_registration_list) == ("IP_ACL", True)

    asyncio.run(run())
