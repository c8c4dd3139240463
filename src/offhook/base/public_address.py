"""Which IP addresses belong to the public internet: asked where a customer says where to go.

Addresses that carry an IPv4 address are unwrapped first (mapped and compatible RFC 4291 §2.5.5, NAT64
RFC 6052, 6to4 RFC 3056, Teredo RFC 4380), because `::ffff:127.0.0.1` and `64:ff9b::7f00:1` are this machine
too.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_NAT64: Final = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64: Final = IPv6Network("64:ff9b:1::/48")
"""RFC 8215: leads into somebody's own network by definition."""
_COMPATIBLE: Final = IPv6Network("::/96")


def is_public(text: str) -> bool:
    """Whether an IP address belongs to the public internet. Text that is no address does not."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return all(map(_is_global, _unwrapped(address)))


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and (address.is_site_local or address in _LOCAL_NAT64):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _unwrapped(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """The address that counts, or each one if an IPv6 address carries two (Teredo: server and client)."""
    if isinstance(address, IPv4Address):
        yield address
    elif address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    elif address.sixtofour is not None:
        yield address.sixtofour
    elif address.teredo is not None:
        yield from address.teredo
    elif address in _NAT64 or address in _COMPATIBLE:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
    else:
        yield address
