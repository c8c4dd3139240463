"""How the HTTP server, plain and over TLS, hands over what becomes a WebSocket, and what it refuses."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette

from offhook.rest.server import Doors, HttpServer, Upgrade, UpgradeAnswer, UpgradeRequest
from offhook.rest.sip_websocket import no_websocket, sip_websocket
from offhook.sip.flow import Flow, Transport
from offhook.sip.settings import Limits
from offhook.transport.ports import HandshakeRefusedError
from offhook.transport.tcp import TcpConnections
from offhook.transport.tls_stream import TlsListener
from offhook.transport.websocket_handshake import accept_handshake
from tests.support.certificates import node_tls
from tests.support.websocket import BINARY, TEXT, WebSocketClient, frame, upgrade_request
from tests.unit.transport.test_tcp import MESSAGE, Ear

APP = Starlette(routes=[no_websocket()])


class Taker:
    """The part of the driver that the server talks to, over connections that only collect."""

    def __init__(self) -> None:
        self.ear = Ear()
        self.connections = TcpConnections(self.ear, Limits())
        self.is_ready = True

    def take_websocket(
        self, method: str, headers: object, *, is_secure: bool
    ) -> tuple[tuple[tuple[str, str], ...], asyncio.Protocol]:
        assert isinstance(headers, tuple)
        if not self.is_ready:
            raise HandshakeRefusedError(503, "SIP is not served yet", (("Retry-After", "1"),))
        return accept_handshake(method, headers), self.connections.take_websocket(is_secure=is_secure)

    async def next(self) -> tuple[bytes, Flow]:
        async with asyncio.timeout(5):
            return await self.ear.messages.get()


def with_server(
    act: Callable[[int, Taker], Awaitable[None]],
    tls: TlsListener | None = None,
    public_url: str | None = "https://elsewhere.example/voice",
) -> None:
    async def run() -> None:
        taker = Taker()
        upgrades = {"/sip": sip_websocket(lambda: taker, public_url)}
        server = HttpServer(APP, "127.0.0.1", 0, Doors(upgrades, None if tls is None else tls.secure))
        port = await server.start()
        try:
            await act(port, taker)
        finally:
            taker.connections.close()
            await server.close()

    asyncio.run(run())


def test_messages_go_both_ways_and_a_stop_says_that_the_node_goes_away() -> None:
    async def act(port: int, taker: Taker) -> None:
        client = await WebSocketClient.open(port)
        assert client.head.startswith("HTTP/1.1 101 Switching Protocols\r\n")
        assert "Sec-WebSocket-Protocol: sip\r\n" in client.head
        client.send(MESSAGE)
        data, flow = await taker.next()
        assert (data, flow.transport, flow.local.port) == (MESSAGE, Transport.WS, port)
        assert taker.connections.send(flow, b"SIP/2.0 200 OK\r\n\r\n")
        assert await client.receive() == (TEXT, b"SIP/2.0 200 OK\r\n\r\n")
        taker.connections.close()
        assert await client.ended() == b"\x88\x02\x03\xe9"
        client.close()

    with_server(act)


def test_what_comes_in_one_packet_with_the_request_is_not_lost() -> None:
    async def act(port: int, taker: Taker) -> None:
        client = await WebSocketClient.open(port, upgrade_request() + frame(BINARY, MESSAGE))
        assert (await taker.next())[0] == MESSAGE
        client.close()

    with_server(act)


def test_over_tls_the_same_is_a_flow_of_wss(tmp_path: Path) -> None:
    node = node_tls(tmp_path)

    async def act(port: int, taker: Taker) -> None:
        client = await WebSocketClient.open(port, tls=node.client())
        client.send(b"x" * 60_000)
        data, flow = await taker.next()
        assert (len(data), flow.transport) == (60_000, Transport.WSS)
        assert taker.connections.send(flow, b"y" * 60_000)
        assert await client.message() == b"y" * 60_000
        client.close()
        assert await taker.ear.closed.get() == flow

    with_server(act, TlsListener(node.https))


def test_plain_http_on_the_port_of_tls_ends_that_connection_alone(tmp_path: Path) -> None:
    node = node_tls(tmp_path)

    async def act(port: int, taker: Taker) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(upgrade_request())
        assert await reader.read() == b""
        writer.close()
        client = await WebSocketClient.open(port, tls=node.client())
        client.send(MESSAGE)
        assert (await taker.next())[1].transport is Transport.WSS
        client.close()

    with_server(act, TlsListener(node.https))


@pytest.mark.parametrize(
    ("request_bytes", "status", "says"),
    [
        (upgrade_request(sec_websocket_protocol="chat"), 400, "must name 'sip'"),
        (upgrade_request(sec_websocket_version="7"), 426, "Sec-WebSocket-Version must be 13"),
        (upgrade_request(upgrade=None, connection=None), 426, "ask for Upgrade: websocket"),
        (upgrade_request("/elsewhere"), 404, "Not Found"),
        (upgrade_request("/sip/x"), 404, "Not Found"),
    ],
    ids=["another subprotocol", "an old version", "no upgrade", "elsewhere", "below"],
)
def test_a_request_that_is_refused_is_told_why(request_bytes: bytes, status: int, says: str) -> None:
    async def act(port: int, taker: Taker) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_bytes)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith(f"HTTP/1.1 {status} ")
        size = next(line for line in head.lower().splitlines() if line.startswith("content-length"))
        assert says in (await reader.readexactly(int(size.partition(":")[2]))).decode()
        writer.close()

    with_server(act)


def test_before_sip_is_served_it_is_refused_for_a_moment() -> None:
    async def act(port: int, taker: Taker) -> None:
        taker.is_ready = False
        client = await WebSocketClient.open(port)
        assert client.head.startswith("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n")
        client.close()

    with_server(act)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 101),
        ("http://localhost:3000", 101),
        ("http://app.localhost", 101),
        ("http://127.0.0.1:5173", 101),
        ("https://[::1]:8443", 101),
        ("https://voice.example", 101),
        ("https://evil.example", 403),
        ("http://node.example:8080", 403),
        ("http://localhost.evil.example", 403),
        ("null", 403),
        ("http://[::1", 403),
    ],
)
def test_a_page_of_a_stranger_does_not_pass_for_a_program_of_this_machine(
    origin: str | None, status: int
) -> None:
    async def act(port: int, taker: Taker) -> None:
        client = await WebSocketClient.open(port, upgrade_request(origin=origin))
        assert client.head.startswith(f"HTTP/1.1 {status} ")
        client.close()

    with_server(act, public_url="https://voice.example")


def test_from_elsewhere_any_page_may_come() -> None:
    taker = Taker()
    answer = sip_websocket(lambda: taker)
    head = upgrade_request(origin="https://evil.example").decode().split("\r\n")[1:-2]
    headers = tuple((name.lower(), value) for name, _, value in (line.partition(": ") for line in head))
    answered = asyncio.run(_ask(answer, UpgradeRequest("GET", headers, "192.0.2.7", is_secure=False)))
    assert answered.status == 101


async def _ask(answer: Upgrade, request: UpgradeRequest) -> UpgradeAnswer:
    """On a loop, which what is made for the connection belongs to."""
    return answer(request)


def test_an_upgrade_behind_a_request_that_is_not_answered_yet_is_refused() -> None:
    async def act(port: int, taker: Taker) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /sip HTTP/1.1\r\nHost: x\r\n\r\n" + upgrade_request())
        answers = await reader.read()
        assert b"400 Bad Request" in answers
        assert b"101 Switching" not in answers
        writer.close()

    with_server(act)
