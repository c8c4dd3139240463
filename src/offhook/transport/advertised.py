"""Which of our addresses a peer is told (NAT): by setting, else the one the kernel uses towards it."""

import ipaddress
import socket
from collections.abc import Iterable

from offhook.sip.flow import Address
from offhook.transport.settings import IpNetwork


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
