"""BYOC trunks, their policies and targets, who is known by the address, and registrations at carriers."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Network

import pytest

from offhook.base.redact import Secret
from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.carrier_registration import CarrierRegistration
from offhook.model.connection_policy import ConnectionPolicy, ConnectionPolicyTarget
from offhook.model.ip_record import IpRecord, MappedSource, SourceIpMapping
from offhook.store.ports import DuplicateError, InUseError, PageRequest, UnknownRecordError
from tests.support.stores import ACCOUNT, BORN, OTHER_ACCOUNT, numbered, opened, sip_domain

POLICY = ConnectionPolicy(numbered("NY", 1), ACCOUNT, BORN, BORN, "Carrier")
TRUNK = ByocTrunk(
    sid=numbered("BY", 1),
    account_sid=ACCOUNT,
    created_at=BORN,
    updated_at=BORN,
    friendly_name="Carrier",
    voice_url="https://app.example/voice",
    voice_method="GET",
    cnam_lookup_enabled=True,
    connection_policy_sid=POLICY.sid,
    from_domain_sid=numbered("SD", 1),
)
RECORD = IpRecord(numbered("IL", 1), ACCOUNT, "192.0.2.7", BORN, BORN, "SBC", 24)
MAPPING = SourceIpMapping(numbered("IB", 1), ACCOUNT, RECORD.sid, numbered("SD", 1), BORN, BORN)
REGISTRATION = CarrierRegistration(
    TRUNK.sid, ACCOUNT, "sip:carrier.example", "4930123", Secret("pass word"), BORN, BORN, expires_s=300
)


def target(number: int, *, account_sid: str = ACCOUNT, seconds: float = 0) -> ConnectionPolicyTarget:
    at = BORN + timedelta(seconds=seconds)
    return ConnectionPolicyTarget(
        numbered("NE", number), account_sid, POLICY.sid, "sip:carrier.example", at, at, priority=number
    )


def test_a_trunk_comes_back_whole_and_refers_to_its_own_accounts_records(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.sip_domains.insert(sip_domain())
            with pytest.raises(UnknownRecordError):
                await store.byoc_trunks.insert(TRUNK)
            await store.connection_policies.insert(POLICY)
            with pytest.raises(UnknownRecordError):
                await store.byoc_trunks.insert(replace(TRUNK, account_sid=OTHER_ACCOUNT))
            await store.byoc_trunks.insert(TRUNK)
            assert await store.byoc_trunks.fetch(ACCOUNT, TRUNK.sid) == TRUNK
            assert await store.byoc_trunks.fetch(OTHER_ACCOUNT, TRUNK.sid) is None
            assert await store.byoc_trunks.find_named(ACCOUNT, "Carrier") == TRUNK
            assert await store.byoc_trunks.find_named(OTHER_ACCOUNT, "Carrier") is None
            with pytest.raises(InUseError):
                await store.connection_policies.delete(ACCOUNT, POLICY.sid)
            assert await store.sip_domains.delete(ACCOUNT, sip_domain().sid)
            left = await store.byoc_trunks.fetch(ACCOUNT, TRUNK.sid)
            assert left == replace(TRUNK, from_domain_sid=None)
            changed = replace(TRUNK, from_domain_sid=None, connection_policy_sid=None)
            await store.byoc_trunks.update(changed)
            assert await store.connection_policies.delete(ACCOUNT, POLICY.sid)
            assert not await store.byoc_trunks.delete(OTHER_ACCOUNT, TRUNK.sid)
            assert await store.byoc_trunks.delete(ACCOUNT, TRUNK.sid)
            assert await store.byoc_trunks.count(ACCOUNT) == 0

    asyncio.run(run())


def test_the_oldest_domain_of_a_trunk_is_found(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            assert await store.byoc_trunks.first_domain(ACCOUNT, TRUNK.sid) is None
            for number, minutes in ((1, 5), (2, 1), (3, 0)):
                domain = sip_domain(number, name=f"d{number}.sip.localhost")
                trunk_sid = TRUNK.sid if number != 3 else None
                born = BORN + timedelta(minutes=minutes)
                await store.sip_domains.insert(replace(domain, byoc_trunk_sid=trunk_sid, created_at=born))
            assert await store.byoc_trunks.first_domain(ACCOUNT, TRUNK.sid) == "d2.sip.localhost"
            assert await store.byoc_trunks.first_domain(OTHER_ACCOUNT, TRUNK.sid) is None

    asyncio.run(run())


def test_targets_go_with_their_policy_and_keep_their_order(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            targets = store.connection_policy_targets
            with pytest.raises(UnknownRecordError):
                await targets.insert(target(1))
            await store.connection_policies.insert(POLICY)
            with pytest.raises(UnknownRecordError):
                await targets.insert(target(1, account_sid=OTHER_ACCOUNT))
            for number in (1, 2, 3):
                await targets.insert(target(number, seconds=number))
            assert await targets.all_of(ACCOUNT, POLICY.sid) == [target(n, seconds=n) for n in (1, 2, 3)]
            assert await targets.all_of(OTHER_ACCOUNT, POLICY.sid) == []
            page = await targets.list_of(ACCOUNT, POLICY.sid, PageRequest(size=2))
            assert [one.priority for one in page.items] == [3, 2]
            await store.connection_policies.delete(ACCOUNT, POLICY.sid)
            assert await targets.count(ACCOUNT) == 0

    asyncio.run(run())


def test_an_address_leads_to_one_domain_and_goes_with_it(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.sip_domains.insert(sip_domain())
            await store.ip_records.insert(RECORD)
            twice = replace(RECORD, sid=numbered("IL", 2), ip_address="192.0.2.200")
            with pytest.raises(DuplicateError):
                await store.ip_records.insert(twice)
            before = store.access_revision
            await store.source_ip_mappings.insert(MAPPING)
            assert store.access_revision > before
            with pytest.raises(DuplicateError):
                await store.source_ip_mappings.insert(replace(MAPPING, sid=numbered("IB", 2)))
            with pytest.raises(UnknownRecordError):
                await store.source_ip_mappings.update(replace(MAPPING, sip_domain_sid=numbered("SD", 9)))
            assert await store.source_ip_mappings.mapped(10) == [
                MappedSource(IPv4Network("192.0.2.0/24"), ACCOUNT, sip_domain().sid)
            ]
            with pytest.raises(InUseError):
                await store.ip_records.delete(ACCOUNT, RECORD.sid)
            await store.sip_domains.delete(ACCOUNT, sip_domain().sid)
            assert await store.source_ip_mappings.mapped(10) == []
            assert await store.ip_records.delete(ACCOUNT, RECORD.sid)

    asyncio.run(run())


def test_a_registration_is_its_trunks_and_keeps_its_password(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            with pytest.raises(UnknownRecordError):
                await store.carrier_registrations.insert(REGISTRATION)
            await store.byoc_trunks.insert(ByocTrunk(TRUNK.sid, ACCOUNT, BORN, BORN))
            await store.carrier_registrations.insert(REGISTRATION)
            assert "pass word" not in repr(REGISTRATION)
            (kept,) = await store.carrier_registrations.load(10)
            assert (kept.password.reveal(), kept.expires_s, kept.proxy) == ("pass word", 300, None)
            with pytest.raises(DuplicateError):
                await store.carrier_registrations.insert(REGISTRATION)
            assert await store.byoc_trunks.delete(ACCOUNT, TRUNK.sid)
            assert await store.carrier_registrations.fetch(ACCOUNT, TRUNK.sid) is None

    asyncio.run(run())
