"""WebSockets to applications that are the test itself: it reads what is sent, and sends what it wants.

sockets = RelaySockets()
socket = await sockets.opened()            # what the node has opened
await socket.sent("setup")                 # the next message of that type, as a dictionary
socket.send(type="text", token="Hello.")   # the application says so
"""

import asyncio
import json
from typing import Any

from offhook.base.redact import Secret
from offhook.streaming.ports import BinaryReceived, SocketClosed, SocketError, SocketNews, TextReceived


class RelaySocket:
    """Implements `streaming/ports.AppSocket`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.messages: list[dict[str, Any]] = []
        """All that the node has sent."""
        self.pings = 0
        self.closed: tuple[int, str] | None = None
        """The node's close: code and reason."""
        self.has_closed = asyncio.Event()
        self.reads = asyncio.Event()
        """Cleared, the application does not read."""
        self.reads.set()
        self.is_gone = False
        """Whether what the node sends no longer arrives, while what was sent before is still to be read."""
        self._taken = 0
        self._sent = asyncio.Event()
        self._news: asyncio.Queue[SocketNews | SocketError] = asyncio.Queue()

    # The node's side

    async def send(self, text: str) -> None:
        await self.reads.wait()
        if self.is_gone:
            raise SocketError(31903, "the connection broke")
        self.messages.append(json.loads(text))
        self._sent.set()

    async def ping(self) -> None:
        await self.reads.wait()
        self.pings += 1

    async def receive(self) -> SocketNews:
        news = await self._news.get()
        if isinstance(news, SocketError):
            raise news
        return news

    async def close(self, code: int = 1000, reason: str = "") -> None:
        if self.closed is None:
            self.closed = (code, reason)
            self.has_closed.set()

    # The application's side

    def send_text(self, text: str) -> None:
        """Send a text frame."""
        self._news.put_nowait(TextReceived(text))

    def say(self, token: str, *, last: bool = True, **fields: Any) -> None:
        """Send a `text` message."""
        self.tell(type="text", token=token, last=last, **fields)

    def tell(self, **message: Any) -> None:
        """Send a message."""
        self.send_text(json.dumps(message))

    def send_binary(self) -> None:
        """Send a binary frame."""
        self._news.put_nowait(BinaryReceived())

    def end(self, code: int | None = 1000, reason: str = "") -> None:
        """Close in order."""
        self._news.put_nowait(SocketClosed(code, reason))

    def break_off(self) -> None:
        """Vanish."""
        self._news.put_nowait(SocketError(31903, "the connection broke"))

    async def sent(self, kind: str) -> dict[str, Any]:
        """The next message of a type; those of other types before it are passed over."""
        while True:
            while self._taken < len(self.messages):
                message = self.messages[self._taken]
                self._taken += 1
                if message["type"] == kind:
                    return message
            self._sent.clear()
            await self._sent.wait()

    def of(self, kind: str) -> list[dict[str, Any]]:
        """All messages of a type so far."""
        return [each for each in self.messages if each["type"] == kind]


class RelaySockets:
    """Implements `streaming/ports.SocketClient`; `refuses` makes it fail."""

    def __init__(self) -> None:
        self.sockets: list[RelaySocket] = []
        self.refuses: SocketError | None = None
        self._opened = asyncio.Event()

    async def open(self, url: str, auth_token: Secret) -> RelaySocket:
        await asyncio.sleep(0)
        if self.refuses is not None:
            raise self.refuses
        self.sockets.append(RelaySocket(url))
        self._opened.set()
        return self.sockets[-1]

    async def opened(self) -> RelaySocket:
        """The last socket, once there is one."""
        await self._opened.wait()
        self._opened.clear()
        return self.sockets[-1]

    async def close(self) -> None:
        """Nothing is kept open."""
