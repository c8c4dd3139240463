"""Keepalives on a UDP port: what phones send to hold their NAT's mapping open, and what they get back.

Asked by `transport/` before a datagram goes to the user agent; on streams the `framer` does it.
Sources: RFC 5626 §3.5.2 and §8 (STUN on the SIP port: no authentication, FINGERPRINT not needed),
RFC 8489 §5, §6.3. Left out: RFC 3489's requests without the magic cookie.
"""

import struct
from binascii import crc32
from ipaddress import ip_address
from typing import Final

from offhook.sip.flow import Address

_MAGIC_COOKIE: Final = 0x2112A442
_HEADER: Final = struct.Struct("!HHI12s")
_ATTRIBUTE: Final = struct.Struct("!HH")
_BINDING_REQUEST: Final = 0x0001
_BINDING_INDICATION: Final = 0x0011
_BINDING_SUCCESS: Final = 0x0101
_BINDING_ERROR: Final = 0x0111
_ERROR_CODE: Final = 0x0009
_UNKNOWN_ATTRIBUTES: Final = 0x000A
_XOR_MAPPED_ADDRESS: Final = 0x0020
_FINGERPRINT: Final = 0x8028
_FINGERPRINT_XOR: Final = 0x5354554E
_IGNORED: Final = frozenset({0x0006, 0x0008, 0x0014, 0x0015, 0x001C, 0x001D, 0x001E})
"""USERNAME, MESSAGE-INTEGRITY, REALM, NONCE and their SHA-256 forms: this usage has no authentication."""
_MOST_UNKNOWN: Final = 8
"""So many are named in an error, which is then no larger than the request that asked for it."""

PING: Final = b"\r\n\r\n"
PONG: Final = b"\r\n"


def answer_keepalive(data: bytes, remote: Address) -> bytes | None:
    """What a keepalive datagram from `remote` is answered with; None when it is no keepalive.

    b"" for one that gets no answer. Two line ends are answered with one, as on a stream: RFC 5626
    wants STUN over UDP, but Snom and Cisco phones send these. Never longer than 2.5 times `data`.
    """
    if data[:1] > b" ":
        return None  # a letter: nearly always
    if data == PING:
        return PONG
    if not data.strip(b"\r\n\0 "):
        return b""
    if data[0] < 4:
        return _answer_stun(data, remote)
    return None


def _answer_stun(data: bytes, remote: Address) -> bytes | None:
    """The Binding response; None where it isn't STUN, which the user agent then counts as a bad message."""
    if len(data) < _HEADER.size:
        return None
    kind, length, cookie, transaction_id = _HEADER.unpack_from(data)
    if cookie != _MAGIC_COOKIE or length % 4 or length != len(data) - _HEADER.size:
        return None
    if kind == _BINDING_INDICATION:
        return b""
    attributes = _attribute_types(data) if kind == _BINDING_REQUEST else None
    if attributes is None:
        return None
    unknown = [each for each in attributes if each < 0x8000 and each not in _IGNORED]
    if unknown:
        body = _error(unknown[:_MOST_UNKNOWN])
        kind = _BINDING_ERROR
    else:
        body = _xor_mapped_address(remote, transaction_id)
        kind = _BINDING_SUCCESS
    return _message(kind, transaction_id, body, with_fingerprint=_FINGERPRINT in attributes)


def _attribute_types(data: bytes) -> list[int] | None:
    """The type of every attribute; None when one reaches beyond the end."""
    types: list[int] = []
    at = _HEADER.size
    while at < len(data):
        kind, length = _ATTRIBUTE.unpack_from(data, at)
        types.append(kind)
        at += _ATTRIBUTE.size + (length + 3) // 4 * 4
    return types if at == len(data) else None


def _message(kind: int, transaction_id: bytes, body: bytes, *, with_fingerprint: bool) -> bytes:
    length = len(body) + (8 if with_fingerprint else 0)
    message = _HEADER.pack(kind, length, _MAGIC_COOKIE, transaction_id) + body
    if with_fingerprint:
        message += struct.pack("!HHI", _FINGERPRINT, 4, crc32(message) ^ _FINGERPRINT_XOR)
    return message


def _xor_mapped_address(remote: Address, transaction_id: bytes) -> bytes:
    """RFC 8489 §14.2: the port and address as we see them, so masked that no NAT rewrites them."""
    address = ip_address(remote.host).packed
    mask = _MAGIC_COOKIE.to_bytes(4, "big") + transaction_id
    masked = bytes(one ^ other for one, other in zip(address, mask, strict=False))
    family = 1 if len(address) == 4 else 2
    port = remote.port ^ (_MAGIC_COOKIE >> 16)
    return struct.pack("!HHBBH", _XOR_MAPPED_ADDRESS, 4 + len(masked), 0, family, port) + masked


def _error(unknown: list[int]) -> bytes:
    """420 and the attributes that we would have to understand (RFC 8489 §6.3.1)."""
    listed = struct.pack(f"!{len(unknown)}H", *unknown)
    padding = b"\0" * (-len(listed) % 4)
    return (
        struct.pack("!HHHBB", _ERROR_CODE, 4, 0, 4, 20)
        + struct.pack("!HH", _UNKNOWN_ATTRIBUTES, len(listed))
        + listed
        + padding
    )
