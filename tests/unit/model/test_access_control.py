"""Which addresses an entry covers."""

import ipaddress

import pytest

from tests.support.stores import address


@pytest.mark.parametrize(
    ("ip", "prefix", "network"),
    [
        ("192.0.2.7", 32, "192.0.2.7/32"),
        ("192.0.2.7", 24, "192.0.2.0/24"),
        ("192.0.2.7", 1, "128.0.0.0/1"),
    ],
)
def test_host_bits_do_not_count(ip: str, prefix: int, network: str) -> None:
    assert address(ip=ip, prefix=prefix).network == ipaddress.IPv4Network(network)
