"""WebSockets without a network, in the loop's own time: the test is the server of each.

Implements `streaming/ports.py` for tests of what stands above it; the real client has its own tests.
"""

import asyncio
import base64
import json
from typing import Any

from offhook.base.redact import Secret
from offhook.streaming.ports import (
    AppSocket,
    BinaryReceived,
    SocketClosed,
    SocketError,
    SocketNews,
    TextReceived,
)


class ScriptedSocket:
    """One socket, seen from both ends."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sent: list[dict[str, Any]] = []
        """What the server has read, oldest first."""
        self.pings = 0
        self.closed_with: int | None = None
        """Our close code, once we have closed."""
        self.is_read = asyncio.Event()
        """Whether the server reads."""
        self.is_read.set()
        self.is_broken = False
        self._came = asyncio.Event()
        self._news: asyncio.Queue[SocketNews | SocketError] = asyncio.Queue()
        self._place = 0

    # Our end

    async def send(self, text: str) -> None:
        await self.is_read.wait()
        if self.is_broken:
            raise SocketError(31903, "the connection broke")
        self.sent.append(json.loads(text))
        self._came.set()

    async def ping(self) -> None:
        self.pings += 1

    async def receive(self) -> SocketNews:
        news = await self._news.get()
        if isinstance(news, SocketError):
            raise news
        return news

    async def close(self, code: int = 1000, reason: str = "") -> None:
        if self.closed_with is None:
            self.closed_with = code
            self._came.set()

    # The server's

    async def next(self, event: str) -> dict[str, Any]:
        """The next message of a kind; those before it are passed over."""
        async with asyncio.timeout(30.0):
            while True:
                while self._place < len(self.sent):
                    message = self.sent[self._place]
                    self._place += 1
                    if message["event"] == event:
                        return message
                self._came.clear()
                await self._came.wait()

    def events(self) -> list[str]:
        """What was read, by name."""
        return [message["event"] for message in self.sent]

    @property
    def stream_sid(self) -> str:
        """As `start` told it."""
        return str(self.sent[1]["streamSid"])

    def say(self, event: str, **body: object) -> None:
        """Send a message of this stream."""
        self.write(
            json.dumps({"event": event, "streamSid": self.stream_sid, **({event: body} if body else {})})
        )

    def play(self, payload: bytes) -> None:
        """Send media."""
        self.say("media", payload=base64.b64encode(payload).decode())

    def write(self, text: str) -> None:
        """Send whatever."""
        self._news.put_nowait(TextReceived(text))

    def write_binary(self) -> None:
        self._news.put_nowait(BinaryReceived())

    def hang_up(self, code: int | None = 1000, reason: str = "") -> None:
        """Close in order."""
        self._news.put_nowait(SocketClosed(code, reason))

    def break_off(self, code: int = 31903) -> None:
        """Let the connection break."""
        self.is_broken = True
        self._news.put_nowait(SocketError(code, "the connection broke"))


class ScriptedSockets:
    """Opens them; `opened` are all, oldest first."""

    def __init__(self) -> None:
        self.opened: list[ScriptedSocket] = []
        self.tokens: list[str] = []
        self.refusal: SocketError | None = None
        """Why none is opened."""
        self.opens_after_s = 0.0
        self.breaks_at_once = False
        """Whether a socket is broken when it is opened."""
        self._came = asyncio.Event()

    async def open(self, url: str, auth_token: Secret) -> AppSocket:
        self.tokens.append(auth_token.reveal())
        await asyncio.sleep(self.opens_after_s)
        if self.refusal is not None:
            raise self.refusal
        socket = ScriptedSocket(url)
        socket.is_broken = self.breaks_at_once
        self.opened.append(socket)
        self._came.set()
        return socket

    async def next(self) -> ScriptedSocket:
        """The socket that is opened next, once it has been told of the stream."""
        place = len(self.opened)
        return await self.at(place)

    async def at(self, place: int) -> ScriptedSocket:
        """The so manieth socket, from 0, once it has been told of the stream."""
        async with asyncio.timeout(30.0):
            while len(self.opened) <= place:
                self._came.clear()
                await self._came.wait()
        socket = self.opened[place]
        await socket.next("start")
        return socket

    async def close(self) -> None:
        pass
