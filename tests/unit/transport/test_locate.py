"""RFC 3263 by its rules, over a zone in a dictionary."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from offhook.base.ids import SeededChance
from offhook.sip.error import SipError
from offhook.sip.flow import Address, Transport
from offhook.sip.uri import SipUri
from offhook.transport.locate import TARGETS_MAX, Naptr, Srv, in_order, locate
from offhook.transport.ports import NoRouteError, Target

BOTH = frozenset((Transport.UDP, Transport.TCP))


@dataclass
class Zone:
    """`locate.Lookup` over dictionaries, remembering what was asked."""

    naptrs: dict[str, list[Naptr]] = field(default_factory=dict)
    srvs: dict[str, list[Srv]] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def naptr(self, name: str) -> Sequence[Naptr]:
        self.asked.append(f"NAPTR {name}")
        return self.naptrs.get(name, [])

    async def srv(self, name: str) -> Sequence[Srv]:
        self.asked.append(f"SRV {name}")
        return self.srvs.get(name, [])

    async def addresses(self, name: str) -> Sequence[str]:
        self.asked.append(f"A {name}")
        return self.hosts.get(name, [])


def located(uri: str, zone: Zone, spoken: frozenset[Transport] = BOTH) -> list[str]:
    targets = asyncio.run(locate(SipUri.parse(uri), zone, SeededChance(3263), spoken))
    return [str(target) for target in targets]


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("sip:x@192.0.2.7", "192.0.2.7:5060 over UDP"),
        ("sip:x@192.0.2.7:5080", "192.0.2.7:5080 over UDP"),
        ("sip:x@192.0.2.7;transport=TCP", "192.0.2.7:5060 over TCP"),
        ("sip:x@[2001:db8::1]:5070", "[2001:db8::1]:5070 over UDP"),
    ],
)
def test_a_numeric_host_needs_no_dns(uri: str, target: str) -> None:
    zone = Zone()
    assert located(uri, zone) == [target]
    assert zone.asked == []


@pytest.mark.parametrize(
    ("uri", "targets"),
    [
        ("sips:x@192.0.2.7", ["192.0.2.7:5061 over TLS for "]),
        ("sip:x@192.0.2.7:7061;transport=tls", ["192.0.2.7:7061 over TLS for "]),
        ("sip:x@192.0.2.7;transport=tls;certified%20as=a.example", ["192.0.2.7:5061 over TLS for "]),
        ("sip:x@host.example;transport=tls", ["192.0.2.1:5061 over TLS for host.example"]),
        ("sips:x@host.example:7061", ["192.0.2.1:7061 over TLS for host.example"]),
        ("sips:x@served.example;transport=tcp", ["192.0.2.1:6061 over TLS for served.example"]),
        ("sip:x@pointed.example", ["192.0.2.1:6061 over TLS for pointed.example"]),
    ],
)
def test_a_target_of_tls_says_whom_its_certificate_is_to_name(uri: str, targets: list[str]) -> None:
    """The domain of the URI, never the host that DNS led to (RFC 5922 §4)."""
    zone = Zone(
        naptrs={"pointed.example": [Naptr(10, 10, "SIPS+D2T", "_sips._tcp.served.example")]},
        srvs={"_sips._tcp.served.example": [Srv(10, 0, "host.example", 6061)]},
        hosts={"host.example": ["192.0.2.1"]},
    )
    spoken = BOTH | {Transport.TLS}
    found = asyncio.run(locate(SipUri.parse(uri), zone, SeededChance(3263), spoken))
    assert [f"{target} for {target.domain}" for target in found] == targets
    for target in found:
        again = asyncio.run(locate(target.as_uri, Zone(), SeededChance(3263), spoken))
        assert again == (target,)


@pytest.mark.parametrize(
    "target",
    [
        Target(Transport.TLS, Address("192.0.2.7", 7061), "a.example"),
        Target(Transport.TLS, Address("192.0.2.7", 7061), is_verified=False),
        Target(Transport.WSS, Address("192.0.2.7", 40_000), serial=2**30),
    ],
)
def test_a_target_is_found_again_by_its_uri_with_all_that_is_known_of_it(target: Target) -> None:
    spoken = frozenset(Transport)
    assert asyncio.run(locate(target.as_uri, Zone(), SeededChance(3263), spoken)) == (target,)
    with pytest.raises(SipError):
        SipUri.parse(str(target.as_uri))  # and by nobody else: it cannot come from outside


@pytest.mark.parametrize("uri", ["sip:x@y.invalid;transport=ws", "sips:x@host.example;transport=WSS"])
def test_a_websocket_is_never_looked_for(uri: str) -> None:
    zone = Zone(hosts={"host.example": ["192.0.2.1"]})
    with pytest.raises(NoRouteError, match="opened by its client alone"):
        asyncio.run(locate(SipUri.parse(uri), zone, SeededChance(3263), frozenset(Transport)))
    assert zone.asked == []


def test_a_port_skips_naptr_and_srv() -> None:
    zone = Zone(hosts={"example.com": ["192.0.2.1", "192.0.2.2"]})
    assert located("sip:x@example.com:5080", zone) == ["192.0.2.1:5080 over UDP", "192.0.2.2:5080 over UDP"]
    assert zone.asked == ["A example.com"]


def test_a_transport_without_a_port_asks_its_srv_records() -> None:
    zone = Zone(
        srvs={"_sip._tcp.example.com": [Srv(10, 0, "a.example.com", 5070)]},
        hosts={"a.example.com": ["192.0.2.1"]},
    )
    assert located("sip:x@example.com;transport=tcp", zone) == ["192.0.2.1:5070 over TCP"]


def test_naptr_order_and_preference_choose_the_transport() -> None:
    zone = Zone(
        naptrs={
            "example.com": [
                Naptr(20, 10, "SIP+D2U", "udp.example.com"),
                Naptr(10, 20, "SIP+D2T", "tcp2.example.com"),
                Naptr(10, 10, "SIP+D2T", "tcp1.example.com"),
                Naptr(1, 1, "SIPS+D2T", "tls.example.com"),
                Naptr(1, 1, "E2U+SIP", "enum.example.com"),
            ]
        },
        srvs={
            "udp.example.com": [Srv(0, 0, "u", 5060)],
            "tcp1.example.com": [Srv(0, 0, "t1", 5061)],
            "tcp2.example.com": [Srv(0, 0, "t2", 5062)],
        },
        hosts={"u": ["192.0.2.3"], "t1": ["192.0.2.1"], "t2": ["192.0.2.2"]},
    )
    assert located("sip:x@example.com", zone) == [
        "192.0.2.1:5061 over TCP",
        "192.0.2.2:5062 over TCP",
        "192.0.2.3:5060 over UDP",
    ]


def test_without_naptr_the_srv_records_of_each_transport_are_asked() -> None:
    zone = Zone(srvs={"_sip._tcp.example.com": [Srv(0, 0, "t", 5060)]}, hosts={"t": ["192.0.2.1"]})
    assert located("sip:x@example.com", zone) == ["192.0.2.1:5060 over TCP"]
    assert zone.asked[:3] == ["NAPTR example.com", "SRV _sip._udp.example.com", "SRV _sip._tcp.example.com"]


def test_a_name_with_addresses_only_is_udp_at_5060() -> None:
    assert located("sip:x@example.com", Zone(hosts={"example.com": ["192.0.2.9"]})) == [
        "192.0.2.9:5060 over UDP"
    ]


def test_a_service_that_is_decidedly_not_there_is_not_followed() -> None:
    zone = Zone(srvs={"_sip._tcp.example.com": [Srv(0, 0, ".", 0)]})
    with pytest.raises(NoRouteError, match=r"example\.com has no address"):
        located("sip:x@example.com;transport=tcp", zone)


@pytest.mark.parametrize(
    "uri", ["sips:x@example.com", "sip:x@example.com;transport=tls", "sip:x@a;transport=sctp"]
)
def test_a_transport_that_is_not_spoken_is_named(uri: str) -> None:
    with pytest.raises(NoRouteError, match="transport"):
        located(uri, Zone(hosts={"example.com": ["192.0.2.9"]}))


def test_many_records_are_cut_to_sixteen() -> None:
    records = [Srv(n, 0, f"h{n}", 5060) for n in range(40)]
    zone = Zone(srvs={"_sip._udp.example.com": records}, hosts={f"h{n}": [f"192.0.2.{n}"] for n in range(40)})
    assert len(located("sip:x@example.com;transport=udp", zone)) == TARGETS_MAX


def test_priorities_are_in_order_and_weights_are_shares() -> None:
    records = [Srv(1, 30, "light", 1), Srv(1, 90, "heavy", 1), Srv(0, 0, "first", 1), Srv(1, 0, "last", 1)]
    chance = SeededChance(2782)
    orders = [[record.host for record in in_order(records, chance)] for _ in range(1000)]
    assert all(
        order[0] == "first" and sorted(order) == ["first", "heavy", "last", "light"] for order in orders
    )
    second = Counter(order[1] for order in orders)
    assert 650 < second["heavy"] < 850
    assert second["last"] < 30
