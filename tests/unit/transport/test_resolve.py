import asyncio
import ipaddress

import pytest

from offhook.sip.flow import Address
from offhook.sip.uri import SipUri
from offhook.transport.advertised import AdvertisedAddresses, kernel_address_towards
from offhook.transport.ports import NoRouteError
from offhook.transport.resolve import is_localhost, resolve


def resolved(uri: str) -> Address:
    return asyncio.run(resolve(SipUri.parse(uri)))


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("sip:x@192.0.2.7", Address("192.0.2.7", 5060)),
        ("sip:x@192.0.2.7:5080", Address("192.0.2.7", 5080)),
        ("sip:x@[2001:db8::1]", Address("2001:db8::1", 5060)),
        ("sip:x@localhost", Address("127.0.0.1", 5060)),
        ("sip:x@demo.sip.localhost:5070", Address("127.0.0.1", 5070)),
        ("sip:x@far.example;maddr=192.0.2.9", Address("192.0.2.9", 5060)),
        ("sip:x@192.0.2.7;transport=UDP", Address("192.0.2.7", 5060)),
    ],
)
def test_a_uri_leads_to_an_address(uri: str, address: Address) -> None:
    assert resolved(uri) == address


@pytest.mark.parametrize("uri", ["sips:x@192.0.2.7", "sip:x@192.0.2.7;transport=tcp"])
def test_a_transport_that_is_not_here_yet_is_named(uri: str) -> None:
    with pytest.raises(NoRouteError, match="only udp is"):
        resolved(uri)


def test_a_name_without_an_address_leads_nowhere() -> None:
    with pytest.raises(NoRouteError, match=r"nowhere\.invalid has no address"):
        resolved("sip:x@nowhere.invalid")


@pytest.mark.parametrize(
    ("name", "local"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.b.localhost", True),
        ("notlocalhost", False),
        ("localhost.example", False),
    ],
)
def test_localhost_is_known_by_name(name: str, *, local: bool) -> None:
    assert is_localhost(name) is local


def test_the_longest_network_decides_which_address_a_peer_is_told() -> None:
    table = AdvertisedAddresses(
        [
            (ipaddress.ip_network("0.0.0.0/0"), "203.0.113.1"),
            (ipaddress.ip_network("10.0.0.0/8"), "10.1.1.1"),
            (ipaddress.ip_network("10.2.0.0/16"), "10.2.2.2"),
        ]
    )
    local = Address("10.9.9.9", 5060)
    told = {
        peer: table.towards(Address(peer, 40_000), local) for peer in ("10.2.3.4", "10.3.3.4", "198.51.100.1")
    }
    assert told == {
        "10.2.3.4": Address("10.2.2.2", 5060),
        "10.3.3.4": Address("10.1.1.1", 5060),
        "198.51.100.1": Address("203.0.113.1", 5060),
    }


def test_without_a_table_the_local_address_is_told() -> None:
    local = Address("10.9.9.9", 5060)
    assert AdvertisedAddresses([]).towards(Address("10.2.3.4", 40_000), local) == local


def test_the_kernel_chooses_loopback_towards_loopback() -> None:
    assert kernel_address_towards(Address("127.0.0.1", 5060)) == "127.0.0.1"
