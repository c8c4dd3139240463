"""The embedded server: ports, bounds, and an end."""

import asyncio
import socket

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from offhook.base.errors import UsageError
from offhook.rest.server import HEAD_MAX_BYTES, HttpServer, _BoundedHead


async def hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def measure(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await request.body())} bytes, end")


APP = Starlette(routes=[Route("/", hello), Route("/measure", measure, methods=["POST"])])


async def exchange(port: int, *pieces: bytes) -> bytes:
    """Send the pieces, and return what comes until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await reader.read()
    finally:
        writer.close()


def test_a_free_port_is_told_and_answers_until_closed() -> None:
    async def run() -> None:
        server = HttpServer(APP, "127.0.0.1", 0)
        port = await server.start()
        assert port != 0
        answer = await exchange(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert b"\r\ndate: " in head.lower()
        assert b"\r\nserver: " not in head.lower()
        assert body == b"hello"
        await server.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(run())


def test_two_requests_on_one_connection() -> None:
    async def run() -> None:
        server = HttpServer(APP, "127.0.0.1", 0)
        port = await server.start()
        answer = await exchange(
            port,
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        )
        assert answer.count(b"HTTP/1.1 200 OK") == 2
        await server.close()

    asyncio.run(run())


def test_a_head_that_does_not_end_is_refused() -> None:
    async def run() -> None:
        server = HttpServer(APP, "127.0.0.1", 0)
        port = await server.start()
        endless = [b"GET / HTTP/1.1\r\nX: ", *[b"a" * 1000] * (HEAD_MAX_BYTES // 1000 + 1)]
        answer = await exchange(port, *endless)
        assert answer.startswith(b"HTTP/1.1 400 ")
        await server.close()

    asyncio.run(run())


class OneRead(asyncio.Transport):
    """The transport of a connection whose bytes come all at once."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.answered = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)
        if self.written.endswith(b"end"):
            self.answered.set()

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is open."""

    def pause_reading(self) -> None:
        """There is nothing more to read."""

    def resume_reading(self) -> None:
        """There is nothing more to read."""


@pytest.mark.parametrize("requests", [1, 2])
def test_whole_requests_in_one_read_are_no_endless_head(requests: int) -> None:
    async def run() -> None:
        config = uvicorn.Config(APP, lifespan="off", log_config=None)
        config.load()
        protocol = _BoundedHead(config, ServerState(), {})
        transport = OneRead()
        protocol.connection_made(transport)
        body = b"a" * (HEAD_MAX_BYTES + 1)
        head = f"POST /measure HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        protocol.data_received((head + body) * requests)
        await asyncio.wait_for(transport.answered.wait(), 5)
        assert b"HTTP/1.1 400" not in transport.written
        assert transport.written.startswith(b"HTTP/1.1 200 OK")
        protocol.connection_lost(None)

    asyncio.run(run())


def test_what_is_not_http_is_refused() -> None:
    async def run() -> None:
        server = HttpServer(APP, "127.0.0.1", 0)
        port = await server.start()
        assert (await exchange(port, b"INVITE sip:x SIP/2.0\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
        await server.close()

    asyncio.run(run())


def test_an_address_that_is_taken_is_an_error() -> None:
    async def run() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
            await HttpServer(APP, "127.0.0.1", taken.getsockname()[1]).start()

    asyncio.run(run())


def test_a_server_starts_once_and_closes_safely() -> None:
    async def run() -> None:
        server = HttpServer(APP, "127.0.0.1", 0)
        await server.close()
        await server.start()
        with pytest.raises(UsageError):
            await server.start()
        await server.close()

    asyncio.run(run())


def test_ipv6() -> None:
    async def run() -> None:
        server = HttpServer(APP, "::1", 0)
        port = await server.start()
        reader, writer = await asyncio.open_connection("::1", port)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        assert (await reader.read()).endswith(b"hello")
        writer.close()
        await server.close()

    asyncio.run(run())
