"""The WebSocket client against real servers on loopback: handshake, signature, and each way to fail."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from offhook.base.redact import Secret
from offhook.streaming.client import AiohttpSocketClient
from offhook.streaming.ports import BinaryReceived, SocketClosed, SocketError, TextReceived
from offhook.streaming.settings import Settings
from offhook.webhook.guard import open_public_socket
from offhook.webhook.signature import sign
from tests.support.free_port import free_port

TOKEN = Secret("12345")
SETTINGS = Settings(sign=sign, open_socket=None)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """The URL of a server on loopback."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"ws://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_server(answer: bytes) -> AsyncIterator[str]:
    """The URL of a server that answers any request with these bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@asynccontextmanager
async def client(settings: Settings = SETTINGS) -> AsyncIterator[AiohttpSocketClient]:
    sockets = AiohttpSocketClient(settings)
    try:
        yield sockets
    finally:
        await sockets.close()


async def failure(url: str, settings: Settings = SETTINGS) -> SocketError:
    async with client(settings) as sockets:
        with pytest.raises(SocketError) as caught:
            await sockets.open(url, TOKEN)
    return caught.value


async def code_of(url: str, settings: Settings = SETTINGS) -> int:
    return (await failure(url, settings)).code


def test_it_talks_and_is_closed_by_the_server() -> None:
    seen: list[web.Request] = []

    async def talk(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        server = web.WebSocketResponse()
        await server.prepare(request)
        await server.send_str(str(await server.receive_str()).upper())
        await server.send_bytes(b"\x00")
        await server.close(code=1001, message=b"bye")
        return server

    async def run() -> None:
        async with serving(talk) as url, client() as sockets:
            opened = await sockets.open(f"{url}/talk", TOKEN)
            await opened.ping()
            await opened.send("hello")
            assert await opened.receive() == TextReceived("HELLO")
            assert await opened.receive() == BinaryReceived()
            assert await opened.receive() == SocketClosed(1001, "bye")
            await opened.close()
            assert seen[0].headers["X-Twilio-Signature"] == sign(TOKEN, f"{url}/talk")
            assert seen[0].headers["User-Agent"].startswith("Twilio")

    asyncio.run(run())


def test_the_signed_url_is_as_written_less_the_login_and_with_a_path() -> None:
    seen: list[web.Request] = []

    async def refuse(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        return web.Response(status=403)

    async def run() -> None:
        async with serving(refuse) as url:
            assert await code_of(url.replace("ws://", "ws://user:pass@")) == 31920
            assert seen[0].headers["X-Twilio-Signature"] == sign(TOKEN, f"{url}/")
            assert seen[0].headers["Authorization"].startswith("Basic ")

    asyncio.run(run())


def test_what_is_no_url_of_a_websocket_is_refused_unasked() -> None:
    async def run() -> None:
        assert await code_of("https://agent.test/") == 31922
        assert await code_of("wss:///") == 31923
        assert await code_of("wss://[::1/") == 31923

    asyncio.run(run())


def test_private_addresses_and_plain_sockets_are_refused_where_webhooks_may_not_go() -> None:
    public_only = Settings(sign=sign, open_socket=open_public_socket)

    async def run() -> None:
        assert await code_of("ws://agent.test/", public_only) == 31922
        assert await code_of(f"wss://127.0.0.1:{free_port()}/", public_only) == 31904

    asyncio.run(run())


def test_nobody_listens() -> None:
    async def run() -> None:
        assert await code_of(f"ws://127.0.0.1:{free_port()}/") == 31902

    asyncio.run(run())


def test_a_server_that_does_not_answer_is_given_up() -> None:
    async def run() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"ws://127.0.0.1:{silent.getsockname()[1]}/"
            assert await code_of(url, Settings(sign=sign, open_socket=None, open_timeout_s=0.3)) == 31901

    asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 31920),
        (b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", 31920),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 31920),
        (b"nonsense\r\n\r\n", 31920),
        (b"", 31903),
    ],
)
def test_answers_that_open_no_socket(answer: bytes, code: int) -> None:
    async def run() -> None:
        async with raw_server(answer) as url:
            assert await code_of(url) == code

    asyncio.run(run())


def test_tls_that_is_none() -> None:
    async def run() -> None:
        async with raw_server(b"HTTP/1.1 101 x\r\n\r\n") as url:
            assert await code_of(url.replace("ws://", "wss://")) == 31910

    asyncio.run(run())


@pytest.mark.parametrize("reads", [0, 1])
@pytest.mark.parametrize("resets", [False, True])
def test_31910_a_connection_that_closes_in_the_tls_handshake(reads: int, resets: bool) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(reads)
        if resets:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            error = await failure(f"wss://{address}/")
            assert error.code == 31910
            assert error.message == f"{address} closed the connection in its TLS handshake"

    asyncio.run(run())


def test_31902_nobody_listens_for_tls() -> None:
    async def run() -> None:
        assert await code_of(f"wss://127.0.0.1:{free_port()}/") == 31902

    asyncio.run(run())


@pytest.mark.parametrize(
    ("written", "code"), [(b"\xff\xff\xff\xff", 31924), (b"\x81\x02\xc3\x28", 31924), (b"", 31903)]
)
def test_a_server_that_breaks_the_protocol_or_the_connection(written: bytes, code: int) -> None:
    async def misbehave(request: web.Request) -> web.StreamResponse:
        server = web.WebSocketResponse()
        await server.prepare(request)
        transport = request.transport
        assert transport is not None
        transport.write(written)
        if not written:
            linger = struct.pack("ii", 1, 0)  # a reset
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()
        await asyncio.sleep(0.2)
        return server

    async def run() -> None:
        async with serving(misbehave) as url, client() as sockets:
            opened = await sockets.open(f"{url}/", TOKEN)
            with pytest.raises(SocketError) as caught:
                await opened.receive()
            assert caught.value.code == code
            await opened.close()
            await opened.close()

    asyncio.run(run())


def test_a_message_beyond_the_longest_breaks_the_protocol() -> None:
    async def shout(request: web.Request) -> web.StreamResponse:
        server = web.WebSocketResponse()
        await server.prepare(request)
        await server.send_str("a" * 2000)
        await server.receive()
        return server

    async def run() -> None:
        settings = Settings(sign=sign, open_socket=None, message_bytes_max=1000)
        async with serving(shout) as url, client(settings) as sockets:
            opened = await sockets.open(f"{url}/", TOKEN)
            with pytest.raises(SocketError) as caught:
                await opened.receive()
            assert caught.value.code == 31924
            await opened.close()

    asyncio.run(run())


def test_who_sends_to_a_closed_socket_is_told() -> None:
    async def leave(request: web.Request) -> web.StreamResponse:
        server = web.WebSocketResponse()
        await server.prepare(request)
        await server.close()
        return server

    async def run() -> None:
        async with serving(leave) as url, client() as sockets:
            opened = await sockets.open(f"{url}/", TOKEN)
            assert await opened.receive() == SocketClosed(1000)
            with pytest.raises(SocketError) as caught:
                await opened.send("anybody there?")
            assert caught.value.code == 31903
            with pytest.raises(SocketError):
                await opened.ping()

    asyncio.run(run())
