"""TLS under a protocol that knows nothing of it: the HTTP server's, and what its connections become.

    socket <-> TlsStream (`tls.py`) <-> the protocol, whose transport is a `_TlsTransport`

As lean as SIP's own connections: asyncio's TLS would hold a quarter of a MiB for each. A handshake must be
over in 10 s, and at most 1,000 are under way at one time. What waits for a peer that does not read is the
protocol's to bound, as over TCP.

Plugged into the HTTP server by the roof.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

import structlog

from offhook.transport.connection import HANDSHAKE_S
from offhook.transport.tls import TlsChannel, TlsError

log = structlog.get_logger("offhook.transport")

HANDSHAKES_MAX: Final = 1_000
"""Each costs a millisecond of a core: more would not be done in their time anyway."""


class TlsListener:
    """What the streams of one listener share.

    context: what is in force when a connection begins. handshakes_max: at one time.
    """

    def __init__(
        self, context: Callable[[], ssl.SSLContext], *, handshakes_max: int = HANDSHAKES_MAX
    ) -> None:
        self._context = context
        self._handshakes_max = handshakes_max
        self.handshakes: set[TlsStream] = set()
        """Those under way."""

    @property
    def is_full(self) -> bool:
        """Whether no more can be begun."""
        return len(self.handshakes) >= self._handshakes_max

    def close(self) -> None:
        """Give up what is not done; the connections after it are the server's that is served."""
        for stream in tuple(self.handshakes):
            stream.abort()

    def secure(self, protocol: asyncio.Protocol) -> asyncio.Protocol:
        """The same protocol over TLS, for one connection."""
        return TlsStream(self, TlsChannel(self._context(), server_side=True), protocol)


class TlsStream(asyncio.Protocol):
    """One connection."""

    def __init__(self, listener: TlsListener, channel: TlsChannel, protocol: asyncio.Protocol) -> None:
        self._listener = listener
        self._channel = channel
        self.protocol: asyncio.BaseProtocol = protocol
        """Who is served; replaced when a connection becomes something else."""
        self._transport: _TlsTransport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._remote = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The protocol hears of it when the handshake is done."""
        self._transport = _TlsTransport(self, cast(asyncio.Transport, transport), self._channel)
        self._remote = str(transport.get_extra_info("peername"))
        self._deadline = asyncio.get_running_loop().call_later(HANDSHAKE_S, self._give_up)
        if self._listener.is_full:
            log.warning("transport.too_many_handshakes", remote=self._remote)
            self.abort()
        self._listener.handshakes.add(self)

    def data_received(self, data: bytes) -> None:
        """Decrypt; tell the protocol."""
        transport = self._transport
        if transport is None or transport.raw.is_closing():
            return
        try:
            plain = self._channel.handle_data(data)
        except TlsError as error:
            log.info("transport.tls_failed", remote=self._remote, error=str(error))
            transport.flush()
            transport.raw.close()
            return
        transport.flush()
        if self._deadline is not None and self._channel.is_established:
            self._end_handshake()
            self.protocol.connection_made(transport)
        if plain and not transport.raw.is_closing():
            cast(asyncio.Protocol, self.protocol).data_received(plain)
        if self._channel.is_over:
            self.eof_received()
            transport.close()

    def eof_received(self) -> None:
        """The peer sends no more; the connection then closes."""
        if self._deadline is None:
            cast(asyncio.Protocol, self.protocol).eof_received()

    def pause_writing(self) -> None:
        """Pass it on; in a handshake there is nobody to tell, and little that waits."""
        if self._deadline is None:
            self.protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        if self._deadline is None:
            self.protocol.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        """The protocol hears of it where it knew the connection."""
        if self._deadline is not None:
            self._end_handshake()
        else:
            self.protocol.connection_lost(error)
        self._transport = None

    def _end_handshake(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
            self._listener.handshakes.discard(self)

    def _give_up(self) -> None:
        log.info("transport.handshake_too_slow", remote=self._remote, limit_s=HANDSHAKE_S)
        self.abort()

    def abort(self) -> None:
        """Close now."""
        if self._transport is not None:
            self._transport.abort()


class _TlsTransport(asyncio.Transport):
    """The transport that the protocol sees."""

    def __init__(self, stream: TlsStream, raw: asyncio.Transport, channel: TlsChannel) -> None:
        super().__init__()
        self.raw = raw
        self._stream = stream
        self._channel = channel

    def flush(self) -> None:
        """Send what TLS has to send."""
        data = self._channel.poll_transmit()
        if data and not self.raw.is_closing():
            self.raw.write(data)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """That of the socket; `sslcontext` tells whoever asks that it is TLS."""
        return self._channel.context if name == "sslcontext" else self.raw.get_extra_info(name, default)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """The connection becomes something else."""
        self._stream.protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who is served."""
        return self._stream.protocol

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Encrypt and send; after the end it is dropped, as a socket's is."""
        if self.raw.is_closing():
            return
        try:
            self._channel.send(bytes(data))
        except TlsError as error:
            log.info("transport.tls_failed", error=str(error))
            self.raw.abort()
            return
        self.flush()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Several at once."""
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        """Say goodbye, send what waits, close."""
        if not self.raw.is_closing():
            self._channel.close()
            self.flush()
        self.raw.close()

    def abort(self) -> None:
        """Close now."""
        self.raw.abort()

    def is_closing(self) -> bool:
        """Whether it was closed from either side."""
        return self.raw.is_closing()

    def can_write_eof(self) -> bool:
        """TLS cannot be closed by half."""
        return False

    def is_reading(self) -> bool:
        """Whether it is not paused."""
        return self.raw.is_reading()

    def pause_reading(self) -> None:
        """Of the socket."""
        self.raw.pause_reading()

    def resume_reading(self) -> None:
        """Of the socket."""
        self.raw.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Of the socket: what TLS holds is sent at once."""
        self.raw.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        """Bytes that wait."""
        return self.raw.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Of the socket."""
        return self.raw.get_write_buffer_limits()
