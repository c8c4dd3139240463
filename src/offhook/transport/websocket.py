"""WebSocket over the bytes of one connection, without I/O: the server of RFC 6455, one SIP message at a time.

    frames -> fragments joined, mask undone -> one message
    ping, close, what breaks the rules      -> what it is answered with

The face of `sip/framer.py`, so that `transport/connection.py` needs no second life for it. Text and binary
messages are taken alike (RFC 7118 §4.2); ours are text where they are UTF-8. A message is bounded like one on
a stream. No extension is agreed on, so that RSV bits are an error.

Sources: RFC 6455 §5 and §7.4.1, RFC 7118 §4 and §5.
"""

import struct
from typing import Final

from offhook.sip.error import SipError, malformed
from offhook.sip.framer import Answer, Broken, Frame, Framed, Goodbye, Keepalive
from offhook.sip.settings import Limits

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
"""Opcodes (RFC 6455 §5.2)."""
CONTROL_MAX_BYTES: Final = 125
"""Payload of a control frame (§5.5)."""
SECTION: Final = "RFC 6455 §5"

NORMAL, GOING_AWAY, PROTOCOL_ERROR, INVALID_DATA, TOO_BIG = 1000, 1001, 1002, 1007, 1009
"""Codes of a close frame (§7.4.1)."""
_CODES_TAKEN: Final = frozenset((1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014))
"""Those that may stand in a close frame; 3000 to 4999 besides (§7.4.2)."""


class WebSocketFramer:
    """Both directions of one connection that became a WebSocket; we are its server."""

    ping: bytes = bytes((0x80 | PING, 0))
    """What a peer that was silent is asked with; the pong is a `Keepalive`."""
    farewell: bytes = bytes((0x80 | CLOSE, 2)) + struct.pack("!H", GOING_AWAY)
    """What is sent before we close."""

    __slots__ = ("_buffer", "_is_over", "_is_text", "_limits", "_parts")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._parts = bytearray()
        """Of the message that is under way."""
        self._is_text: bool | None = None
        """Of the message under way; None between two."""
        self._is_over = False

    @property
    def is_idle(self) -> bool:
        """Whether the peer owes nothing: it stands between two messages."""
        return not self._buffer and self._is_text is None

    def handle_data(self, data: bytes) -> None:
        """Take what was read; after `Broken` and `Goodbye` it is dropped."""
        if not self._is_over:
            self._buffer += data

    def poll_frame(self) -> Frame | None:
        """The next message, or what a control frame asks for; None when more bytes are needed."""
        if self._is_over:
            return None
        try:
            return self._next()
        except _WebSocketError as error:
            self._end()
            return Broken(error.cause, _frame(CLOSE, struct.pack("!H", error.code)))

    def wrap(self, message: bytes) -> bytes:
        """One message as it is sent: servers do not mask (§5.1)."""
        return _frame(TEXT if _is_utf8(message) else BINARY, message)

    def _next(self) -> Frame | None:
        while (taken := self._take_frame()) is not None:
            opcode, is_final, payload = taken
            if opcode >= CLOSE:
                return self._control(opcode, payload)
            message = self._join(opcode, payload, is_final=is_final)
            if message is not None:
                return Framed(message)
        return None

    def _take_frame(self) -> tuple[int, bool, bytes] | None:
        """Opcode, FIN, payload of the frame at the front; None while it is not whole."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        opcode, is_final, length = buffer[0] & 0x0F, bool(buffer[0] & 0x80), buffer[1] & 0x7F
        self._check_head(
            opcode, buffer[0], is_masked=bool(buffer[1] & 0x80), length=length, is_final=is_final
        )
        head_bytes = {126: 4, 127: 10}.get(length, 2)
        if len(buffer) < head_bytes + 4:
            return None
        if length >= 126:
            length = int.from_bytes(buffer[2:head_bytes])
        if opcode < CLOSE and len(self._parts) + length > self._limits.message_bytes:
            raise _WebSocketError(TOO_BIG, "message too large", "RFC 3261 §21.5.7")
        end = head_bytes + 4 + length
        if len(buffer) < end:
            return None
        payload = _unmasked(bytes(buffer[head_bytes + 4 : end]), bytes(buffer[head_bytes : head_bytes + 4]))
        del buffer[:end]
        return opcode, is_final, payload

    def _check_head(self, opcode: int, first: int, *, is_masked: bool, length: int, is_final: bool) -> None:
        if first & 0x70:
            raise _WebSocketError(PROTOCOL_ERROR, "reserved bits without an extension", f"{SECTION}.2")
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
            raise _WebSocketError(PROTOCOL_ERROR, f"unknown opcode {opcode}", f"{SECTION}.2")
        if not is_masked:
            raise _WebSocketError(PROTOCOL_ERROR, "a client's frame is not masked", f"{SECTION}.1")
        if opcode >= CLOSE and (length > CONTROL_MAX_BYTES or not is_final):
            raise _WebSocketError(PROTOCOL_ERROR, "control frame too long, or in fragments", f"{SECTION}.5")
        if opcode == CONTINUATION and self._is_text is None:
            raise _WebSocketError(PROTOCOL_ERROR, "continuation of nothing", f"{SECTION}.4")
        if opcode in (TEXT, BINARY) and self._is_text is not None:
            raise _WebSocketError(PROTOCOL_ERROR, "a message within a message", f"{SECTION}.4")

    def _join(self, opcode: int, payload: bytes, *, is_final: bool) -> bytes | None:
        """The message that ends with this frame; None for one that goes on."""
        if opcode != CONTINUATION:
            self._is_text = opcode == TEXT
        self._parts += payload
        if not is_final:
            return None
        message, is_text = bytes(self._parts), self._is_text
        self._parts.clear()
        self._is_text = None
        if is_text and not _is_utf8(message):
            raise _WebSocketError(INVALID_DATA, "text that is not UTF-8", "RFC 6455 §8.1")
        return message

    def _control(self, opcode: int, payload: bytes) -> Frame:
        if opcode == PING:
            return Answer(_frame(PONG, payload))
        if opcode == PONG:
            return Keepalive.PONG
        self._end()
        return Goodbye(_frame(CLOSE, struct.pack("!H", _code_for(payload))))

    def _end(self) -> None:
        self._is_over = True
        self._buffer.clear()
        self._parts.clear()


class _WebSocketError(Exception):
    """The peer broke the protocol; `code` is what the close frame says."""

    def __init__(self, code: int, what: str, section: str) -> None:
        super().__init__(what)
        self.code = code
        self.cause: SipError = malformed(what, section=section)


def _code_for(payload: bytes) -> int:
    """What a close frame is answered with: its own code, where it is one (§5.5.1)."""
    if not payload:
        return NORMAL
    code = int.from_bytes(payload[:2])
    is_sound = len(payload) >= 2 and (code in _CODES_TAKEN or 3000 <= code <= 4999)
    return code if is_sound and _is_utf8(payload[2:]) else PROTOCOL_ERROR


def _frame(opcode: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        head = bytes((0x80 | opcode, length))
    elif length < 65_536:
        head = struct.pack("!BBH", 0x80 | opcode, 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, length)
    return head + payload


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    """One big number is quicker than a loop over bytes (§5.3)."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
