"""One connection, TCP, TLS or WebSocket, from its first byte to its last: what a peer may not do with it.

    bytes -> TLS, where it is spoken (`tls.py`) -> framing (`sip/framer.py`, `websocket.py`) -> whole messages

A connection is a flow of its own (RFC 5626): its serial tells it from an earlier one between the same
addresses; over TLS it is one once the handshake is done. A keep-alive ping is answered at once. A handshake
must be over in 10 s, a message whole within 32 s of its first byte, a connection that carries nothing for an
hour is closed, and a peer that does not read what we send loses its connection at 256 KiB. A WebSocket that
is silent for 45 s is asked with a ping and closed when no answer comes: browsers vanish without a word, and
proxies between drop what is silent for a minute.

Made by `transport/tcp.py`; the sockets of WebSockets are taken by the HTTP server of the roof.
"""

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol, cast

import structlog

from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.framer import Answer, Broken, Frame, Framed, Goodbye, Keepalive
from offhook.transport.peer_certificate import complaint_about, identity_in
from offhook.transport.tls import HANDSHAKE_RECORD, TlsChannel, TlsError, TlsFault

log = structlog.get_logger("offhook.transport")

MESSAGE_S: Final = 32.0
"""A message that takes longer than 64·T1 answers nothing that still waits."""
IDLE_S: Final = 3600.0
"""reference/sip-interface 13: at least 15 minutes; the longest binding lasts an hour."""
LATE: Final = 1.5
"""How late a keep-alive may be, as a factor: networks stall, and phones sleep."""
HANDSHAKE_S: Final = 10.0
"""Several round trips of a satellite; a peer that needs longer occupies a place for nothing."""
UNSENT_MAX_BYTES: Final = 256 * 1024
PONG: Final = b"\r\n"
SILENT_S: Final = 45.0
"""nginx and many load balancers close what is silent for 60 s."""
ANSWER_S: Final = 20.0
"""For the answer to a ping: a few round trips of a telephone network, some of them lost."""


class Framing(Protocol):
    """How messages stand in the bytes of a connection, both ways."""

    ping: bytes
    """What a silent peer is asked with; empty asks nothing."""
    farewell: bytes
    """What is sent before we close."""

    @property
    def is_idle(self) -> bool:
        """Whether the peer stands between two messages, so that it owes nothing."""
        ...

    def handle_data(self, data: bytes) -> None:
        """Take what was read, in whatever pieces."""
        ...

    def poll_frame(self) -> Frame | None:
        """What is next in it; None when more bytes are needed."""
        ...

    def wrap(self, message: bytes) -> bytes:
        """One message as it is sent."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """What is particular about a connection that we open."""

    advertised_port: int | None
    """Our listener's, which stands in Via and Contact; None is the connection's own, where nobody listens."""
    domain: str = ""
    """TLS: whom the certificate must name; "" is the address itself."""
    is_verified: bool = True
    """TLS: whether the certificate is looked at."""
    takes_wildcards: bool = False
    """TLS: whether a wildcard in it names whom it covers."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known of a peer by its certificate."""

    domain: str = ""
    """Of a peer that we called: whom it was checked for; "" is its address."""
    is_verified: bool = True
    """Of a peer that we called: whether it was checked."""
    identity: str = ""
    """Of a peer that called us: who it is; "" is nobody that is known."""


class Table(Protocol):
    """Who holds the connections."""

    def admit(self, connection: "Connection", remote: Address) -> bool:
        """Whether there is room for one more."""
        ...

    def register(self, connection: "Connection", local: Address, remote: Address, proof: "Proof") -> Flow:
        """It carries messages from now on."""
        ...

    def forget(self, connection: "Connection", flow: Flow | None) -> None:
        """It is gone."""
        ...

    def take(self, data: bytes, flow: Flow) -> None:
        """A whole message came."""
        ...


class Connection(asyncio.Protocol):
    """One connection.

    kind: what its flow is called. framing: of its messages. channel: TLS; None where that is not spoken here.
    opening: of one that we open; None for one that was taken.
    """

    __slots__ = (
        "_awaits_answer",
        "_awaits_rest",
        "_channel",
        "_due_s",
        "_flow",
        "_framing",
        "_idle_s",
        "_is_admitted",
        "_opened",
        "_opening",
        "_remote",
        "_table",
        "_timer",
        "_transport",
        "kind",
    )

    def __init__(
        self,
        table: Table,
        kind: Transport,
        framing: Framing,
        *,
        channel: TlsChannel | None = None,
        opening: Opening | None = None,
    ) -> None:
        self._table = table
        self.kind = kind
        """What its flow is called."""
        self._framing = framing
        self._channel = channel
        self._opening = opening
        self._transport: asyncio.Transport | None = None
        self._remote = Address("", 0)
        self._flow: Flow | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = 0.0
        """On the loop's clock, when what the peer owes must be there; the timer may be set for sooner."""
        self._awaits_rest = False
        self._idle_s = IDLE_S
        self._awaits_answer = False
        self._is_admitted = False
        self._opened: asyncio.Future[Flow] | None = None

    async def opened(self) -> Flow:
        """The flow that this connection is, once it carries messages.

        Raises: OSError when it was turned away or is gone; TlsError.
        """
        if self._flow is not None:
            return self._flow
        if self._opened is None:
            raise ConnectionAbortedError("the connection was closed as soon as it was made")
        return await self._opened

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, or turn it away when there are too many."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=UNSENT_MAX_BYTES)
        self._remote = Address(*transport.get_extra_info("peername")[:2])
        self._is_admitted = self._table.admit(self, self._remote)
        if not self._is_admitted:
            self._transport.abort()
        elif self._channel is None:
            self._establish(self._transport, Proof())
        else:
            self._opened = asyncio.get_running_loop().create_future() if self._opening is not None else None
            self._expect(HANDSHAKE_S)
            if self._opening is not None:
                self._channel.begin()
                self._flush()

    def data_received(self, data: bytes) -> None:
        """Decrypt what came, where it is TLS, and frame it."""
        transport = self._transport
        if not self._is_admitted or transport is None:
            return
        if self._channel is not None:
            try:
                data = self._channel.handle_data(data)
                self._flush()
                if self._flow is None and self._channel.is_established:
                    self._establish_verified(self._channel, transport)
            except TlsError as error:
                self._fail(error)
                return
        elif self.kind is Transport.TCP and data[0] == HANDSHAKE_RECORD and self._framing.is_idle:
            log.info(
                "transport.tls_in_plain", remote=str(self._remote), text="TLS came: sips has its own port"
            )
            self.abort()
            return
        if data and self._flow is not None:
            self._frame(data, self._flow)
        if self._channel is not None and self._channel.is_over:
            self._close_transport()

    def _establish_verified(self, channel: TlsChannel, transport: asyncio.Transport) -> None:
        """The handshake is done. Raises: TlsError when a peer that we called is not whom we want."""
        opening = self._opening
        if opening is None:
            identity = identity_in(channel.certificate)
            if identity:
                log.info("transport.client_certified", remote=str(self._remote), certificate=identity)
            self._establish(transport, Proof(identity=identity))
            return
        if opening.is_verified:
            wanted = opening.domain or self._remote.host
            complaint = complaint_about(channel.certificate, wanted, takes_wildcards=opening.takes_wildcards)
            if complaint is not None:
                raise TlsError(complaint, TlsFault.CERTIFICATE)
        self._establish(transport, Proof(opening.domain, opening.is_verified))

    def _establish(self, transport: asyncio.Transport, proof: Proof) -> None:
        local = Address(*transport.get_extra_info("sockname")[:2])
        if self._opening is not None:
            local = Address(local.host, self._opening.advertised_port or local.port)
        self._flow = self._table.register(self, local, self._remote, proof)
        self._expect_anything()
        if self._opened is not None:
            self._opened.set_result(self._flow)
            self._opened = None

    def _frame(self, data: bytes, flow: Flow) -> None:
        """A peer that breaks the framing loses the connection."""
        self._framing.handle_data(data)
        self._awaits_answer = False
        has_progressed = False
        while (frame := self._framing.poll_frame()) is not None:
            has_progressed = True
            match frame:
                case Framed(data=message):
                    self._table.take(message, flow)
                case Keepalive.PING:
                    self._write(PONG)
                case Keepalive.PONG:
                    pass  # the peer is alive: that is all it says
                case Answer(data=answer):
                    self._write(answer)
                case Goodbye(data=answer):
                    self._write(answer)
                    self._close_transport()
                    return
                case Broken(error=error, farewell=farewell):
                    log.info("transport.framing_broken", remote=str(self._remote), error=str(error))
                    self._write_last(farewell)
                    return
        if self._framing.is_idle:
            self._expect_anything()
        elif has_progressed or not self._awaits_rest:
            # A message begins: it has its time from now, and a byte a second does not extend it.
            self._expect(MESSAGE_S)
        self._awaits_rest = not self._framing.is_idle

    def _expect_anything(self) -> None:
        """The peer owes nothing; one that can be asked is asked whether it is still there."""
        self._expect(SILENT_S if self._framing.ping else self._idle_s)

    def expect_keepalives(self, every_s: float) -> None:
        """The peer has been told to send something every so many seconds (RFC 5626 §4.4.1)."""
        self._idle_s = every_s * LATE
        if self._framing.is_idle:
            self._expect_anything()

    def _write_last(self, farewell: bytes) -> None:
        """Close, with a word where there is one to say."""
        if farewell:
            self._write(farewell)
            self._close_transport()
        else:
            self.abort()

    def pause_writing(self) -> None:
        """The peer does not read: 256 KiB wait for it."""
        log.info("transport.peer_does_not_read", remote=str(self._remote))
        self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell it once."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._is_admitted:
            return
        self._is_admitted = False
        flow, self._flow = self._flow, None
        log.debug("transport.connection_lost", remote=str(self._remote), error=str(error or ""))
        self._table.forget(self, flow)
        self._give_up(error or ConnectionAbortedError("the connection was closed in the handshake"))

    def send(self, message: bytes) -> bool:
        """Send one message; False when the connection is closing."""
        return self._write(self._framing.wrap(message))

    def _write(self, data: bytes) -> bool:
        if self._transport is None or self._transport.is_closing():
            return False
        if self._channel is None:
            self._transport.write(data)
            return True
        try:
            self._channel.send(data)
        except TlsError as error:
            self._fail(error)
            return False
        self._flush()
        return True

    def close(self) -> None:
        """Send what waits, then close."""
        if self._flow is not None and self._framing.farewell:
            self._write(self._framing.farewell)
        self._close_transport()

    def _close_transport(self) -> None:
        if self._transport is not None:
            if self._channel is not None and not self._transport.is_closing():
                self._channel.close()
                self._flush()
            self._transport.close()

    def abort(self) -> None:
        """Close now; what waits is lost."""
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, error: TlsError) -> None:
        """TLS cannot go on: say so once, tell the peer by an alert, close."""
        log.info("transport.tls_failed", remote=str(self._remote), error=str(error))
        self._give_up(error)
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def _give_up(self, error: Exception) -> None:
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(error)
            # Whoever opened it may have stopped waiting; then nobody asks for the error.
            self._opened.exception()

    def _flush(self) -> None:
        if self._channel is not None and self._transport is not None and not self._transport.is_closing():
            data = self._channel.poll_transmit()
            if data:
                self._transport.write(data)

    def _expect(self, within_s: float) -> None:
        """Close the connection unless this is called again in time.

        A deadline is put off with each message. So a timer that is set for sooner stays, and is set anew when
        it finds that there is time left.
        """
        loop = asyncio.get_running_loop()
        self._due_s = loop.time() + within_s
        if self._timer is not None:
            if self._timer.when() <= self._due_s:
                return
            self._timer.cancel()
        self._timer = loop.call_at(self._due_s, self._handle_timer)

    def _handle_timer(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._due_s:
            self._timer = loop.call_at(self._due_s, self._handle_timer)
        else:
            self._timer = None
            self._handle_deadline()

    def _handle_deadline(self) -> None:
        if self._flow is None:
            log.info("transport.handshake_too_slow", remote=str(self._remote), limit_s=HANDSHAKE_S)
            self._give_up(TimeoutError("the handshake took too long"))
        elif self._framing.ping and self._framing.is_idle and not self._awaits_answer:
            self._awaits_answer = True
            self._expect(ANSWER_S)
            self._write(self._framing.ping)
            return
        self.abort()
