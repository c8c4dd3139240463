"""Requests and responses as values: made once, never changed, read lazily.

Only the headers that somebody asks for are parsed; all others stay text, in order, and are printed
as they came. Made by `parser` (from bytes) and by `dialog`, `session/`, `user_agent` (ours).

Source: RFC 3261 §7.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Self

from offhook.sip import grammar
from offhook.sip.error import SipUsageError, malformed
from offhook.sip.headers.cseq import CSeq
from offhook.sip.headers.max_forwards import parse_max_forwards
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.headers.names import KNOWN, canonical, index_key
from offhook.sip.headers.option_tags import parse_tokens
from offhook.sip.headers.via import Via
from offhook.sip.status import reason_phrase
from offhook.sip.uri import SipUri

HeaderFields = Iterable[tuple[str, str]]
"""Names and values in order, as callers give them."""

VERSION: Final = "SIP/2.0"


class Headers:
    """Header fields in order; names without case, compact forms written out.

    fields: each field's name as printed and its value, folding undone.
    """

    __slots__ = ("_index", "fields")

    fields: tuple[tuple[str, str], ...]

    def __init__(self, fields: HeaderFields = ()) -> None:
        """Take header fields of our own making.

        Raises: SipUsageError for a name that is no token or a value that would break the message.
        """
        self.fields = tuple([_checked(name, value) for name, value in fields])
        self._index: dict[str, list[str]] | None = None

    @classmethod
    def received(cls, fields: Iterable[tuple[str, str]], index: dict[str, list[str]] | None = None) -> Self:
        """Take fields that the parser has checked and written in canonical names.

        index: their values by `index_key`, where who gives them has it already.
        """
        headers = cls.__new__(cls)
        headers.fields = tuple(fields)
        headers._index = index
        return headers

    def _values(self, name: str) -> Sequence[str]:
        """Every value of that name. The index is made when first asked: what we send is only printed."""
        index = self._index
        if index is None:
            index = self._index = {}
            for each, value in self.fields:
                key = each if each in index else index_key(each)
                if key in index:
                    index[key].append(value)
                else:
                    index[key] = [value]
        values = index.get(name)
        if values is None:
            key = index_key(name)
            return () if key == name else index.get(key, ())
        return values

    def get(self, name: str) -> str | None:
        """The value of the first field of that name; None when there is none."""
        index = self._index
        values = (index.get(name) if index is not None else None) or self._values(name)
        return values[0] if values else None

    def get_all(self, name: str) -> tuple[str, ...]:
        """The value of every field of that name, in order, not cut at commas."""
        return tuple(self._values(name))

    def get_list(self, name: str) -> list[str]:
        """The comma-separated values of every field of that name, in order. Raises: SipError (400)."""
        return [part for value in self.get_all(name) for part in grammar.split_list(value)]

    def single(self, name: str) -> str:
        """The value of a header that a message has exactly once.

        Raises: SipError (400) when it is missing or repeated (RFC 3261 §7.3.1).
        """
        index = self._index
        values = (index.get(name) if index is not None else None) or self._values(name)
        if len(values) != 1:
            raise malformed(f"{'no' if not values else 'more than one'} {name}", section="RFC 3261 §8.1.1")
        return values[0]

    def with_first(self, name: str, value: str) -> "Headers":
        """The same headers with another first field of that name (which must be there)."""
        key = index_key(name)
        fields = list(self.fields)
        at = next(at for at, (each, _) in enumerate(fields) if each == name or index_key(each) == key)
        fields[at] = (fields[at][0], value)
        headers = Headers.received(fields)
        if self._index is not None:
            headers._index = {**self._index, key: [value, *self._index[key][1:]]}
        return headers

    def __contains__(self, name: str) -> bool:
        return bool(self._values(name))

    def __len__(self) -> int:
        return len(self.fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.fields == other.fields

    def __hash__(self) -> int:
        return hash(self.fields)

    def __repr__(self) -> str:
        return f"Headers({self.fields!r})"


def _checked(name: str, value: str) -> tuple[str, str]:
    """A field of ours as it is printed. Raises: SipUsageError."""
    known = KNOWN.get(name)
    name = canonical(name)[0] if known is None else known[0]
    value = value.strip(" \t")
    if known is None and not grammar.TOKEN.match(name):
        raise SipUsageError(f"header name is no token: {name!r}")
    if "\r" in value or "\n" in value:
        raise SipUsageError(f"value of {name} holds a line end")
    if not value.isascii() and value.encode(errors="replace").decode() != value:
        raise SipUsageError(f"value of {name} is no text")
    return name, value


class Message:
    """What requests and responses share. The typed readings raise SipError (400) when malformed."""

    __slots__ = ("_call_id", "_contact", "_cseq", "_from", "_to", "_via", "body", "headers")

    headers: Headers
    body: bytes

    def __init__(self, headers: Headers, body: bytes) -> None:
        self.headers = headers
        self.body = body
        self._via: Via | None = None
        self._cseq: CSeq | None = None
        self._call_id: str | None = None
        self._from: NameAddr | None = None
        self._to: NameAddr | None = None
        self._contact: NameAddr | None = None

    @property
    def start_line(self) -> str:
        """The first line without its line end."""
        raise NotImplementedError

    def to_bytes(self) -> bytes:
        """The message as it goes on the wire, in UTF-8."""
        lines = [f"{name}: {value}\r\n" for name, value in self.headers.fields]
        return f"{self.start_line}\r\n{''.join(lines)}\r\n".encode() + self.body

    @property
    def via(self) -> Via:
        """The topmost Via."""
        if self._via is None:
            value = self.headers.get("Via")
            if value is None:
                raise malformed("no Via", section="RFC 3261 §8.1.1")
            self._via = Via.parse(grammar.split_list(value)[0])
        return self._via

    @property
    def cseq(self) -> CSeq:
        """CSeq."""
        if self._cseq is None:
            self._cseq = CSeq.parse(self.headers.single("CSeq"))
        return self._cseq

    @property
    def call_id(self) -> str:
        """Call-ID, compared by case."""
        if self._call_id is None:
            value = self.headers.single("Call-ID")
            if not value or " " in value:
                raise malformed("malformed Call-ID", section="RFC 3261 §20.8", excerpt=value)
            self._call_id = value
        return self._call_id

    @property
    def from_(self) -> NameAddr:
        """From."""
        if self._from is None:
            self._from = NameAddr.parse(self.headers.single("From"))
        return self._from

    @property
    def to(self) -> NameAddr:
        """To."""
        if self._to is None:
            self._to = NameAddr.parse(self.headers.single("To"))
        return self._to

    @property
    def contact(self) -> NameAddr | None:
        """The first Contact; None when there is none."""
        if self._contact is None:
            values = self.headers.get_list("Contact")
            if not values:
                return None
            self._contact = NameAddr.parse(values[0])
        return self._contact

    @property
    def record_route(self) -> tuple[NameAddr, ...]:
        """Every Record-Route, in the order of the message."""
        return tuple(NameAddr.parse(value) for value in self.headers.get_list("Record-Route"))


class Request(Message):
    """A request: method, Request-URI, headers, body."""

    __slots__ = ("_max_forwards", "_require", "_uri", "method", "request_uri")

    def __init__(self, method: str, request_uri: str, headers: Headers, body: bytes = b"") -> None:
        """Method: a token, by case. request_uri: as on the wire, of any scheme."""
        super().__init__(headers, body)
        self.method = method
        self.request_uri = request_uri
        self._uri: SipUri | None = None
        self._max_forwards: int | None = None
        self._require: tuple[str, ...] | None = None

    @property
    def start_line(self) -> str:
        """`METHOD Request-URI SIP/2.0`."""
        return f"{self.method} {self.request_uri} {VERSION}"

    @property
    def uri(self) -> SipUri:
        """The Request-URI in parts. Raises: SipError (416 for another scheme, 400)."""
        if self._uri is None:
            self._uri = SipUri.parse(self.request_uri)
        return self._uri

    @property
    def max_forwards(self) -> int | None:
        """Hops left; None when the header is missing, as RFC 2543 allowed."""
        if self._max_forwards is None and self.headers.get("Max-Forwards") is not None:
            self._max_forwards = parse_max_forwards(self.headers.single("Max-Forwards"))
        return self._max_forwards

    @property
    def require(self) -> tuple[str, ...]:
        """Option tags that the sender insists on."""
        if self._require is None:
            self._require = parse_tokens(self.headers.get_all("Require"))
        return self._require

    def stamp(self, host: str, port: int) -> None:
        """Fill in what the server saw, before anybody else has the request.

        host, port: where it came from. Source: RFC 3261 §18.2.1; RFC 3581 §4. Raises: SipError (400).
        """
        via = self.via
        stamped = via.stamped(host, port)
        if stamped is not via:
            self._via = stamped
            self.headers = self.headers.with_first("Via", self._via_field(stamped))

    def _via_field(self, via: Via) -> str:
        """The first Via field with another topmost value."""
        field = self.headers.get("Via") or ""
        return str(via) if "," not in field else ", ".join((str(via), *grammar.split_list(field)[1:]))

    def with_via(self, via: Via) -> "Request":
        """The same request with another topmost Via."""
        headers = self.headers.with_first("Via", self._via_field(via))
        request = Request(self.method, self.request_uri, headers, self.body)
        request._via, request._cseq, request._uri = via, self._cseq, self._uri
        request._call_id, request._max_forwards, request._require = (
            self._call_id,
            self._max_forwards,
            self._require,
        )
        request._from, request._to, request._contact = self._from, self._to, self._contact
        return request

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Request) and (
            (self.method, self.request_uri, self.headers, self.body)
            == (other.method, other.request_uri, other.headers, other.body)
        )

    def __hash__(self) -> int:
        return hash((self.method, self.request_uri, self.headers, self.body))

    def __repr__(self) -> str:
        return f"<Request {self.start_line}>"


class Response(Message):
    """A response: status, reason phrase, headers, body."""

    __slots__ = ("reason", "status")

    def __init__(self, status: int, reason: str, headers: Headers, body: bytes = b"") -> None:
        """Status: 100 to 699. reason: the phrase, which may be empty."""
        super().__init__(headers, body)
        self.status = status
        self.reason = reason

    @classmethod
    def answering(
        cls,
        request: Request,
        status: int,
        *,
        to_tag: str | None,
        reason: str | None = None,
        headers: "Headers | HeaderFields" = (),
        body: bytes = b"",
    ) -> Self:
        """A response to `request`, which must already be stamped (RFC 3581).

        to_tag: ours; put only where To has none yet; None for 100 Trying and for a To that cannot
        be read. headers: put after those that RFC 3261 §8.2.6 copies. Content-Length is added.
        Raises: SipUsageError for a status or text that cannot be sent.
        """
        if not 100 <= status <= 699:
            raise SipUsageError(f"no SIP status: {status}")
        phrase = reason_phrase(status) if reason is None else reason
        if "\r" in phrase or "\n" in phrase:
            raise SipUsageError("reason phrase holds a line end")
        fields: list[tuple[str, str]] = []
        for name, value in request.headers.fields:
            if name in _COPIED:
                fields.append((name, value))
            elif name == "To":
                fields.append((name, value if to_tag is None else _tagged(request, to_tag)))
            elif name == "Timestamp" and status == 100:
                fields.append((name, value))
        ours = headers if isinstance(headers, Headers) else Headers(headers)
        length = ("Content-Length", str(len(body)))
        return cls(status, phrase, Headers.received((*fields, *ours.fields, length)), body)

    @property
    def start_line(self) -> str:
        """`SIP/2.0 status reason`."""
        return f"{VERSION} {self.status} {self.reason}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Response) and (
            (self.status, self.reason, self.headers, self.body)
            == (other.status, other.reason, other.headers, other.body)
        )

    def __hash__(self) -> int:
        return hash((self.status, self.reason, self.headers, self.body))

    def __repr__(self) -> str:
        return f"<Response {self.start_line}>"


_COPIED: Final = frozenset({"Via", "From", "Call-ID", "CSeq"})
"""RFC 3261 §8.2.6.2, besides To."""


def _tagged(request: Request, tag: str) -> str:
    """To as it came, with our tag behind; a parameter there is the header's, brackets or not (§20.10)."""
    value = request.headers.single("To")
    return value if request.to.tag is not None else f"{value};tag={tag}"
