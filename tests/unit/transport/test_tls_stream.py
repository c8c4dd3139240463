"""TLS under a protocol that knows nothing of it, on real sockets in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from offhook.tls.node_tls import NodeTls
from offhook.transport.connection import HANDSHAKE_S
from offhook.transport.tls_stream import TlsListener
from tests.support.certificates import node_tls
from tests.support.virtual_time import run

HANDSHAKES = 3
"""At one time, at most."""
Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Echo(asyncio.Protocol):
    """Says back what it hears, and keeps what it is told."""

    told: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)
    transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.told.put_nowait("made")

    def data_received(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)

    def pause_writing(self) -> None:
        self.told.put_nowait("pause")

    def resume_writing(self) -> None:
        self.told.put_nowait("resume")

    def connection_lost(self, error: Exception | None) -> None:
        self.told.put_nowait("lost")


def with_listener(tmp_path: Path, act: Callable[[int, Echo, TlsListener, NodeTls], Awaitable[None]]) -> None:
    async def scenario() -> None:
        node, echo = node_tls(tmp_path), Echo()
        listener = TlsListener(node.https, handshakes_max=HANDSHAKES)
        server = await asyncio.get_running_loop().create_server(lambda: listener.secure(echo), "127.0.0.1", 0)
        try:
            await act(server.sockets[0].getsockname()[1], echo, listener, node)
        finally:
            server.close()

    run(scenario())


async def connected(port: int, node: NodeTls) -> Peer:
    return await asyncio.open_connection("127.0.0.1", port, ssl=node.client(), server_hostname="localhost")


async def ended(writer: asyncio.StreamWriter) -> None:
    """Close the peer's end, and wait until it is."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def test_what_is_said_arrives_both_ways_and_the_end_is_told(tmp_path: Path) -> None:
    async def act(port: int, echo: Echo, listener: TlsListener, node: NodeTls) -> None:
        reader, writer = await connected(port, node)
        writer.write(b"x" * 100_000)
        assert await reader.readexactly(100_000) == b"x" * 100_000
        assert echo.transport is not None
        assert echo.transport.get_extra_info("sslcontext") is not None
        assert echo.transport.get_extra_info("peername")[0] == "127.0.0.1"
        assert not listener.handshakes
        await ended(writer)
        assert [await echo.told.get(), await echo.told.get()] == ["made", "lost"]

    with_listener(tmp_path, act)


def test_a_close_reaches_the_peer_behind_all_that_was_written(tmp_path: Path) -> None:
    async def act(port: int, echo: Echo, listener: TlsListener, node: NodeTls) -> None:
        reader, writer = await connected(port, node)
        assert await echo.told.get() == "made"
        assert echo.transport is not None
        echo.transport.write(b"last words")
        echo.transport.close()
        echo.transport.write(b"too late")
        assert await reader.read() == b"last words"
        assert await echo.told.get() == "lost"
        await ended(writer)

    with_listener(tmp_path, act)


def test_a_peer_that_waits_for_our_goodbye_is_given_it_at_once(tmp_path: Path) -> None:
    """As asyncio's clients do, for half a minute."""

    async def act(port: int, echo: Echo, listener: TlsListener, node: NodeTls) -> None:
        _, writer = await connected(port, node)
        begun = asyncio.get_running_loop().time()
        writer.close()
        await writer.wait_closed()
        assert asyncio.get_running_loop().time() - begun < 1.0

    with_listener(tmp_path, act)


@pytest.mark.parametrize("said", [b"", b"\x16\x03", b"GET / HTTP/1.1\r\n\r\n"])
def test_who_does_not_shake_hands_is_never_told_of(tmp_path: Path, said: bytes) -> None:
    async def act(port: int, echo: Echo, listener: TlsListener, node: NodeTls) -> None:
        began = asyncio.get_running_loop().time()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        assert await reader.read() == b""
        waited = asyncio.get_running_loop().time() - began
        assert waited == pytest.approx(0 if said[:1] == b"G" else HANDSHAKE_S, abs=1)
        assert not listener.handshakes
        assert echo.told.empty()
        await ended(writer)

    with_listener(tmp_path, act)


def test_more_handshakes_than_can_be_done_in_time_are_not_begun_and_a_stop_waits_for_none(
    tmp_path: Path,
) -> None:
    async def act(port: int, echo: Echo, listener: TlsListener, node: NodeTls) -> None:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(HANDSHAKES)]
        with pytest.raises(OSError, match=r"reset|closed|EOF"):
            await connected(port, node)
        assert len(listener.handshakes) == HANDSHAKES
        began = asyncio.get_running_loop().time()
        listener.close()
        for reader, writer in slow:
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            await ended(writer)
        assert asyncio.get_running_loop().time() == pytest.approx(began, abs=1)
        _, writer = await connected(port, node)
        assert await echo.told.get() == "made"
        await ended(writer)
        assert await echo.told.get() == "lost"

    with_listener(tmp_path, act)


def test_a_peer_that_does_not_read_is_told_to_the_protocol_and_again_when_it_does(tmp_path: Path) -> None:
    async def act(port: int, echo: Echo, listener: TlsListener, node: NodeTls) -> None:
        reader, writer = await connected(port, node)
        assert await echo.told.get() == "made"
        assert echo.transport is not None
        echo.transport.set_write_buffer_limits(high=65_536)
        written = 0
        while echo.told.empty() and written < 50_000_000:
            echo.transport.write(bytes(60_000))
            written += 60_000
            await asyncio.sleep(0)
        assert await echo.told.get() == "pause"
        await reader.readexactly(written)
        assert await echo.told.get() == "resume"
        await ended(writer)
        assert await echo.told.get() == "lost"

    with_listener(tmp_path, act)
