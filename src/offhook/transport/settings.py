"""What the transports need to know."""

import ipaddress
from dataclasses import dataclass, field

from offhook.sip.settings import Limits

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Settings:
    """Listening addresses, the addresses that peers are told, and whom to ask for names."""

    listen: tuple[tuple[str, int], ...] = (("0.0.0.0", 5060),)  # noqa: S104 - a SIP server listens to its network
    """Numeric host and port of each listener, UDP and TCP alike; port 0 takes one that is free for both."""
    listen_tls: tuple[tuple[str, int], ...] = ()
    """Those of TLS; empty where nobody is to connect by TLS."""
    listen_legacy_tls: tuple[tuple[str, int], ...] = ()
    """Those of TLS 1.0 and 1.1."""
    advertised: tuple[tuple[IpNetwork, str], ...] = ()
    """For peers inside the network (the longest prefix wins) this address stands in Via, Contact and SDP."""
    dns_servers: tuple[tuple[str, int], ...] = ()
    """Numeric host and port; empty takes the system's."""
    limits: Limits = field(default_factory=Limits)
    """Bounds of a message on a stream."""
    takes_wildcards: bool = False
    """Whether a wildcard in the certificate of a peer that we call by TLS names whom it covers."""
