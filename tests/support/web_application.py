"""A customer's web application of one's wishes, on a free port of loopback, inside the test's loop.

    async with running_application(answer(b"<Response/>")) as app: …   →  app.url, app.requests

Each request gets the next answer; the last one is repeated. An answer is the bytes to write, with
the connection kept, or a coroutine function that does what it wants with the two streams.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

TLS_FOLDER: Final = Path(__file__).parent / "tls"

Misdeed = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Answer = bytes | Misdeed


@dataclass(frozen=True)
class SeenRequest:
    """One request as it arrived."""

    method: str
    target: str
    """As on the request line."""
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def form(self) -> list[tuple[str, str]]:
        """The fields of the body."""
        return parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=bool(self.body))

    @property
    def query(self) -> list[tuple[str, str]]:
        """The fields of the query string."""
        return parse_qsl(self.target.partition("?")[2], keep_blank_values=True)


@dataclass
class Application:
    """A running application."""

    url: str
    """Of its root, without a slash at the end."""
    requests: list[SeenRequest] = field(default_factory=list)
    connections: int = 0


def answer(
    body: bytes | str = b"", status: int = 200, content_type: str | None = "text/xml", *headers: str
) -> bytes:
    """A whole HTTP response; headers are whole lines."""
    payload = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(payload)}", *headers]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + payload


def redirect(location: str, status: int = 302, *headers: str) -> bytes:
    """A response that sends elsewhere."""
    return answer(b"", status, None, f"Location: {location}", *headers)


def server_tls(name: str) -> ssl.SSLContext:
    """A server's context with one of the certificates in `tests/support/tls`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS_FOLDER / f"{name}.pem")
    return context


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close without an answer."""
    writer.close()


async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Never answer; wait until the client gives up."""
    await reader.read()


@asynccontextmanager
async def running_application(
    *answers: Answer,
    reply: Callable[[SeenRequest], bytes] | None = None,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[Application]:
    """Serve until the block ends. reply: makes the whole response for a request, in place of the answers."""
    app = Application("")
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        app.connections += 1
        try:
            while (request := await _read_request(reader)) is not None:
                app.requests.append(request)
                chosen = reply(request) if reply else answers[min(len(app.requests), len(answers)) - 1]
                if not isinstance(chosen, bytes):
                    await chosen(reader, writer)
                    return
                writer.write(chosen)
                await writer.drain()
        except ConnectionError:
            return  # the client gave up, which is what some tests are about
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(serve(reader, writer))
        tasks.add(task)

    server = await asyncio.start_server(accept, host, 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    app.url = f"{'https' if tls else 'http'}://{'localhost' if tls else host}:{port}"
    try:
        yield app
    finally:
        server.close()
        await server.wait_closed()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read_request(reader: asyncio.StreamReader) -> SeenRequest | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return SeenRequest(method, target, headers, body)
