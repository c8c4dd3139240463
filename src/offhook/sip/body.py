"""The session description of a message: its body, or the part of a multipart body that is one.

Used by `user_agent` and `session/`; SDP is not read here. A part of another type is passed over
unless it says `handling=required` (PBXs put ISUP or location beside the SDP), though RFC 3204 and
5621 make that the default: those PBXs say nothing, and expect to be called all the same.

Source: RFC 5621 §3, §4.1, §8; RFC 2046 §5.1. Leaves out: encodings of parts, multipart in multipart.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import SipError, malformed
from offhook.sip.grammar import Parameters
from offhook.sip.message import Message

SDP: Final = "application/sdp"
MULTIPART: Final = ("multipart/mixed", "multipart/alternative")
"""Bodies in which an SDP part is looked for (§4.1: `mixed` must be understood)."""
_PARTS: Final = 16
"""More than any message has; bounds the work."""
_BOUNDARY_MOST: Final = 70
"""RFC 2046 §5.1.1."""


@frozen
class Part:
    """One part of a multipart body."""

    content_type: str
    """Lower-case, without parameters; "text/plain" where the part does not say."""
    is_required: bool
    """Whether the message must be refused by who doesn't know the type."""
    body: bytes
    """Its bytes."""


def content_type(message: Message) -> str:
    """The type of the body, lower-case, without parameters; "" when there is none."""
    return _type_of(message.headers.get("Content-Type") or "")


def description_of(message: Message) -> bytes:
    """The session description that a message carries; b"" for none, or when the body cannot be read.

    A body without Content-Type counts as one: old gateways answer so. (An INVITE like that is 415.)
    """
    kind = content_type(message)
    if kind in (SDP, "") or not message.body:
        return message.body
    if kind not in MULTIPART:
        return b""
    try:
        return next((part.body for part in parts(message) if part.content_type == SDP), b"")
    except SipError:
        return b""


def parts(message: Message) -> tuple[Part, ...]:
    """The parts of a multipart body. Raises: SipError (400)."""
    _, parameters = _split(message.headers.get("Content-Type") or "")
    boundary = grammar.unquote(grammar.find_parameter(parameters, "boundary") or "")
    if not boundary or len(boundary) > _BOUNDARY_MOST:
        raise malformed("no boundary that can be used", section="RFC 2046 §5.1.1")
    delimiter = b"\r\n--" + boundary.encode()
    chunks = (b"\r\n" + message.body).split(delimiter, _PARTS + 1)
    return tuple(_parts(chunks[1:]))


def carries(message: Message, kind: str) -> bool:
    """Whether the body is of this type, or has a part that is. kind: in lower case."""
    if content_type(message) not in MULTIPART:
        return bool(message.body) and content_type(message) == kind
    try:
        return any(part.content_type == kind for part in parts(message))
    except SipError:
        return False


def mixed(parts: Sequence[tuple[str, bytes]], boundary: str) -> tuple[str, bytes]:
    """Content-Type and bytes of a `multipart/mixed` body with these types and bodies (RFC 2046 §5.1.1).

    boundary: of letters and digits, and in none of the bodies: drawn by chance.
    """
    written = b"".join(
        f"--{boundary}\r\nContent-Type: {kind}\r\n".encode()
        + (b"" if kind == SDP else b"Content-Disposition: recording-session\r\n")
        + b"\r\n"
        + body
        + b"\r\n"
        for kind, body in parts
    )
    return f'multipart/mixed;boundary="{boundary}"', written + f"--{boundary}--\r\n".encode()


def _parts(chunks: list[bytes]) -> Iterator[Part]:
    """What stands between the delimiters; the one that ends the body begins with two hyphens."""
    for chunk in chunks:
        if chunk.startswith(b"--"):
            return
        padding, line_end, content = chunk.partition(b"\r\n")
        if not line_end or padding.strip(b" \t"):
            raise malformed("malformed boundary line", section="RFC 2046 §5.1.1")
        yield _part(content)
    raise malformed("multipart body without end", section="RFC 2046 §5.1.1")


def _part(content: bytes) -> Part:
    head, _, body = (b"\r\n" + content).partition(b"\r\n\r\n")
    fields: dict[str, str] = {}
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(" \t").lower(), value.strip(" \t"))
    _, disposition = _split(fields.get("content-disposition", ""))
    handling = grammar.find_parameter(disposition, "handling") or ""
    kind = _type_of(fields.get("content-type", "")) or "text/plain"
    return Part(kind, handling.lower() == "required", body)


def _type_of(value: str) -> str:
    return value.partition(";")[0].strip(" \t").lower()


def _split(value: str) -> tuple[str, Parameters]:
    kind, semicolon, rest = value.partition(";")
    return kind, grammar.parse_parameters(semicolon + rest)
