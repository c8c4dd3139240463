"""What the transports need to know."""

import ipaddress
from dataclasses import dataclass

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Settings:
    """Listening addresses and the addresses that peers are told."""

    listen: tuple[tuple[str, int], ...] = (("0.0.0.0", 5060),)  # noqa: S104 - a SIP server listens to its network
    """Numeric host and port of each UDP listener; port 0 takes a free one."""
    advertised: tuple[tuple[IpNetwork, str], ...] = ()
    """For peers inside the network (the longest prefix wins) this address stands in Via, Contact and SDP."""
