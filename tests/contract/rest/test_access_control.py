"""Access lists, addresses and mappings as the Twilio SDK sees them (reference/rest-api 2.9, 4.3)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException

from offhook.model.access_control import IpAddress
from tests.support.api import ACCOUNT_SID, RunningApi, running_api
from tests.support.stores import access_list, numbered

NOWHERE = numbered("AL", 99)


async def code_of(api: RunningApi, act: Callable[..., Any], *arguments: object) -> int:
    with pytest.raises(TwilioRestException) as caught:
        await api.ask(act, *arguments)
    return int(caught.value.code)


def test_a_list_and_its_addresses_live(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            acl = await api.ask(lambda c: c.sip.ip_access_control_lists.create(friendly_name="Desks"))
            assert (acl.friendly_name, acl.account_sid) == ("Desks", ACCOUNT_SID)
            acl = await api.ask(
                lambda c: c.sip.ip_access_control_lists(acl.sid).update(friendly_name="Rooms")
            )
            fetched = await api.ask(lambda c: c.sip.ip_access_control_lists(acl.sid).fetch())
            assert fetched.friendly_name == "Rooms"
            listed = await api.ask(lambda c: c.sip.ip_access_control_lists.list())
            assert [one.sid for one in listed] == [acl.sid]

            made = await api.ask(
                lambda c: c.sip.ip_access_control_lists(acl.sid).ip_addresses.create(
                    friendly_name="Alice", ip_address="192.0.2.7"
                )
            )
            assert (made.ip_address, made.cidr_prefix_length) == ("192.0.2.7", 32)
            assert made.ip_access_control_list_sid == acl.sid
            changed = await api.ask(
                lambda c: (
                    c.sip.ip_access_control_lists(acl.sid)
                    .ip_addresses(made.sid)
                    .update(cidr_prefix_length=24)
                )
            )
            assert (changed.ip_address, changed.cidr_prefix_length, changed.friendly_name) == (
                "192.0.2.7",
                24,
                "Alice",
            )
            one = await api.ask(
                lambda c: c.sip.ip_access_control_lists(acl.sid).ip_addresses(made.sid).fetch()
            )
            assert one.cidr_prefix_length == 24
            entries = await api.ask(lambda c: c.sip.ip_access_control_lists(acl.sid).ip_addresses.list())
            assert [entry.sid for entry in entries] == [made.sid]
            assert await api.ask(
                lambda c: c.sip.ip_access_control_lists(acl.sid).ip_addresses(made.sid).delete()
            )
            assert await api.ask(lambda c: c.sip.ip_access_control_lists(acl.sid).delete())
            assert await code_of(api, lambda c: c.sip.ip_access_control_lists(acl.sid).fetch()) == 20404

    asyncio.run(run())


def test_each_error_of_a_list(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.ask(lambda c: c.sip.ip_access_control_lists.create(friendly_name="Desks"))
            other = await api.ask(lambda c: c.sip.ip_access_control_lists.create(friendly_name="Rooms"))
            for name in ("", "x" * 256, "Desks", "a\nb"):
                assert await code_of(api, lambda c, n: c.sip.ip_access_control_lists.create(n), name) == 21235
                assert (
                    await code_of(api, lambda c, n: c.sip.ip_access_control_lists(other.sid).update(n), name)
                    == 21235
                )
            for act in (
                lambda c: c.sip.ip_access_control_lists(NOWHERE).fetch(),
                lambda c: c.sip.ip_access_control_lists(NOWHERE).update(friendly_name="x"),
                lambda c: c.sip.ip_access_control_lists(NOWHERE).delete(),
                lambda c: c.sip.ip_access_control_lists(NOWHERE).ip_addresses.create("x", "192.0.2.1"),
                lambda c: c.sip.ip_access_control_lists(other.sid).ip_addresses("IP1").fetch(),
                lambda c: c.sip.ip_access_control_lists(other.sid).ip_addresses("IP1").update(),
                lambda c: c.sip.ip_access_control_lists(other.sid).ip_addresses("IP1").delete(),
            ):
                assert await code_of(api, act) == 20404

    asyncio.run(run())


@pytest.mark.parametrize(
    "parameters",
    [
        {"ip_address": "192.0.2"},
        {"ip_address": "192.0.2.256"},
        {"ip_address": "2001:db8::1"},
        {"ip_address": "192.0.2.0/24"},
        {"ip_address": "alice"},
        {"ip_address": ""},
        {"cidr_prefix_length": 0},
        {"cidr_prefix_length": 33},
        {"cidr_prefix_length": "x"},
        {"friendly_name": ""},
        {"friendly_name": "x" * 256},
    ],
)
def test_each_bad_address_is_21238(tmp_path: Path, parameters: dict[str, Any]) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            acl = await api.ask(lambda c: c.sip.ip_access_control_lists.create(friendly_name="Desks"))
            sent = {"friendly_name": "Alice", "ip_address": "192.0.2.7", **parameters}
            assert (
                await code_of(
                    api, lambda c: c.sip.ip_access_control_lists(acl.sid).ip_addresses.create(**sent)
                )
                == 21238
            )

    asyncio.run(run())


def test_a_block_twice_is_21235(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            acl = await api.ask(lambda c: c.sip.ip_access_control_lists.create(friendly_name="Desks"))

            def create(c: Any) -> Any:
                addresses = c.sip.ip_access_control_lists(acl.sid).ip_addresses
                return addresses.create("Alice", "192.0.2.7", cidr_prefix_length=24)

            await api.ask(create)
            assert await code_of(api, create) == 21235

    asyncio.run(run())


def test_the_limits_are_21255_and_21237(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            lists = api.store.ip_access_control_lists
            acls = [access_list(n, name=f"L{n}", account_sid=ACCOUNT_SID) for n in range(1000)]
            await asyncio.gather(*(lists.insert(acl) for acl in acls))
            assert (
                await code_of(api, lambda c: c.sip.ip_access_control_lists.create(friendly_name="One more"))
                == 21255
            )
            for n in range(100):
                at = acls[0].created_at
                await lists.insert_address(
                    IpAddress(numbered("IP", n), ACCOUNT_SID, acls[0].sid, "Desk", f"192.0.2.{n}", 32, at, at)
                )
            assert (
                await code_of(
                    api,
                    lambda c: c.sip.ip_access_control_lists(acls[0].sid).ip_addresses.create(
                        "Desk", "192.0.2.200"
                    ),
                )
                == 21237
            )
            everything = await api.ask(lambda c: c.sip.ip_access_control_lists.list(limit=5000))
            assert len({one.sid for one in everything}) == 1000

    asyncio.run(run())


def test_both_spellings_of_a_mapping_are_one_set(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            domain = await api.ask(lambda c: c.sip.domains.create(domain_name="office.sip.localhost"))
            acl = await api.ask(lambda c: c.sip.ip_access_control_lists.create(friendly_name="Desks"))

            def older(c: Any) -> Any:
                return c.sip.domains(domain.sid).ip_access_control_list_mappings

            def newer(c: Any) -> Any:
                return c.sip.domains(domain.sid).auth.calls.ip_access_control_list_mappings

            made = await api.ask(lambda c: newer(c).create(ip_access_control_list_sid=acl.sid))
            assert (made.sid, made.friendly_name) == (acl.sid, "Desks")
            old = await api.ask(
                lambda c: c.sip.domains(domain.sid).ip_access_control_list_mappings(acl.sid).fetch()
            )
            assert (old.sid, old.domain_sid) == (acl.sid, domain.sid)
            for spelling in (older, newer):
                listed = await api.ask(lambda c, s: s(c).list(), spelling)
                assert [mapping.sid for mapping in listed] == [acl.sid]
                assert await code_of(api, lambda c, s: s(c).create(acl.sid), spelling) == 21231
            fetched = await api.ask(lambda c: c.sip.domains(domain.sid).fetch())
            assert fetched.auth_type == "IP_ACL"
            assert await code_of(api, lambda c: c.sip.ip_access_control_lists(acl.sid).delete()) == 21236
            assert await api.ask(
                lambda c: c.sip.domains(domain.sid).ip_access_control_list_mappings(acl.sid).delete()
            )
            assert await api.ask(lambda c: newer(c).list()) == []

            def fetch(c: Any) -> Any:
                return c.sip.domains(domain.sid).auth.calls.ip_access_control_list_mappings(acl.sid).fetch()

            assert await code_of(api, fetch) == 20404

    asyncio.run(run())


def test_each_error_of_a_mapping(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            domain = await api.ask(lambda c: c.sip.domains.create(domain_name="office.sip.localhost"))
            for sid in ("", "AL1", NOWHERE):
                assert (
                    await code_of(
                        api,
                        lambda c, s: c.sip.domains(domain.sid).ip_access_control_list_mappings.create(s),
                        sid,
                    )
                    == 21231
                )
            nowhere = numbered("SD", 99)
            for act in (
                lambda c: c.sip.domains(domain.sid).ip_access_control_list_mappings(NOWHERE).fetch(),
                lambda c: c.sip.domains(domain.sid).ip_access_control_list_mappings(NOWHERE).delete(),
                lambda c: c.sip.domains(nowhere).ip_access_control_list_mappings.create(NOWHERE),
                lambda c: c.sip.domains(nowhere).ip_access_control_list_mappings(NOWHERE).fetch(),
                lambda c: c.sip.domains(nowhere).ip_access_control_list_mappings(NOWHERE).delete(),
            ):
                assert await code_of(api, act) == 20404

    asyncio.run(run())
