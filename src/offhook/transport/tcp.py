"""SIP over TCP, TLS and WebSocket: listeners, and the table of open connections by who is at their end.

A request to an address goes over the connection that is open to it (RFC 5923). Over TLS that is one whose
certificate was checked for the same domain; one that the peer opened serves requests to its very address,
as a registered phone's do (RFC 5626): nobody else can be at the other end of it.

A WebSocket comes from the HTTP server (`take_websocket`), and nobody but its client can open it again: what
is not at hand there fails at once.

Called by `transport/sockets.py`; one connection's life is in `transport/connection.py`.
"""

import asyncio
import errno
import itertools
import socket
import ssl
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.framer import Framer
from offhook.sip.settings import Limits
from offhook.transport.connection import Connection, Opening, Proof
from offhook.transport.ports import Target
from offhook.transport.tls import TlsChannel
from offhook.transport.websocket import WebSocketFramer
from offhook.waiting.timeout import timeout

log = structlog.get_logger("offhook.transport")

CONNECT_S: Final = 4.0
"""A target that does not take the connection in this time is given up (reference/sip-interface 13)."""
CONNECTIONS_MAX: Final = 20_000
BACKLOG: Final = 1024


class Owner(Protocol):
    """What a connection tells."""

    def handle_message(self, data: bytes, flow: Flow) -> None:
        """One whole message came."""
        ...

    def handle_closed(self, flow: Flow) -> None:
        """The connection is gone."""
        ...

    def advertised(self, local: Address, remote: Address) -> Address:
        """What the peer of a new connection is told as our address."""
        ...


Secure = Callable[[], TlsChannel]
"""Makes the TLS of one connection."""


class TcpConnections:
    """The listeners and connections of one driver, TCP and TLS.

    limits: bounds of a message, for the framer. first_serial: of its flows; drawn by chance, so that no flow
    that was kept before a restart names one of this process.
    """

    def __init__(self, owner: Owner, limits: Limits, first_serial: int = 1) -> None:
        self._owner = owner
        self._limits = limits
        self._servers: list[asyncio.Server] = []
        self._admitted: set[Connection] = set()
        self._open: dict[int, tuple[Flow, Connection]] = {}
        """Those that carry messages, by the serial of their flow."""
        self._by_remote: dict[tuple[Transport, Address, str, bool], Flow] = {}
        """By transport, address, the domain of the peer's certificate, and whether that was checked."""
        self._serials = itertools.count(first_serial)

    async def listen(
        self, host: str, port: int, context: Callable[[], ssl.SSLContext] | None = None
    ) -> Address:
        """Take connections; over TLS with the `context` that is in force when each begins.

        Raises: OSError when the address is taken or not ours.
        """

        def new_connection() -> Connection:
            if context is None:
                return Connection(self, Transport.TCP, Framer(self._limits))
            channel = TlsChannel(context(), server_side=True)
            return Connection(self, Transport.TLS, Framer(self._limits), channel=channel)

        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        server = await asyncio.get_running_loop().create_server(new_connection, sock=listener)
        self._servers.append(server)
        return Address(host, listener.getsockname()[1])

    async def connect(
        self,
        target: Target,
        advertised_port: int | None,
        context: ssl.SSLContext | None = None,
        *,
        takes_wildcards: bool = False,
    ) -> Flow:
        """The open connection to a target, or a new one.

        advertised_port: of our listener, which stands in Via and Contact instead of this connection's own
        port, so that the peer can open one to us when this is gone; None where nobody listens. context: of
        TLS; None is TCP. takes_wildcards: whether a wildcard in a certificate names whom it covers. Raises:
        OSError when it is refused or not taken within 4 s; TlsError.
        """
        known = self._known(target)
        if known is not None:
            return known
        if target.serial:
            raise ConnectionResetError(errno.ECONNRESET, "the connection that it named is closed")
        if target.transport.is_websocket:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "a WebSocket is opened by its client alone")
        loop = asyncio.get_running_loop()
        opening = Opening(advertised_port, target.domain, target.is_verified, takes_wildcards)

        def new_connection() -> Connection:
            channel = None
            if context is not None:
                channel = TlsChannel(context, server_side=False, server_name=target.domain)
            framer = Framer(self._limits)
            return Connection(self, target.transport, framer, channel=channel, opening=opening)

        async with timeout(CONNECT_S):
            remote = target.address
            transport, connection = await loop.create_connection(new_connection, remote.host, remote.port)
            try:
                return await connection.opened()
            except asyncio.CancelledError:
                transport.abort()
                raise

    def _known(self, target: Target) -> Flow | None:
        if target.serial:
            return self._still_open(target.serial, target.transport, target.address)
        return self._by_remote.get((target.transport, target.address, target.domain, target.is_verified))

    def take_websocket(self, *, is_secure: bool) -> Connection:
        """What a connection becomes whose HTTP request has made it a WebSocket; the 101 is the server's."""
        kind = Transport.WSS if is_secure else Transport.WS
        return Connection(self, kind, WebSocketFramer(self._limits))

    def is_open(self, flow: Flow) -> bool:
        """Whether a connection is still there, by its serial and who is at its end."""
        return self._still_open(flow.serial, flow.transport, flow.remote) is not None

    def _still_open(self, serial: int, transport: Transport, remote: Address) -> Flow | None:
        known = self._open.get(serial)
        if known is None or (known[0].transport, known[0].remote) != (transport, remote):
            return None
        return known[0]

    def expect_keepalives(self, flow: Flow, every_s: float) -> None:
        """Close a connection when nothing comes on it for so long, and a little longer."""
        known = self._open.get(flow.serial)
        if known is not None and known[0] == flow:
            known[1].expect_keepalives(every_s)

    def send(self, flow: Flow, data: bytes) -> bool:
        """Send on a connection; False when it is not open any more."""
        known = self._open.get(flow.serial)
        return known is not None and known[0] == flow and known[1].send(data)

    def close(self) -> None:
        """Stop listening and close every connection, what was written is still sent."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        for connection in list(self._admitted):
            connection.close()

    # From the connections

    def admit(self, connection: Connection, remote: Address) -> bool:
        """A connection was made; whether there is room for it."""
        if len(self._admitted) >= CONNECTIONS_MAX:
            log.warning("transport.too_many_connections", remote=str(remote))
            return False
        self._admitted.add(connection)
        return True

    def register(self, connection: Connection, local: Address, remote: Address, proof: Proof) -> Flow:
        """A connection carries messages from now on."""
        advertised = self._owner.advertised(local, remote)
        flow = Flow(
            connection.kind,
            local,
            remote,
            advertised,
            next(self._serials),
            proof.domain,
            proof.is_verified,
            proof.identity,
        )
        self._open[flow.serial] = flow, connection
        self._by_remote[(flow.transport, remote, flow.domain, flow.is_verified)] = flow
        return flow

    def forget(self, connection: Connection, flow: Flow | None) -> None:
        """A connection is gone."""
        self._admitted.discard(connection)
        if flow is None:
            return
        self._open.pop(flow.serial, None)
        key = (flow.transport, flow.remote, flow.domain, flow.is_verified)
        if self._by_remote.get(key) == flow:
            del self._by_remote[key]
        self._owner.handle_closed(flow)

    def take(self, data: bytes, flow: Flow) -> None:
        """A whole message came on a connection."""
        self._owner.handle_message(data, flow)
