"""WebSockets to applications as the rest of the house sees them: `<Stream>`, `<ConversationRelay>`.

Implemented by `streaming/client.py`. We are the client; each failure has Twilio's code (reference/twiml 9.2).
"""

from typing import Protocol

from offhook.base.frozen import frozen
from offhook.base.redact import Secret


class SocketError(Exception):
    """A socket that cannot be opened, or that broke.

    code: Twilio's: 31901 to 31904, 31910, 31920, 31922 to 31924.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@frozen
class TextReceived:
    """A text frame."""

    text: str


@frozen
class BinaryReceived:
    """A binary frame, which is not kept."""


@frozen
class SocketClosed:
    """The server has closed in order."""

    code: int | None
    """Its close code (RFC 6455 §7.4); None when it gave none."""
    reason: str = ""
    """What it said."""


SocketNews = TextReceived | BinaryReceived | SocketClosed


class AppSocket(Protocol):
    """One open socket. Its owner closes it."""

    async def send(self, text: str) -> None:
        """Send a text frame; waits while the server does not read. Raises: SocketError 31903."""
        ...

    async def ping(self) -> None:
        """Send a ping, whose answer nobody waits for. Raises: SocketError."""
        ...

    async def receive(self) -> SocketNews:
        """What comes next, by one task at a time; after SocketClosed there is nothing.

        Raises: SocketError 31903 when the connection broke, 31924 for what is no WebSocket's.
        """
        ...

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close, and wait for the server's answer for a second at most. Twice is once; never raises."""
        ...


class SocketClient(Protocol):
    """Opens sockets."""

    async def open(self, url: str, auth_token: Secret) -> AppSocket:
        """Open one, within ten seconds.

        url: absolute, `wss`, or `ws` where that is allowed; signed as it is with the token of the account.
        Raises: SocketError.
        """
        ...

    async def close(self) -> None:
        """Close all that are open."""
        ...
