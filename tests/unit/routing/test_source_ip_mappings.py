"""Carriers that are known by their address: which Domain they call, and that its lists are not asked."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from offhook.base.ids import SeededChance
from offhook.model.account import AccountStatus
from offhook.model.ip_record import IpRecord, SourceIpMapping
from offhook.routing.admission import Decision, admit
from offhook.routing.decision import Admitted, TurnedAway
from offhook.routing.directory import Directory
from offhook.routing.door import Door
from offhook.routing.sip_domain import DomainNames
from offhook.sip.digest.server import DigestGate
from offhook.sip.digest.settings import Settings as DigestSettings
from offhook.sip.flow import Transport
from offhook.store.database import SqlStore
from tests.support.arrival import NODE, arrival
from tests.support.stores import ACCOUNT, BORN, REALM, account, numbered, opened, sip_domain

CARRIER, WIDE = "192.0.2.7", "192.0.2.0"
NAMES = DomainNames(("sip.localhost",))
Answer = Decision


async def prepare(store: SqlStore) -> None:
    """`one` and `two` have no lists, `default` answers for the node's addresses; the carrier calls `one`."""
    await store.accounts.save(account())
    for number, name in enumerate(("one", "two", "default"), start=1):
        await store.sip_domains.insert(sip_domain(number, name=f"{name}.sip.localhost"))
    for number, (ip, prefix) in enumerate(((WIDE, 24), (CARRIER, 32)), start=1):
        record = IpRecord(numbered("IL", number), ACCOUNT, ip, BORN, BORN, cidr_prefix_length=prefix)
        await store.ip_records.insert(record)
    await store.source_ip_mappings.insert(mapping(2, domain=1))
    await store.source_ip_mappings.insert(mapping(1, domain=2))


def mapping(number: int, *, domain: int) -> SourceIpMapping:
    sid, record, domain_sid = numbered("IB", number), numbered("IL", number), numbered("SD", domain)
    return SourceIpMapping(sid, ACCOUNT, record, domain_sid, BORN, BORN)


def decided(
    folder: Path, asked: Sequence[tuple[str, str]], *, change: str = "", transport: Transport = Transport.UDP
) -> list[Answer]:
    """One INVITE after the other, as (host, source); `change` comes between them."""

    async def run() -> list[Answer]:
        async with opened(f"sqlite:///{folder / 'offhook.db'}") as store:
            await prepare(store)
            gate = DigestGate(DigestSettings(REALM), SeededChance(1))
            door = Door(Directory(store, NAMES, "default"), gate)
            answers = []
            for host, source in asked:
                request, flow = arrival("INVITE", f"sip:+4930@{host}", source=source, transport=transport)
                answers.append(await admit(request, flow, door, 0.0))
                if change == "unmap":
                    await store.source_ip_mappings.delete(ACCOUNT, numbered("IB", 2))
                elif change == "secure":
                    domain = replace(sip_domain(1, name="one.sip.localhost"), secure=True)
                    await store.sip_domains.update(domain)
                elif change == "suspend":
                    await store.accounts.save(replace(account(), status=AccountStatus.SUSPENDED))
            return answers

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("host", "source", "domain"),
    [
        (NODE.host, CARRIER, "one"),
        ("localhost", CARRIER, "one"),
        ("sbc.carrier.example", CARRIER, "one"),
        ("nobody.sip.localhost", CARRIER, "one"),
        ("one.sip.localhost", CARRIER, "one"),
        (NODE.host, "192.0.2.8", "two"),
        (NODE.host, f"::ffff:{CARRIER}", "one"),
    ],
)
def test_a_mapped_source_calls_its_domain_without_its_lists(
    tmp_path: Path, host: str, source: str, domain: str
) -> None:
    (answer,) = decided(tmp_path, [(host, source)])
    assert isinstance(answer, Admitted)
    assert (answer.domain.domain_name, answer.username) == (f"{domain}.sip.localhost", None)


@pytest.mark.parametrize(
    ("host", "source", "domain"),
    [
        ("two.sip.localhost", CARRIER, "two"),
        (NODE.host, "198.51.100.1", "default"),
        ("one.sip.localhost", "198.51.100.1", "one"),
        ("one.sip.localhost", "2001:db8::7", "one"),
    ],
)
def test_another_domain_or_source_is_held_against_the_lists(
    tmp_path: Path, host: str, source: str, domain: str
) -> None:
    (answer,) = decided(tmp_path, [(host, source)])
    assert isinstance(answer, TurnedAway)
    assert answer.domain is not None
    assert (answer.twilio_code, answer.domain.domain_name) == (32200, f"{domain}.sip.localhost")


def test_a_mapping_that_is_deleted_counts_no_longer(tmp_path: Path) -> None:
    before, after = decided(tmp_path, [("localhost", CARRIER)] * 2, change="unmap")
    assert isinstance(before, Admitted)
    assert isinstance(after, Admitted)
    assert (before.domain.domain_name, after.domain.domain_name) == ("one.sip.localhost", "two.sip.localhost")


@pytest.mark.parametrize(("change", "code"), [("secure", 32209), ("suspend", 10001)])
def test_a_mapped_source_is_bound_to_what_is_no_list(tmp_path: Path, change: str, code: int) -> None:
    before, after = decided(tmp_path, [("localhost", CARRIER)] * 2, change=change)
    assert isinstance(before, Admitted)
    assert isinstance(after, TurnedAway)
    assert after.twilio_code == code
