import errno
import ipaddress

import pytest

from offhook.sip.flow import Address
from offhook.transport import advertised
from offhook.transport.advertised import DOCUMENTATION_ADDRESS, AdvertisedAddresses, kernel_address_towards
from offhook.transport.ports import NoRouteError

PEER = Address("2001:db8::7", 5060)
"""It signals over IPv6, from another machine."""


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


def test_a_peer_at_our_own_address_is_told_the_local_one() -> None:
    table = AdvertisedAddresses([(ipaddress.ip_network("0.0.0.0/0"), "203.0.113.1")])
    for host in ("127.0.0.1", "10.9.9.9"):
        local = Address(host, 5060)
        assert table.towards(local, local) == local


def routes(monkeypatch: pytest.MonkeyPatch, table: dict[str, str]) -> None:
    """Let the kernel know these ways, by where they lead, and no other."""

    def towards(peer: Address) -> str:
        if peer.host not in table:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return table[peer.host]

    monkeypatch.setattr(advertised, "kernel_address_towards", towards)


@pytest.mark.parametrize(
    ("media_at", "listening", "told"),
    [
        ("198.51.100.7", ["::", "10.9.9.9"], "10.8.8.8"),
        ("", ["::", "10.9.9.9"], "10.9.9.9"),
        ("", ["::", "127.0.0.1"], "10.7.7.7"),
        ("", ["::", "0.0.0.0"], "10.7.7.7"),
        ("", ["::"], "10.7.7.7"),
    ],
)
def test_a_peer_of_ipv6_is_told_an_ipv4_address_for_its_audio(
    media_at: str, listening: list[str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes(monkeypatch, {"198.51.100.7": "10.8.8.8", DOCUMENTATION_ADDRESS.host: "10.7.7.7"})
    assert AdvertisedAddresses([]).media_host(PEER, media_at, listening) == told


def test_a_peer_of_ipv6_on_this_machine_is_told_loopback() -> None:
    assert AdvertisedAddresses([]).media_host(Address("::1", 5060), "", ["::", "10.9.9.9"]) == "127.0.0.1"


@pytest.mark.parametrize(("media_at", "told"), [("10.2.3.4", "10.1.1.1"), ("", "203.0.113.1")])
def test_the_address_of_its_audio_decides_what_a_peer_of_ipv6_is_told(
    media_at: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes(monkeypatch, {"10.2.3.4": "10.8.8.8", DOCUMENTATION_ADDRESS.host: "10.8.8.8"})
    table = AdvertisedAddresses(
        [
            (ipaddress.ip_network("0.0.0.0/0"), "203.0.113.1"),
            (ipaddress.ip_network("10.0.0.0/8"), "10.1.1.1"),
            (ipaddress.ip_network("2001:db8::/32"), "2001:db8::1"),
        ]
    )
    assert table.media_host(PEER, media_at, ["::"]) == told


@pytest.mark.parametrize(("media_at", "where"), [("10.2.3.4", "to 10.2.3.4"), ("", "out")])
def test_a_peer_of_ipv6_without_a_way_for_its_audio_is_told_so(
    media_at: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes(monkeypatch, {})
    with pytest.raises(NoRouteError) as refused:
        AdvertisedAddresses([]).media_host(PEER, media_at, ["::"])
    assert str(refused.value) == (
        f"media needs IPv4, and there is no IPv4 route {where} for [2001:db8::7]:5060: Network is unreachable"
    )
