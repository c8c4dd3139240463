"""The text of a session description (RFC 8866 §5): the lines that offer and answer need, and no others.

Kept: v, o, s, c, t, a and m. Checked and dropped: i, u, e, p, b, r, z, k. Any other letter makes the
description unusable (§5). A lone LF ends a line as well (§5 asks for that).
"""

import re
from collections.abc import Iterable
from dataclasses import field
from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sdp.direction import Direction
from offhook.sdp.error import malformed

MAX_BYTES: Final = 32_768
"""Of a whole description; a browser's with every codec and candidate has less than a third of it."""
MAX_LINES: Final = 1_000
MAX_MEDIA: Final = 32
"""Media descriptions, refused ones included."""

_LETTERS: Final = frozenset("vosiuepcbtrzkam")
_ORIGIN: Final = re.compile(r"(\S+) ([0-9]{1,20}) ([0-9]{1,20}) IN (IP4|IP6) (\S+) *\Z")
_CONNECTION: Final = re.compile(r"IN (IP4|IP6) ([^\s/]+)(?:/[0-9]{1,3}(?:/[0-9]{1,5})?)? *\Z")
_MEDIA: Final = re.compile(
    r"([A-Za-z0-9\-]+) ([0-9]{1,5})(?:/([0-9]{1,5}))? ([A-Za-z0-9/\-]+)((?: +[^\s]+)+) *\Z"
)

_DIRECTIONS: Final = {direction.value: direction for direction in Direction}

Attributes = tuple[tuple[str, str | None], ...]
"""Names and values in order; None where the attribute is a flag."""


@frozen
class Origin:
    """The o= line: who made the description, and which version of it this is."""

    username: str
    """"-" where there is none."""
    session_id: int
    """The same for the life of a call."""
    version: int
    """Higher by one in each description that differs from the last (RFC 3264 §8)."""
    host: str
    """IPv4, IPv6 or a name; never used to send anything."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value of o=. Raises: SdpError."""
        found = _ORIGIN.match(text)
        if found is None:
            raise malformed("malformed o=", section="RFC 8866 §5.2", excerpt=text)
        return cls(found[1], int(found[2]), int(found[3]), found[5])

    def __str__(self) -> str:
        return f"{self.username} {self.session_id} {self.version} IN {_kind(self.host)} {self.host}"


@frozen
class MediaDescription:
    """One m= line and what belongs to it."""

    media: str
    """"audio", "video", "image" …"""
    port: int
    """Of RTP; 0 refuses the stream."""
    protocol: str
    """"RTP/AVP" …"""
    formats: tuple[str, ...]
    """Payload types, or whatever the protocol has; at least one."""
    host: str | None = None
    """Of its own c= line; None where the session's holds."""
    attributes: Attributes = field(default=(), repr=False)
    """Of this stream; not printed, since one may be the key of SRTP."""
    port_count: int | None = None
    """The /number behind the port; None where there is none."""

    def attribute(self, name: str) -> str | None:
        """The value of the first attribute of that name, "" for a flag, None if absent."""
        return find_attribute(self.attributes, name)

    def values(self, name: str) -> list[str]:
        """The values of every attribute of that name."""
        return [value for key, value in self.attributes if key == name and value is not None]

    def lines(self) -> Iterable[str]:
        """The lines as printed, without line ends."""
        count = "" if self.port_count is None else f"/{self.port_count}"
        yield f"m={self.media} {self.port}{count} {self.protocol} {' '.join(self.formats)}"
        if self.host is not None:
            yield f"c=IN {_kind(self.host)} {self.host}"
        yield from _attribute_lines(self.attributes)


@frozen
class SessionDescription:
    """A whole description."""

    origin: Origin
    """The o= line."""
    media: tuple[MediaDescription, ...]
    """In order, which offer and answer share."""
    host: str | None = None
    """Of the session's c= line; None where each m= has its own."""
    attributes: Attributes = field(default=(), repr=False)
    """Of the session as a whole."""
    name: str = "-"
    """The s= line."""
    timing: str = "0 0"
    """The t= line; "0 0" for a call."""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a description. Raises: SdpError (400).

        s= and t= may be missing, since nothing here depends on them.
        """
        lines = _split(data)
        if not lines or lines[0] != ("v", "0"):
            raise malformed("no v=0 at the beginning", section="RFC 8866 §5.1")
        starts = [index for index, (letter, _) in enumerate(lines) if letter == "m"]
        if len(starts) > MAX_MEDIA:
            raise malformed("too many media descriptions", section="RFC 8866 §5.14")
        head = lines[1 : starts[0]] if starts else lines[1:]
        if [letter for letter, _ in head].count("o") != 1:
            raise malformed("not exactly one o=", section="RFC 8866 §5.2")
        values, attributes = _section(head)
        ends = [*starts[1:], len(lines)]
        return cls(
            origin=Origin.parse(values["o"]),
            media=tuple([_media(lines[start:end]) for start, end in zip(starts, ends, strict=False)]),
            host=_host(values),
            attributes=attributes,
            name=values.get("s", "-"),
            timing=values.get("t", "0 0"),
        )

    def to_bytes(self) -> bytes:
        """The description with CRLF line ends."""
        lines = ["v=0", f"o={self.origin}", f"s={self.name}"]
        if self.host is not None:
            lines.append(f"c=IN {_kind(self.host)} {self.host}")
        lines.append(f"t={self.timing}")
        lines += _attribute_lines(self.attributes)
        for media in self.media:
            lines += media.lines()
        return ("\r\n".join(lines) + "\r\n").encode()

    def host_of(self, media: MediaDescription) -> str:
        """Where the stream is to be sent. Raises: SdpError when no c= line says it (RFC 8866 §5.7)."""
        host = media.host or self.host
        if host is None:
            raise malformed("no c=", section="RFC 8866 §5.7")
        return host

    def direction_of(self, media: MediaDescription) -> Direction:
        """Of one stream: its own, else the session's, else both ways (RFC 8866 §6.7)."""
        for attributes in (media.attributes, self.attributes):
            for name, value in attributes:
                if value is None and name in _DIRECTIONS:
                    return _DIRECTIONS[name]
        return Direction.SENDRECV


def find_attribute(attributes: Attributes, name: str) -> str | None:
    """The value of the first attribute of that name, "" for a flag, None if absent."""
    for key, value in attributes:
        if key == name:
            return value or ""
    return None


def _kind(host: str) -> str:
    return "IP6" if ":" in host else "IP4"


def _attribute_lines(attributes: Attributes) -> Iterable[str]:
    return (f"a={name}" if value is None else f"a={name}:{value}" for name, value in attributes)


def _split(data: bytes) -> list[tuple[str, str]]:
    if len(data) > MAX_BYTES:
        raise malformed("description too large", section="RFC 8866 §5")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    lines: list[tuple[str, str]] = []
    rows = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if len(rows) > MAX_LINES:
        raise malformed("too many lines", section="RFC 8866 §5")
    for row in rows:
        if row[:1] not in _LETTERS or row[1:2] != "=" or "\r" in row or "\0" in row:
            shown = row.partition("inline:")[0]  # no key gets into an error
            raise malformed("malformed line", section="RFC 8866 §5", excerpt=shown)
        lines.append((row[0], row[2:]))
    return lines


def _media(lines: list[tuple[str, str]]) -> MediaDescription:
    found = _MEDIA.match(lines[0][1])
    if found is None or int(found[2]) > 65_535:
        raise malformed("malformed m=", section="RFC 8866 §5.14", excerpt=lines[0][1])
    values, attributes = _section(lines)
    return MediaDescription(
        media=found[1],
        port=int(found[2]),
        protocol=found[4],
        formats=tuple(found[5].split()),
        host=_host(values),
        attributes=attributes,
        port_count=None if found[3] is None else int(found[3]),
    )


def _section(lines: list[tuple[str, str]]) -> tuple[dict[str, str], Attributes]:
    """Of the session or of one stream: the first value of each letter, and every attribute."""
    values: dict[str, str] = {}
    attributes: list[tuple[str, str | None]] = []
    for letter, text in lines:
        if letter == "a":
            name, colon, value = text.partition(":")
            attributes.append((name, value if colon else None))
        elif letter not in values:
            values[letter] = text
    return values, tuple(attributes)


def _host(values: dict[str, str]) -> str | None:
    value = values.get("c")
    if not value:
        return None
    found = _CONNECTION.match(value)
    if found is None:
        raise malformed("malformed c=", section="RFC 8866 §5.7", excerpt=value)
    return found[2]
