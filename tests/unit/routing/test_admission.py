"""Who may call (reference/sip-interface 1.1, 2)."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from offhook.base.errors import UsageError
from offhook.routing.admission import Admitted, TurnedAway, admit
from offhook.routing.settings import Settings
from offhook.routing.sip_domain import DomainNames
from offhook.store.ports import Store
from tests.support.stores import ACCOUNT, access_list, address, numbered, opened, sip_domain

OWN_ADDRESSES = frozenset({"192.0.2.50"})
NAMES = DomainNames(("sip.localhost", "sip.twilio.com"))
SETTINGS = Settings(NAMES)
Decide = Callable[..., Admitted | TurnedAway]


async def prepare(store: Store) -> None:
    """`office` is open to 192.0.2.0/24, `empty` has an empty list, `closed` has none."""
    lists = store.ip_access_control_lists
    for number, name in enumerate(("office", "empty", "closed"), start=1):
        await store.sip_domains.insert(sip_domain(number, name=f"{name}.sip.localhost"))
    await lists.insert(access_list(1))
    await lists.insert(access_list(2, name="Empty"))
    await lists.insert_address(address(1, ip="198.51.100.9"))
    await lists.insert_address(address(2, ip="192.0.2.0", prefix=24))
    await store.sip_domains.map_ip_acl(ACCOUNT, numbered("SD", 1), numbered("AL", 1))
    await store.sip_domains.map_ip_acl(ACCOUNT, numbered("SD", 2), numbered("AL", 2))


@pytest.fixture
def decide(tmp_path: Path) -> Decide:
    def ask(host: str, source_ip: str, settings: Settings = SETTINGS) -> Admitted | TurnedAway:
        async def run() -> Admitted | TurnedAway:
            async with opened(f"sqlite:///{tmp_path / 'offhook.db'}") as store:
                await prepare(store)
                return await admit(
                    host, source_ip, called_at=OWN_ADDRESSES, domains=store.sip_domains, settings=settings
                )

        return asyncio.run(run())

    return ask


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("office.sip.localhost", "192.0.2.1"),
        ("office.sip.localhost", "192.0.2.255"),
        ("office.sip.localhost", "198.51.100.9"),
        ("OFFICE.sip.twilio.com", "192.0.2.1"),
        ("office.sip.dublin.twilio.com", "192.0.2.1"),
        ("office.sip.localhost", "::ffff:192.0.2.1"),
    ],
)
def test_a_listed_source_is_admitted(decide: Decide, host: str, source: str) -> None:
    answer = decide(host, source)
    assert isinstance(answer, Admitted)
    assert answer.domain.domain_name == "office.sip.localhost"


@pytest.mark.parametrize("source", ["192.0.3.1", "198.51.100.10", "2001:db8::1", "127.0.0.1"])
def test_another_source_is_turned_away_with_32201(decide: Decide, source: str) -> None:
    answer = decide("office.sip.localhost", source)
    assert isinstance(answer, TurnedAway)
    assert (answer.status, answer.twilio_code) == (403, 32201)
    assert answer.text == "Authentication failure - source IP Address not in ACL"
    assert answer.domain is not None
    assert source in answer.matched


def test_an_empty_list_admits_nobody(decide: Decide) -> None:
    answer = decide("empty.sip.localhost", "192.0.2.1")
    assert isinstance(answer, TurnedAway)
    assert (answer.status, answer.twilio_code) == (403, 32201)


def test_without_a_list_nobody_is_admitted_32200(decide: Decide) -> None:
    answer = decide("closed.sip.localhost", "192.0.2.1")
    assert isinstance(answer, TurnedAway)
    assert (answer.status, answer.twilio_code) == (403, 32200)
    assert answer.domain is not None


@pytest.mark.parametrize(
    "host", ["nobody.sip.localhost", "example.com", "192.0.2.50", "localhost", "127.0.0.1", "[::1]", ""]
)
def test_no_domain_is_403_without_a_code(decide: Decide, host: str) -> None:
    answer = decide(host, "192.0.2.1")
    assert isinstance(answer, TurnedAway)
    assert (answer.status, answer.twilio_code, answer.domain) == (403, None, None)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]", "192.0.2.50"])
def test_the_default_domain_answers_for_the_nodes_own_addresses(decide: Decide, host: str) -> None:
    settings = Settings(NAMES, default_domain="office")
    answer = decide(host, "192.0.2.1", settings)
    assert isinstance(answer, Admitted)
    assert answer.domain.domain_name == "office.sip.localhost"


@pytest.mark.parametrize("host", ["192.0.2.51", "example.com", "office"])
def test_the_default_domain_answers_for_nothing_else(decide: Decide, host: str) -> None:
    settings = Settings(NAMES, default_domain="office")
    answer = decide(host, "192.0.2.1", settings)
    assert isinstance(answer, TurnedAway)
    assert answer.twilio_code is None


def test_a_default_domain_that_does_not_exist_is_403(decide: Decide) -> None:
    answer = decide("localhost", "192.0.2.1", Settings(NAMES, default_domain="gone"))
    assert isinstance(answer, TurnedAway)
    assert answer.domain is None


def test_a_source_that_is_no_address_is_our_own_mistake(decide: Decide) -> None:
    with pytest.raises(UsageError):
        decide("office.sip.localhost", "alice")
