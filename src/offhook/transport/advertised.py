"""Which of our addresses a peer is told (NAT): by setting, else the one the kernel uses towards it.

Media is IPv4 alone. A peer that signals over IPv6 is told an address of IPv4 for it all the same:

    it is this machine                      loopback
    it has said where it wants its audio    ours towards there
    it has not                              an IPv4 listener's, else the one of the default route
"""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Final

from offhook.sip.flow import Address
from offhook.transport.ports import NoRouteError
from offhook.transport.settings import IpNetwork

DOCUMENTATION_ADDRESS: Final = Address("192.0.2.1", 5060)
"""An address of RFC 5737: asking the kernel for the route to it tells our own, and sends nothing."""
LOOPBACK: Final = "127.0.0.1"
WILDCARDS: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound
"""Listeners of all addresses."""


class AdvertisedAddresses:
    """The table of `advertised_ip`, the longest matching prefix first."""

    def __init__(self, table: Iterable[tuple[IpNetwork, str]]) -> None:
        self._table = sorted(table, key=lambda row: row[0].prefixlen, reverse=True)

    @property
    def addresses(self) -> frozenset[str]:
        """All that some peers are told."""
        return frozenset(advertised for _, advertised in self._table)

    def towards(self, peer: Address, local: Address) -> Address:
        """What stands in Via, Contact and SDP for `peer`; `local` where no network of the table holds it.

        And where the peer is at our own address: no NAT lies between, and few NATs would lead it back.
        """
        if not self._table or peer.host == local.host:  # asked for every datagram: mostly there is no table
            return local
        host = ipaddress.ip_address(peer.host)
        for network, advertised in self._table:
            if host in network:
                return Address(advertised, local.port)
        return local

    def media_host(self, peer: Address, media_at: str, listening: Iterable[str]) -> str:
        """Which IPv4 address stands in SDP for a peer that signals over IPv6.

        media_at: the IPv4 address where it wants its audio; "" while it has not said. listening: the hosts
        of our listeners.
        Raises: NoRouteError when there is none that it could reach.
        """
        if not media_at and is_of_this_machine(peer):
            return LOOPBACK
        towards = Address(media_at, peer.port) if media_at else DOCUMENTATION_ADDRESS
        bound = (host for host in listening if _is_of_one_ipv4_address(host))
        host = None if media_at else next(bound, None)
        if host is None:
            try:
                host = kernel_address_towards(towards)
            except OSError as error:
                where = f"to {media_at}" if media_at else "out"
                text = f"media needs IPv4, and there is no IPv4 route {where} for {peer}: {error.strerror}"
                raise NoRouteError(text) from error
        told = self.towards(towards, Address(host, peer.port)).host
        return host if ":" in told else told


def _is_of_one_ipv4_address(host: str) -> bool:
    """Whether who listens there listens on one address that others can reach."""
    return ":" not in host and host not in WILDCARDS and not ipaddress.ip_address(host).is_loopback


def kernel_address_towards(peer: Address) -> str:
    """The local address that the kernel would send from; no packet is sent.

    Raises: OSError when there is no route.
    """
    family = socket.AF_INET6 if ":" in peer.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((peer.host, peer.port or 5060))
        host: str = probe.getsockname()[0]
        return host


def is_of_this_machine(address: Address) -> bool:
    """Whether an address is one of ours: the kernel sends to it from itself."""
    try:
        return (
            ipaddress.ip_address(address.host).is_loopback or kernel_address_towards(address) == address.host
        )
    except OSError:
        return False
