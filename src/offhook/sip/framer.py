"""Cuts a stream into messages and keepalives, without I/O: for the TCP and TLS flows of `transport/`.

A WebSocket is cut by `transport/websocket.py`, into the same frames.

    framer.handle_data(data)
    while frame := framer.poll_frame(): …

What comes out does not depend on how the bytes were cut on the way. At most one message is held; how
long a peer may take for it is the transport's to bound, and how many headers it may have the parser's,
which can answer 400 where here only closing would be left. Sources: RFC 3261 §7.5, §18.3; RFC 5626 §4.4.1.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from offhook.sip.error import SipError, malformed
from offhook.sip.settings import Limits

_END: Final = b"\r\n\r\n"
_SECTION: Final = "RFC 3261 §18.3"
_CONTENT_LENGTH: Final = re.compile(
    rb"\r\n(?:content-length|l)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)(?=\r\n)", re.IGNORECASE
)
_FOLD: Final = re.compile(rb"\r\n[ \t]")


class Keepalive(Enum):
    """Line ends between messages (RFC 5626 §4.4.1)."""

    PONG = "a line end: the answer to a ping of ours, or the first half of one of the peer's"
    PING = "the second line end of two: to be answered with one"


@dataclass(frozen=True, slots=True)
class Framed:
    """One message, well cut but not parsed."""

    data: bytes
    """From its start line to the last byte that Content-Length counts."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the next message begins is lost: the connection must be closed. Nothing follows."""

    error: SipError
    """What is wrong."""
    farewell: bytes = b""
    """What the peer is told before; nothing on a stream."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The peer asks for these bytes at once, as they are: the pong of a WebSocket."""

    data: bytes
    """As it is sent."""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The peer ends the connection. Nothing follows."""

    data: bytes
    """What it is answered with before the connection is closed."""


Frame = Framed | Keepalive | Broken | Answer | Goodbye


class Framer:
    """One direction of one connection."""

    ping: bytes = b""
    """Nothing: a stream that carries nothing is asked nothing, and closed in the end."""
    farewell: bytes = b""
    """Nothing is said before we close."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._searched = 0
        """How much of the buffer holds no end of a head."""
        self._needed: int | None = None
        """Bytes of the message whose head is complete."""
        self._is_half_ping = False
        self._is_broken = False

    @property
    def is_idle(self) -> bool:
        """Whether the stream stands between two messages, so that a peer that is silent owes nothing."""
        return not self._buffer

    def handle_data(self, data: bytes) -> None:
        """Take what was read, in whatever pieces; after Broken it is dropped."""
        if not self._is_broken:
            self._buffer += data

    def wrap(self, message: bytes) -> bytes:
        """One message as it is sent: it frames itself."""
        return message

    def poll_frame(self) -> Frame | None:
        """The next message or keepalive; None when more bytes are needed."""
        if self._needed is None:
            if self._buffer.startswith(b"\r\n"):
                return self._take_line_end()
            try:
                self._needed = self._measure()
            except SipError as error:
                self._is_broken = True
                self._buffer.clear()
                return Broken(error)
        if self._needed is None or len(self._buffer) < self._needed:
            return None
        data = bytes(self._buffer[: self._needed])
        del self._buffer[: self._needed]
        self._searched, self._needed, self._is_half_ping = 0, None, False
        return Framed(data)

    def _take_line_end(self) -> Keepalive:
        del self._buffer[:2]
        self._is_half_ping = not self._is_half_ping
        return Keepalive.PONG if self._is_half_ping else Keepalive.PING

    def _measure(self) -> int | None:
        """The size of the message at the front; None while its head is not complete. Raises: SipError."""
        end = self._buffer.find(_END, max(0, self._searched - len(_END) + 1))
        self._searched = len(self._buffer)
        size = len(self._buffer) if end < 0 else end + len(_END)
        if size > self._limits.message_bytes or (end < 0 and size == self._limits.message_bytes):
            raise malformed("head too large", section="RFC 3261 §21.5.7", status=513)
        if end < 0:
            return None
        length = _content_length(bytes(self._buffer[: end + 2]))
        if size + length > self._limits.message_bytes:
            raise malformed("message too large", section="RFC 3261 §21.5.7", status=513)
        return size + length


def _content_length(head: bytes) -> int:
    """On a stream it must be there (§20.14). Raises: SipError: missing, repeated, or no number."""
    found = _CONTENT_LENGTH.findall(head)
    if len(found) != 1:
        what = "more than one" if found else "no"
        raise malformed(f"{what} Content-Length on a stream", section=_SECTION)
    text = _FOLD.sub(b" ", found[0]).strip(b" \t")
    if not text.isdigit() or len(text) > 10:
        raise malformed("malformed Content-Length", section="RFC 3261 §20.14", excerpt=text.decode("latin-1"))
    return int(text)
