"""SIP over TCP (RFC 3261 §18): listeners, connections, and what a slow or silent peer may not do.

A connection is a flow of its own (RFC 5626): its serial tells it from an earlier one between the same
addresses. Bytes go through the framer (`sip/framer.py`); a keep-alive ping is answered at once. A
message must be whole within 32 s of its first byte, a connection that carries nothing for an hour is
closed, and a peer that does not read what we send loses its connection at 256 KiB.

Called by `transport/driver.py`.
"""

import asyncio
import itertools
import socket
from typing import Final, Protocol, cast

import structlog

from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.framer import Broken, Framed, Framer, Keepalive
from offhook.sip.settings import Limits

log = structlog.get_logger("offhook.transport")

MESSAGE_S: Final = 32.0
"""A message that takes longer than 64·T1 answers nothing that still waits."""
IDLE_S: Final = 3600.0
"""reference/sip-interface 13: at least 15 minutes; the longest binding lasts an hour."""
CONNECT_S: Final = 4.0
"""A target that does not take the connection in this time is given up (reference/sip-interface 13)."""
UNSENT_MAX_BYTES: Final = 256 * 1024
CONNECTIONS_MAX: Final = 20_000
BACKLOG: Final = 1024
PONG: Final = b"\r\n"


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


class TcpConnections:
    """The TCP listeners and connections of one driver.

    limits: bounds of a message, for the framer.
    """

    def __init__(self, owner: Owner, limits: Limits) -> None:
        self._owner = owner
        self._limits = limits
        self._servers: list[asyncio.Server] = []
        self._open: dict[Flow, _Connection] = {}
        self._by_remote: dict[Address, Flow] = {}
        self._serials = itertools.count(1)

    async def listen(self, host: str, port: int) -> Address:
        """Take connections. Raises: OSError when the address is taken or not ours."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        server = await asyncio.get_running_loop().create_server(self._new_connection, sock=listener)
        self._servers.append(server)
        return Address(host, listener.getsockname()[1])

    async def connect(self, remote: Address, advertised_port: int) -> Flow:
        """The open connection to an address, or a new one.

        advertised_port: of our listener, which stands in Via and Contact instead of this connection's
        own port, so that the peer can open one to us when this is gone.
        Raises: OSError when it is refused or not taken within 4 s.
        """
        known = self._by_remote.get(remote)
        if known is not None:
            return known
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_S):
            _, connection = await loop.create_connection(
                lambda: _Connection(self, advertised_port), remote.host, remote.port
            )
        return connection.flow

    def send(self, flow: Flow, data: bytes) -> bool:
        """Send on a connection; False when it is not open any more."""
        connection = self._open.get(flow)
        return connection is not None and connection.send(data)

    def close(self) -> None:
        """Stop listening and close every connection, what was written is still sent."""
        for server in self._servers:
            server.close()
        self._servers.clear()
        for connection in list(self._open.values()):
            connection.close()

    # From the connections

    def _new_connection(self) -> "_Connection":
        return _Connection(self, None)

    def register(self, connection: "_Connection", local: Address, remote: Address) -> Flow | None:
        """A connection was made; None when there are too many."""
        if len(self._open) >= CONNECTIONS_MAX:
            log.warning("transport.too_many_connections", remote=str(remote))
            return None
        advertised = self._owner.advertised(local, remote)
        flow = Flow(Transport.TCP, local, remote, advertised, next(self._serials))
        self._open[flow] = connection
        self._by_remote[remote] = flow
        return flow

    def forget(self, flow: Flow) -> None:
        """A connection is gone."""
        self._open.pop(flow, None)
        if self._by_remote.get(flow.remote) == flow:
            del self._by_remote[flow.remote]
        self._owner.handle_closed(flow)

    def framer(self) -> Framer:
        """A framer for a new connection."""
        return Framer(self._limits)

    def take(self, data: bytes, flow: Flow) -> None:
        """A whole message came on a connection."""
        self._owner.handle_message(data, flow)


class _Connection(asyncio.Protocol):
    """One TCP connection, from its first byte to its last.

    advertised_port: our listener's, for a connection that we opened; None for one that was taken.
    """

    def __init__(self, connections: TcpConnections, advertised_port: int | None) -> None:
        self._connections = connections
        self._advertised_port = advertised_port
        self._framer = connections.framer()
        self._transport: asyncio.Transport | None = None
        self._flow: Flow | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._awaits_rest = False

    @property
    def flow(self) -> Flow:
        """The flow that this connection is. Raises: OSError when it was turned away or is gone."""
        if self._flow is None:
            raise ConnectionAbortedError("the connection was closed as soon as it was made")
        return self._flow

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or turn it away when there are too many."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=UNSENT_MAX_BYTES)
        local, remote = (Address(*transport.get_extra_info(name)[:2]) for name in ("sockname", "peername"))
        local = Address(local.host, self._advertised_port or local.port)
        self._flow = self._connections.register(self, local, remote)
        if self._flow is None:
            self._transport.abort()
        else:
            self._expect(IDLE_S)

    def data_received(self, data: bytes) -> None:
        """Frame what came; a peer that breaks the framing loses the connection."""
        if self._flow is None:
            return
        self._framer.handle_data(data)
        has_progressed = False
        while (frame := self._framer.poll_frame()) is not None:
            has_progressed = True
            match frame:
                case Framed(data=message):
                    self._connections.take(message, self._flow)
                case Keepalive.PING:
                    self.send(PONG)
                case Keepalive.PONG:
                    pass  # the peer is alive: that is all it says
                case Broken(error=error):
                    log.info("transport.framing_broken", remote=str(self.flow.remote), error=str(error))
                    self.abort()
                    return
        if self._framer.is_idle:
            self._expect(IDLE_S)
        elif has_progressed or not self._awaits_rest:
            # A message begins: it has its time from now, and a byte a second does not extend it.
            self._expect(MESSAGE_S)
        self._awaits_rest = not self._framer.is_idle

    def pause_writing(self) -> None:
        """The peer does not read: 256 KiB wait for it."""
        log.info("transport.peer_does_not_read", remote=str(self.flow.remote))
        self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell it once."""
        if self._deadline is not None:
            self._deadline.cancel()
        flow, self._flow = self._flow, None
        if flow is not None:
            log.debug("transport.connection_lost", remote=str(flow.remote), error=str(error or ""))
            self._connections.forget(flow)

    def send(self, data: bytes) -> bool:
        """Write; False when the connection is closing."""
        if self._transport is None or self._transport.is_closing():
            return False
        self._transport.write(data)
        return True

    def close(self) -> None:
        """Send what waits, then close."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close now; what waits is lost."""
        if self._transport is not None:
            self._transport.abort()

    def _expect(self, within_s: float) -> None:
        """Close the connection unless this is called again in time."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = asyncio.get_running_loop().call_later(within_s, self.abort)
