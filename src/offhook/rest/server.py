"""The HTTP server: uvicorn inside our own loop, with bounded request heads.

Uvicorn by itself installs signal handlers, ends the process when it cannot bind, and with httptools takes a
request head of any length. None of that is for a node that shares its loop with calls.

A path may be one where connections become something else: who asks there for a WebSocket gets the answer of
whoever the roof has put there, and its connection goes to them. TLS lies under it where the roof plugs it in.

Called by the roof.
"""

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, cast

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from offhook.base.errors import UsageError
from offhook.waiting.timeout import timeout

HEAD_MAX_BYTES: Final = 64 * 1024
"""Request line and headers together."""
CONNECTIONS_MAX: Final = 1_000
"""Connections or requests at once; one more is answered with 503."""
BACKLOG: Final = 512
GRACE_S: Final = 5
"""How long requests may run on once the server is told to close."""

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UpgradeAnswer:
    """What a request for a WebSocket gets."""

    status: int
    """101, or that of a refusal."""
    headers: Fields
    """Of the answer."""
    text: str = ""
    """Body of a refusal."""
    protocol: asyncio.Protocol | None = None
    """Who has the connection from now on; None of a refusal."""


@dataclass(frozen=True, slots=True)
class UpgradeRequest:
    """A request for a WebSocket."""

    method: str
    """As it stands in the request line."""
    headers: Fields
    """Names in lower case."""
    remote_host: str
    """Where it comes from, numeric."""
    is_secure: bool
    """Whether it came over TLS."""


Upgrade = Callable[[UpgradeRequest], UpgradeAnswer]
"""Answers a request for a WebSocket."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What the roof puts beside the application."""

    upgrades: Mapping[str, Upgrade] = field(default_factory=dict)
    """By path, where a WebSocket may be asked for."""
    secure: Callable[[asyncio.Protocol], asyncio.Protocol] | None = None
    """Puts TLS under the protocol of a connection; None is plain HTTP."""


class HttpServer:
    """One listener and the application behind it."""

    def __init__(self, app: ASGIApp, host: str, port: int, doors: Doors | None = None) -> None:
        self._host = host
        self._port = port
        self._server = _Server(
            uvicorn.Config(
                app,
                http=_protocol_class(doors or Doors()),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=CONNECTIONS_MAX,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self._listener: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Listen, and return the port: a free one when it was 0.

        Raises: OSError when the address cannot be had; UsageError when started before.
        """
        if self._listener is not None:
            raise UsageError("the server was started before")
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        self._listener = socket.create_server((self._host, self._port), family=family, backlog=BACKLOG)
        await self._server.begin(self._listener)
        self._task = asyncio.create_task(self._server.main_loop(), name="rest.server")
        port: int = self._listener.getsockname()[1]
        return port

    async def close(self) -> None:
        """Stop listening, let running requests end for a few seconds, return when all is closed."""
        if self._task is None or self._listener is None:
            return
        self._server.stop()
        await self._task
        await self._server.shutdown([self._listener])


class _Server(uvicorn.Server):
    """Uvicorn's parts without its `serve`, which takes the signals; told by an event when to stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopped = asyncio.Event()

    async def begin(self, listener: socket.socket) -> None:
        """What `serve` does before its loop."""
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup([listener])

    def stop(self) -> None:
        """End the loop."""
        self.should_exit = True
        self._stopped.set()

    async def main_loop(self) -> None:
        """Refresh the Date header once a second until stopped."""
        while not await self.on_tick(0):  # 0 is the count at which on_tick makes the header anew.
            with contextlib.suppress(TimeoutError):
                async with timeout(1):
                    await self._stopped.wait()


def _protocol_class(doors: Doors) -> type[asyncio.Protocol]:
    """What uvicorn makes for each connection, as far as it can tell a class."""
    secure = doors.secure

    def make(**given: Any) -> asyncio.Protocol:
        protocol = _BoundedHead(**given)
        protocol.upgrades = doors.upgrades
        return protocol if secure is None else secure(protocol)

    return cast(type[asyncio.Protocol], make)


class _BoundedHead(HttpToolsProtocol):
    """Refuses a request whose line and headers do not end; hands over what becomes a WebSocket."""

    upgrades: Mapping[str, Upgrade] = MappingProxyType({})
    _reading = b""
    """What is being read."""
    _head_bytes: int | None = 0
    """Bytes since the head began; None while a body arrives."""
    _has_ended = False
    """Whether a request ended in what is being read."""

    def data_received(self, data: bytes) -> None:
        """Count what belongs to an unfinished head.

        Where a request ends and the next one begins in one read is not told; such a read is not counted, and
        is itself bounded by the loop.
        """
        self._has_ended = False
        self._reading = data
        super().data_received(data)
        self._reading = b""
        if self._head_bytes is not None and not self._has_ended:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_MAX_BYTES and not self.transport.is_closing():
                self.send_400_response("Request head too large.")

    def on_headers_complete(self) -> None:
        """The rest is body."""
        self._head_bytes = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next head begins."""
        self._head_bytes = 0
        self._has_ended = True
        super().on_message_complete()

    def _should_upgrade(self) -> bool:
        """Whether the request is for a WebSocket, where there may be one; else it is a request like any."""
        return self._get_upgrade() == b"websocket" and self._path() in self.upgrades

    def _path(self) -> str:
        return httptools.parse_url(self.url).path.decode("ascii")

    def handle_websocket_upgrade(self) -> None:
        """Called while the parser's exception is handled, which says where the head ends."""
        stopped = sys.exc_info()[1]
        rest = self._reading[stopped.args[0] :] if stopped is not None and stopped.args else b""
        last = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        if last is not None and not last.response_complete:
            self.send_400_response("An upgrade cannot be asked for before the last request is answered.")
            return
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self.headers)
        remote_host = self.client[0] if self.client is not None else ""
        is_secure = self.scheme == "https"
        request = UpgradeRequest(self.scope["method"], headers, remote_host, is_secure)
        answer = self.upgrades[self._path()](request)
        protocol = answer.protocol
        self.transport.write(_head_of(answer))
        if protocol is None:
            self.transport.close()
            return
        self.connections.discard(self)
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        if rest:
            protocol.data_received(rest)


def _head_of(answer: UpgradeAnswer) -> bytes:
    body = answer.text.encode()
    fields = list(answer.headers)
    if answer.protocol is None:
        fields += [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
        ]
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
