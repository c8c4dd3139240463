"""Where messages come from and go to: a flow is a pair of addresses over one transport (RFC 5626 §2).

Made by `transport/`; this room only compares flows and asks for new ones (`event.FlowNeeded`).
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from offhook.base.frozen import frozen

if TYPE_CHECKING:
    from offhook.sip.uri import SipUri

CERTIFIED_AS: Final = "certified as"
"""Parameter of a next hop: the domain that the certificate there must name. No URI that was read has one of
such a name, with a blank in it, and no message gets it."""
CONNECTION: Final = "on connection"
"""Another: the serial of the one connection to send on, and on no other to the same address."""
UNVERIFIED: Final = "not verified"
"""Another: the certificate there is not looked at."""


class Transport(StrEnum):
    """A transport by its name in Via (RFC 3261 §20.42, RFC 7118 §5.2)."""

    UDP = "UDP"
    TCP = "TCP"
    TLS = "TLS"
    WS = "WS"
    WSS = "WSS"

    @property
    def is_reliable(self) -> bool:
        """Whether a message that was sent arrives or fails loudly; retransmission timers are then off."""
        return self is not Transport.UDP

    @property
    def is_websocket(self) -> bool:
        """Whether its client alone can open it (RFC 7118 §4)."""
        return self in (Transport.WS, Transport.WSS)

    @property
    def is_secure(self) -> bool:
        """Whether what it carries is encrypted."""
        return self in (Transport.TLS, Transport.WSS)

    @property
    def parameter(self) -> str:
        """Its name in a URI: `ws` is that of both kinds of WebSocket (RFC 7118 §5.3)."""
        return "ws" if self is Transport.WSS else self.value.lower()

    @property
    def default_port(self) -> int:
        """The port of a URI that names none (RFC 3261 §19.1.2, RFC 7118 §5.3)."""
        return {"TLS": 5061, "WS": 80, "WSS": 443}.get(self.value, 5060)


FarEnd = tuple[str, int, int]
"""Host and port of the peer, and the serial of the connection."""


@frozen
class Address:
    """An IP address and a port."""

    host: str
    """Numeric, IPv6 without brackets."""
    port: int
    """1 to 65535."""

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@frozen
class Flow:
    """A way to one peer. UDP: the pair of addresses; otherwise one connection."""

    transport: Transport
    """What carries it."""
    local: Address
    """Our end, as the kernel sees it."""
    remote: Address
    """The peer's end, as packets from it say; behind a NAT that is the NAT's."""
    advertised: Address
    """What the peer can reach us under: put in Via and Contact (NAT)."""
    serial: int = 0
    """Tells successive connections between the same addresses apart; 0 for UDP."""
    domain: str = ""
    """Whom the certificate of the peer that we called was checked for; "" is nobody, or its address."""
    is_verified: bool = True
    """Whether it was checked at all; without meaning where we did not call by TLS."""
    identity: str = ""
    """Who a peer that called us by TLS has proved to be by a certificate; "" is nobody."""

    @property
    def far_end(self) -> FarEnd:
        """What an error on this flow is about: the one connection.

        Over UDP the peer's address, whichever of ours it was reached from: ICMP doesn't say that.
        """
        return self.remote.host, self.remote.port, self.serial

    def leads_to(self, uri: "SipUri") -> bool:
        """Whether a request for `uri` may leave on this flow without asking DNS.

        The address must be the same; the transport too, where the URI names one. Where it names
        none, a connection that exists is as good as UDP (RFC 3261 §18.1.1 lets us reuse it).
        """
        named = uri.parameter("transport")
        if named is not None and named.lower() not in (self.transport.parameter, self.transport.lower()):
            return False
        if uri.scheme == "sips" and not self.transport.is_secure:
            return False
        host = uri.parameter("maddr") or uri.host
        port = uri.port or self.transport.default_port
        return port == self.remote.port and host.lower() == self.remote.host.lower()


@frozen
class Transmit:
    """Bytes to send: one datagram, or one message on the flow's connection."""

    data: bytes
    """One whole message."""
    flow: Flow
    """Where it goes."""
