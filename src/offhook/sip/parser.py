"""Bytes to messages: one decode, one split, values left as text (RFC 3261 §7, §25).

Called by `user_agent` with one datagram or one framed message. Lenient in nothing but two points:
ISO 8859-1 where the head is not UTF-8 (old PBXs' display names), and an absent Content-Length.
"""

import re
from typing import Final

from offhook.sip import grammar
from offhook.sip.error import SipError, malformed
from offhook.sip.headers.content_length import parse_content_length
from offhook.sip.headers.names import KNOWN, canonical, index_key
from offhook.sip.headers.via import Via
from offhook.sip.message import VERSION, Headers, Request, Response
from offhook.sip.settings import Limits

_FOLD: Final = re.compile(r"\r\n[ \t]+")
_STATUS_LINE: Final = re.compile(r"SIP/2\.0 ([1-6][0-9]{2}) ([^\r\n]*)\Z", re.IGNORECASE)
_VERSION: Final = re.compile(r"SIP/[0-9]+\.[0-9]+\Z", re.IGNORECASE)
_TARGET: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"\x00-\x1f\x7f]+\Z")
"""A Request-URI of any scheme: no blanks, no brackets (RFC 3261 §7.1)."""


def parse_message(data: bytes, limits: Limits) -> Request | Response:
    """Read one whole message; bytes beyond Content-Length are dropped (RFC 3261 §18.3).

    data: from the start line on; line ends before it are ignored (§7.5).
    Raises: SipError with the status that a request would get (400, 505, 513).
    """
    if len(data) > limits.message_bytes:
        raise malformed("message too large", section="RFC 3261 §21.5.7", status=513)
    data = data.lstrip(b"\r\n")
    end = data.find(b"\r\n\r\n")
    if end < 0:
        raise malformed("no empty line behind the headers", section="RFC 3261 §7", excerpt=_text(data[:80]))
    lines = _lines(_text(data[:end]))
    if len(lines) - 1 > limits.headers:
        raise malformed("too many headers", section="RFC 3261 §21.4.1")
    if max(map(len, lines)) > limits.header_bytes:
        raise malformed("header too long", section="RFC 3261 §21.4.1")
    fields: list[tuple[str, str]] = []
    index: dict[str, list[str]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        known = KNOWN.get(name)
        if known is None or not colon:
            name, value = _field(line)  # an unusual spelling, or no header at all
            key = index_key(name)
        else:
            name = key = known[0]
            value = value.strip(" \t")
        fields.append((name, value))
        if key in index:
            index[key].append(value)
        else:
            index[key] = [value]
    headers = Headers.received(fields, index)
    body = _body(headers, data[end + 4 :])
    if lines[0][:4].upper() == "SIP/":
        return _response(lines[0], headers, body)
    return _request(lines[0], headers, body)


def salvage_request(data: bytes, limits: Limits) -> Request | None:
    """As much of a malformed request as a 400 needs: its method and the headers that can be read.

    A topmost Via that can't be is mended: what is broken in the request must not keep it from being
    told so (RFC 4475 §3.1.2.1, §3.1.2.16).
    None for a response, an ACK (which no one may answer), and what is no SIP at all.
    """
    head = data[: limits.message_bytes].lstrip(b"\r\n").partition(b"\r\n\r\n")[0]
    first, *lines = _FOLD.sub(" ", _text(head)).split("\r\n")
    method, _, rest = first.partition(" ")
    if not grammar.TOKEN.match(method) or method == "ACK" or "SIP/" not in rest.upper():
        return None
    fields: list[tuple[str, str]] = []
    for line in lines[: limits.headers]:
        try:
            name, value = _field(line)
        except SipError:
            continue  # the line that made the message malformed, or one like it
        if (
            name in _SALVAGED
            and len(value) <= limits.header_bytes
            and "\r" not in value
            and "\n" not in value
        ):
            is_top = name == "Via" and all(each != "Via" for each, _ in fields)
            fields.append((name, _mended_via(value) if is_top else value))
    return Request(method, rest.partition(" ")[0], Headers.received(fields))


_SALVAGED: Final = frozenset({"Via", "From", "To", "Call-ID", "CSeq"})


_SENT_BY: Final = re.compile(
    r"[ \t]*SIP[ \t]*/[ \t]*[0-9.]+[ \t]*/[ \t]*([A-Za-z0-9]+)[ \t]+([^\s;,]+)", re.IGNORECASE
)
_BRANCH: Final = re.compile(r";[ \t]*(branch[ \t]*=[ \t]*[^\s;,\"<>=?]+|rport\b)", re.IGNORECASE)


def _mended_via(value: str) -> str:
    """A Via as it is, or only what an answer needs of it: transport, sent-by, branch and rport."""
    try:
        Via.parse(grammar.split_list(value)[0])
    except SipError:
        found = _SENT_BY.match(value)
        if found is not None:
            kept = "".join(f";{each}" for each in _BRANCH.findall(value)[:2])
            return f"{VERSION}/{found[1]} {found[2]}{kept}"
    return value


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _lines(head: str) -> list[str]:
    if "\r\n " in head or "\r\n\t" in head:
        head = _FOLD.sub(" ", head)
    lines = head.split("\r\n")
    # Neither CR nor LF may stand alone, not even escaped in a quoted string (§25.1 quoted-pair).
    if head.count("\r") != len(lines) - 1 or head.count("\n") != len(lines) - 1:
        raise malformed("bare CR or LF", section="RFC 3261 §25.1")
    return lines


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    known = KNOWN.get(name) or _unusual(name.rstrip(" \t"), line)
    if not colon:
        raise malformed("header without colon", section="RFC 3261 §7.3.1", excerpt=line)
    return known[0], value.strip(" \t")


def _unusual(name: str, line: str) -> tuple[str, str]:
    """A name in a spelling that the table has not, or of a header that is not known here."""
    if not grammar.TOKEN.match(name):
        raise malformed("malformed header name", section="RFC 3261 §7.3.1", excerpt=line)
    return canonical(name)


def _body(headers: Headers, rest: bytes) -> bytes:
    if headers.get("Content-Length") is None:
        return rest
    length = parse_content_length(headers.single("Content-Length"))
    if length > len(rest):
        raise malformed("body shorter than Content-Length", section="RFC 3261 §18.3")
    return rest[:length]


def _request(line: str, headers: Headers, body: bytes) -> Request:
    parts = line.split(" ")
    if len(parts) != 3 or not grammar.TOKEN.match(parts[0]) or not _TARGET.match(parts[1]):
        raise malformed("malformed request line", section="RFC 3261 §7.1", excerpt=line)
    if parts[2] != VERSION and parts[2].upper() != VERSION:
        status = 505 if _VERSION.match(parts[2]) else 400
        raise malformed("unknown SIP version", section="RFC 3261 §21.5.6", excerpt=line, status=status)
    return Request(parts[0], parts[1], headers, body)


def _response(line: str, headers: Headers, body: bytes) -> Response:
    found = _STATUS_LINE.match(line)
    if found is None:
        raise malformed("malformed status line", section="RFC 3261 §7.2", excerpt=line)
    return Response(int(found[1]), found[2], headers, body)
