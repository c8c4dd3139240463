"""How an HTTP request becomes a WebSocket that carries SIP (RFC 6455 §4.2, RFC 7118 §4.1), without I/O.

The subprotocol `sip` must be among those that the client names, and is the one that it gets. Whose page may
come is for `rest/sip_websocket.py` to say. Called by `transport/driver.py`.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import sha1
from typing import Final

from offhook.transport.ports import HandshakeRefusedError

SUBPROTOCOL: Final = "sip"
VERSION: Final = "13"
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455 §1.3."""


def accept_handshake(method: str, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The headers of the 101 that an upgrade request is answered with.

    headers: names in lower case. Raises: HandshakeRefusedError.
    """
    fields = list(headers)
    if method != "GET":
        raise HandshakeRefusedError(405, "a WebSocket begins with GET", (("Allow", "GET"),))
    if _values(fields, "sec-websocket-version") != [VERSION]:
        wanted = (("Sec-WebSocket-Version", VERSION),)
        raise HandshakeRefusedError(426, f"Sec-WebSocket-Version must be {VERSION}", wanted)
    keys = _values(fields, "sec-websocket-key")
    if len(keys) != 1 or not _is_key(keys[0]):
        raise HandshakeRefusedError(400, "Sec-WebSocket-Key must be 16 bytes in base64, once")
    if SUBPROTOCOL not in _values(fields, "sec-websocket-protocol"):
        text = f"Sec-WebSocket-Protocol must name {SUBPROTOCOL!r}: this address speaks SIP (RFC 7118)"
        raise HandshakeRefusedError(400, text)
    digest = sha1(keys[0].encode() + _GUID, usedforsecurity=False).digest()
    return (
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", b64encode(digest).decode()),
        ("Sec-WebSocket-Protocol", SUBPROTOCOL),
    )


def _values(fields: list[tuple[str, str]], name: str) -> list[str]:
    found = (part.strip() for each, value in fields if each == name for part in value.split(","))
    return [part for part in found if part]


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
