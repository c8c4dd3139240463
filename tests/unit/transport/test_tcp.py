"""TCP connections in virtual time: what is framed, how long a peer may take, when one is reused."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from offhook.sip.flow import Address, Flow, Transport
from offhook.sip.settings import Limits
from offhook.transport.connection import ANSWER_S, IDLE_S, LATE, MESSAGE_S, SILENT_S, UNSENT_MAX_BYTES
from offhook.transport.ports import Target
from offhook.transport.tcp import TcpConnections
from tests.support.virtual_time import run
from tests.support.websocket import CLOSE, PONG, TEXT, frame

MESSAGE = b"OPTIONS sip:x@a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc"


@dataclass
class Ear:
    """Collects what the connections tell."""

    messages: asyncio.Queue[tuple[bytes, Flow]] = field(default_factory=asyncio.Queue)
    closed: asyncio.Queue[Flow] = field(default_factory=asyncio.Queue)

    def handle_message(self, data: bytes, flow: Flow) -> None:
        self.messages.put_nowait((data, flow))

    def handle_closed(self, flow: Flow) -> None:
        self.closed.put_nowait(flow)

    def advertised(self, local: Address, remote: Address) -> Address:
        assert remote.port
        return local


Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def with_peer(
    act: Callable[[Peer, Ear, TcpConnections], Awaitable[None]], limits: Limits | None = None
) -> None:
    async def scenario() -> None:
        ear = Ear()
        connections = TcpConnections(ear, limits or Limits())
        address = await connections.listen("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        try:
            await act((reader, writer), ear, connections)
        finally:
            writer.close()
            connections.close()

    run(scenario())


def test_messages_are_cut_from_the_stream_however_it_arrives() -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        peer[1].write(MESSAGE + MESSAGE[:10])
        data, flow = await ear.messages.get()
        assert data == MESSAGE
        assert flow.transport is Transport.TCP
        for byte in MESSAGE[10:]:
            peer[1].write(bytes([byte]))
        assert (await ear.messages.get()) == (MESSAGE, flow)
        assert connections.send(flow, b"answer")
        assert await peer[0].readexactly(6) == b"answer"

    with_peer(act)


def test_a_ping_is_answered_and_a_pong_is_not() -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        peer[1].write(b"\r\n\r\n")
        assert await peer[0].readexactly(2) == b"\r\n"
        peer[1].write(b"\r\n" + MESSAGE)
        assert (await ear.messages.get())[0] == MESSAGE

    with_peer(act)


def test_a_byte_a_second_does_not_hold_a_connection_longer_than_a_message_may_take() -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        began = asyncio.get_running_loop().time()
        for byte in MESSAGE:
            if not ear.closed.empty():
                break
            peer[1].write(bytes([byte]))
            await asyncio.sleep(1)
        await ear.closed.get()
        assert MESSAGE_S <= asyncio.get_running_loop().time() - began <= MESSAGE_S + 2
        assert ear.messages.empty()

    with_peer(act)


def test_a_busy_connection_that_always_ends_inside_a_message_lives_on() -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        peer[1].write(MESSAGE[:5])
        for _ in range(10):
            await asyncio.sleep(MESSAGE_S / 2)
            peer[1].write(MESSAGE[5:] + MESSAGE[:5])
            assert (await ear.messages.get())[0] == MESSAGE
        assert ear.closed.empty()

    with_peer(act)


def test_a_connection_that_carries_nothing_is_closed_after_an_hour() -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        began = asyncio.get_running_loop().time()
        await ear.closed.get()
        assert asyncio.get_running_loop().time() - began == pytest.approx(IDLE_S, abs=1)

    with_peer(act)


def test_messages_put_the_end_of_a_connection_off_without_a_timer_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        loop = asyncio.get_running_loop()
        peer[1].write(MESSAGE)
        await ear.messages.get()
        timers: list[float] = []
        set_timer = loop.call_at

        def counted(when: float, *more: Any, **named: Any) -> asyncio.TimerHandle:
            timers.append(when)
            return set_timer(when, *more, **named)

        monkeypatch.setattr(loop, "call_at", counted)
        for _ in range(20):
            peer[1].write(MESSAGE)
            await ear.messages.get()
        assert timers == []
        monkeypatch.undo()
        await asyncio.sleep(IDLE_S / 2)
        peer[1].write(MESSAGE)
        await ear.messages.get()
        began = loop.time()
        await ear.closed.get()
        assert loop.time() - began == pytest.approx(IDLE_S, abs=1), "an hour behind the last of them"

    with_peer(act)


def test_a_peer_that_was_told_to_send_keepalives_loses_its_connection_when_it_does_not() -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        peer[1].write(MESSAGE)
        _, flow = await ear.messages.get()
        connections.expect_keepalives(flow, 120)
        for _ in range(3):
            await asyncio.sleep(119)
            peer[1].write(b"\r\n\r\n")
            assert await peer[0].readexactly(2) == b"\r\n"
        began = asyncio.get_running_loop().time()
        assert await ear.closed.get() == flow
        assert asyncio.get_running_loop().time() - began == pytest.approx(120 * LATE, abs=1)

    with_peer(act)


@pytest.mark.parametrize(
    "noise",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS sip:x@a SIP/2.0\r\nContent-Length: 99999999999\r\n\r\n",
        b"x" * 3000,
    ],
    ids=["no length", "absurd length", "no end"],
)
def test_what_cannot_be_framed_costs_its_connection_only(noise: bytes) -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        peer[1].write(noise)
        await ear.closed.get()
        assert await peer[0].read() == b""

    with_peer(act, Limits(message_bytes=2000))


def test_a_peer_that_does_not_read_loses_its_connection() -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        peer[1].write(MESSAGE)
        _, flow = await ear.messages.get()
        peer[0]._transport.pause_reading()  # type: ignore[attr-defined]
        chunk = bytes(UNSENT_MAX_BYTES)
        for _ in range(200):
            if not connections.send(flow, chunk):
                break
        assert await ear.closed.get() == flow
        assert not connections.send(flow, b"more")

    with_peer(act)


def test_an_open_connection_to_an_address_is_used_again_and_a_new_one_has_a_new_serial() -> None:
    async def scenario() -> None:
        ear, far = Ear(), Ear()
        server = TcpConnections(far, Limits())
        address = await server.listen("127.0.0.1", 0)
        connections = TcpConnections(ear, Limits())
        first = await connections.connect(Target(Transport.TCP, address), 5060)
        assert await connections.connect(Target(Transport.TCP, address), 5060) == first
        assert (first.remote, first.local.port) == (address, 5060)
        assert connections.send(first, MESSAGE)
        _, taken = await far.messages.get()
        server.close()
        await ear.closed.get()
        with pytest.raises(ConnectionRefusedError):
            await connections.connect(Target(Transport.TCP, address), 5060)
        again = TcpConnections(far, Limits())
        await again.listen(address.host, address.port)
        second = await connections.connect(Target(Transport.TCP, address), 5060)
        assert second.serial != first.serial
        assert taken.transport is Transport.TCP
        connections.close()
        again.close()

    run(scenario())


async def upgraded(ear: Ear) -> tuple[TcpConnections, asyncio.Server, Peer]:
    """Connections, a server whose every socket is a WebSocket already, and a client of it."""
    connections = TcpConnections(ear, Limits(message_bytes=2000))
    server = await asyncio.get_running_loop().create_server(
        lambda: connections.take_websocket(is_secure=False), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    return connections, server, await asyncio.open_connection("127.0.0.1", port)


def with_websocket(act: Callable[[Peer, Ear, TcpConnections], Awaitable[None]]) -> None:
    async def scenario() -> None:
        ear = Ear()
        connections, server, peer = await upgraded(ear)
        try:
            await act(peer, ear, connections)
        finally:
            peer[1].close()
            connections.close()
            server.close()

    run(scenario())


def test_a_websocket_that_is_silent_is_asked_and_lives_on_when_it_answers() -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        began = asyncio.get_running_loop().time()
        for _ in range(3):
            assert await peer[0].readexactly(2) == b"\x89\x00"
            peer[1].write(frame(PONG, b""))
        assert asyncio.get_running_loop().time() - began == pytest.approx(3 * SILENT_S, abs=1)
        assert ear.closed.empty()

    with_websocket(act)


def test_a_websocket_that_does_not_answer_is_closed() -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        peer[1].write(frame(TEXT, MESSAGE))
        _, flow = await ear.messages.get()
        began = asyncio.get_running_loop().time()
        assert await ear.closed.get() == flow
        assert asyncio.get_running_loop().time() - began == pytest.approx(SILENT_S + ANSWER_S, abs=1)
        assert not connections.is_open(flow)

    with_websocket(act)


def test_a_byte_a_second_holds_no_websocket_longer_than_a_message_may_take() -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        began = asyncio.get_running_loop().time()
        for byte in frame(TEXT, MESSAGE):
            if not ear.closed.empty():
                break
            peer[1].write(bytes([byte]))
            await asyncio.sleep(1)
        await ear.closed.get()
        assert MESSAGE_S <= asyncio.get_running_loop().time() - began <= MESSAGE_S + 2
        assert ear.messages.empty()

    with_websocket(act)


@pytest.mark.parametrize(
    ("noise", "told"),
    [
        (b"OPTIONS sip:x@a SIP/2.0\r\n\r\n" + bytes(9), b"\x88\x02\x03\xea"),
        (frame(TEXT, bytes(2001)), b"\x88\x02\x03\xf1"),
        (frame(TEXT, MESSAGE, mask=None) + bytes(9), b"\x88\x02\x03\xea"),
        (frame(CLOSE, b"\x03\xe8"), b"\x88\x02\x03\xe8"),
    ],
    ids=["no frame", "too large", "not masked", "goodbye"],
)
def test_a_websocket_that_ends_is_told_why_by_a_close_frame(noise: bytes, told: bytes) -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        peer[1].write(noise)
        assert await peer[0].read() == told
        await ear.closed.get()
        assert ear.messages.empty()

    with_websocket(act)


def test_a_websocket_that_is_closed_is_not_opened_from_here() -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        peer[1].write(frame(TEXT, MESSAGE))
        _, flow = await ear.messages.get()
        assert await connections.connect(Target(Transport.WS, flow.remote), 5060) == flow
        peer[1].close()
        await ear.closed.get()
        with pytest.raises(ConnectionRefusedError, match="opened by its client alone"):
            await connections.connect(Target(Transport.WS, flow.remote), 5060)

    with_websocket(act)


def test_a_target_that_names_one_connection_gets_no_other_one_to_the_same_address() -> None:
    async def act(peer: Peer, ear: Ear, connections: TcpConnections) -> None:
        peer[1].write(MESSAGE)
        _, flow = await ear.messages.get()
        named = Target(Transport.TCP, flow.remote, serial=flow.serial)
        assert await connections.connect(named, 5060) == flow
        with pytest.raises(ConnectionResetError, match="that it named is closed"):
            await connections.connect(Target(Transport.TCP, flow.remote, serial=flow.serial + 1), 5060)

    with_peer(act)
