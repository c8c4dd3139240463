"""The transports as the rest of the house sees them.

Called by `rest/`, which hands over the connections of WebSockets, and by `call/`, `phone/` and
`switchboard/`: they command a session of the user agent with the time of `now()`, then `flush()`. Implemented
by `transport/driver.py`.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from offhook.base.frozen import frozen
from offhook.sip.event import Event
from offhook.sip.flow import CERTIFIED_AS, CONNECTION, UNVERIFIED, Address, Flow, Transport
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent


class NoRouteError(Exception):
    """A URI that leads nowhere from here: why, in a sentence."""


class TlsVersionError(NoRouteError):
    """The peer is there, and speaks none of our versions of TLS."""


class HandshakeRefusedError(Exception):
    """The request cannot become a WebSocket of SIP; the text says what is wrong and what is wanted.

    status: of HTTP. headers: that belong to it.
    """

    def __init__(self, status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers


class TlsContexts(Protocol):
    """The certificates and the rules of TLS, as they are in force now. Implemented by `tls/`."""

    def server(self) -> ssl.SSLContext:
        """For a peer that connects to `sips`."""
        ...

    def legacy_server(self) -> ssl.SSLContext:
        """For a peer that connects to `sips_legacy`."""
        ...

    def client(self, *, is_verified: bool = True) -> ssl.SSLContext:
        """For a peer that we connect to: its names are left to who connects.

        is_verified: whether its chain must lead to a CA that is trusted.
        """
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """A place where a request can be sent: one candidate of a resolved URI (RFC 3263)."""

    transport: Transport
    address: Address
    """Numeric."""
    domain: str = ""
    """TLS: whom the certificate must name; "" is the address itself."""
    serial: int = 0
    """Of the one connection that leads there, and is not opened again; 0 is any."""
    is_verified: bool = True
    """TLS: whether the certificate there is looked at; a trunk's setting may say not to."""

    def __str__(self) -> str:
        return f"{self.address} over {self.transport.value}"

    @property
    def as_uri(self) -> SipUri:
        """The URI that leads here and nowhere else: a next hop that needs no DNS."""
        only = ((CERTIFIED_AS, self.domain),) if self.domain else ()
        if self.serial:
            only = (*only, (CONNECTION, str(self.serial)))
        if not self.is_verified:
            only = (*only, (UNVERIFIED, ""))
        return SipUri(
            scheme="sip",
            host=self.address.host,
            port=self.address.port,
            parameters=(("transport", self.transport.value.lower()), *only),
        )


@frozen
class TracedMessage:
    """A SIP message on its way, as whoever follows the calls sees it."""

    at_s: float
    """Monotonic seconds."""
    is_ours: bool
    """Whether it was sent here; else it came."""
    flow: Flow
    """Between whom."""
    data: bytes
    """The whole message, credentials and all."""


class SipEndpoint(Protocol):
    """A user agent with sockets under it."""

    @property
    def user_agent(self) -> UserAgent:
        """The sans-IO core; after each command to it or to one of its sessions, `flush()`."""
        ...

    @property
    def own_target(self) -> Target:
        """Where it hears what it sends to itself. Raises: UsageError before it listens."""
        ...

    def now(self) -> float:
        """Monotonic seconds, the `now` of every command."""
        ...

    def flush(self) -> None:
        """Send what the core has to send, deliver its events, arm its next deadline."""
        ...

    def attach(self, session: InviteSession, receiver: Callable[[Event], None]) -> None:
        """Hand this session's events to `receiver` from now on, until the one that ends it."""
        ...

    def is_open(self, flow: Flow) -> bool:
        """Whether a flow can be sent on: a connection that is still there, or UDP."""
        ...

    def expect_keepalives(self, flow: Flow, every_s: float) -> None:
        """Close the connection of a flow when nothing comes on it for so long, and a little longer."""
        ...

    def is_own(self, target: Target) -> bool:
        """Whether what is sent there would come back to a listener of ours."""
        ...

    def media_host(self, flow: Flow, media_at: str = "") -> str:
        """The IPv4 address that stands in SDP for the peer of this flow.

        media_at: the IPv4 address where it wants its audio; "" while it has not said.
        Raises: NoRouteError when the flow is of IPv6, and there is no address of IPv4 for its peer.
        """
        ...

    async def locate(self, uri: SipUri) -> tuple[Target, ...]:
        """Where a request for this URI may be sent, best first (RFC 3263); at least one.

        Raises: NoRouteError when the URI leads nowhere.
        """
        ...

    def media_host_towards(self, target: Target) -> str:
        """The IPv4 address that stands in an offer sent to this target.

        Raises: NoRouteError when there is no route to it, or no address of IPv4 for it.
        """
        ...


class WebSocketTaker(Protocol):
    """Who speaks SIP on the connections of an HTTP server (RFC 7118)."""

    def take_websocket(
        self, method: str, headers: Iterable[tuple[str, str]], *, is_secure: bool
    ) -> tuple[tuple[tuple[str, str], ...], asyncio.Protocol]:
        """The headers of the 101 for a request, and what has its connection once that is sent.

        headers: names in lower case. is_secure: whether it came over TLS.
        Raises: HandshakeRefusedError.
        """
        ...
