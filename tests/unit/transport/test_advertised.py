import ipaddress

from offhook.sip.flow import Address
from offhook.transport.advertised import AdvertisedAddresses, kernel_address_towards


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
