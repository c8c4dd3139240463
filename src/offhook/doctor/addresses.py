"""What peers are told where to send to: the address of the route towards them, or `advertised_ip`."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Final

from offhook.config.values import Address as Listener
from offhook.config.values import IpNetwork
from offhook.doctor.finding import Finding, fine, warning
from offhook.sip.flow import Address
from offhook.transport.advertised import AdvertisedAddresses, kernel_address_towards

ELSEWHERE: Final = Address("192.0.2.1", 5060)
"""RFC 5737: asking for the route to it sends nothing."""


def examine_addresses(
    listeners: Sequence[Listener], advertised: Sequence[tuple[IpNetwork, str]]
) -> Iterator[Finding]:
    """What a peer on the internet would see."""
    if all(ipaddress.ip_address(host).is_loopback for host, _ in listeners):
        yield warning(
            "addresses",
            "SIP is heard on loopback only: no other machine can call",
            "for calls from elsewhere set OFFHOOK_SIP=0.0.0.0:5060",
        )
        return
    try:
        own = kernel_address_towards(ELSEWHERE)
    except OSError as error:
        yield warning(
            "addresses",
            f"no route to other networks ({error.strerror}): only this machine and its networks can call",
            "connect the machine, or set advertised_ip if calls come in by another way",
        )
        return
    told = AdvertisedAddresses(tuple(advertised)).towards(ELSEWHERE, Address(own, listeners[0][1])).host
    if told != own:
        yield fine("addresses", f"peers on the internet are told {told} (advertised_ip); ours is {own}")
    elif ipaddress.ip_address(own).is_private:
        yield fine(
            "addresses",
            f"peers are told {own}, a private address. Behind NAT, for peers outside of it: "
            "OFFHOOK_ADVERTISED_IP=<the public address>",
        )
    else:
        yield fine("addresses", f"peers are told {own}")
