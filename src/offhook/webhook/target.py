"""A webhook's URL taken apart: what is sent, what is signed, who logs in, and how patiently.

    https://user:pass@app.example.com:8443/voice?x=1#rc=2&ct=1000
    |       |         |_____________________________|
    |       login     request URL                     overrides

Every URL from a record, a document or a redirect goes through here before a socket is opened.
Source: reference/twiml 1.5, 1.6, 1.9. No I/O.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

MAX_URL: Final = 4_096
"""Characters of a URL as it is written. Ours: longer ones are refused by many servers."""

TARGETS_KEPT: Final = 256
"""URLs that need not be taken apart again: the same few are asked for call after call."""

_REFUSED: Final = re.compile(r'[\x00-\x20\x7f<>"\\^`{|}\ud800-\udfff]')
"""Controls and blanks would end a header; the others belong to no URL (RFC 3986 §2). Surrogates are
the bytes of a redirect that is no UTF-8."""
_HOST: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*\.?\Z")
"""Names and IPv4 addresses. No underscore: Twilio refuses it (reference/twiml 1.5)."""
_AS_WRITTEN: Final = "".join(map(chr, range(0x21, 0x7F)))


class TargetError(Exception):
    """A URL that cannot be asked (Twilio's 11100): why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Login:
    """User name and password from a URL, percent-decoded."""

    user: str
    password: str

    def __repr__(self) -> str:
        return "Login(***)"


@dataclass(frozen=True)
class Target:
    """Where one request goes."""

    scheme: str
    """`http` or `https`."""
    host: str
    """In lower case; an IPv6 address without brackets, a name in its ASCII form."""
    port: int | None
    """As written; None is the scheme's own."""
    path: str
    """Begins with a slash, encoded as written."""
    query: str
    """Without the question mark, encoded as written."""
    login: Login | None = None

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """What cookies and logins are kept by."""
        return (self.scheme, self.host, self.port)

    @cached_property
    def request_url(self) -> str:
        """What is asked for: no login, no fragment."""
        return self._url(self.port)

    @cached_property
    def signed_url(self) -> str:
        """What the signature covers: as the request, but that the port of an https URL is left out."""
        return self._url(None if self.scheme == "https" else self.port)

    def with_query(self, more: str) -> "Target":
        """The same with form-encoded parameters behind the query."""
        query = f"{self.query}&{more}" if self.query and more else self.query or more
        return Target(self.scheme, self.host, self.port, self.path, query, self.login)

    def _url(self, port: int | None) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        authority = host if port is None else f"{host}:{port}"
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{authority}{self.path}{query}"


def parse_target(url: str) -> tuple[Target, str]:
    """A target and the URL's fragment, without its `#`.

    Letters beyond ASCII are percent-encoded as UTF-8, in a host as IDNA; the rest stays as written.
    Raises: TargetError for what is no absolute http(s) URL with a proper host.
    """
    if len(url) > MAX_URL:
        raise TargetError(f"the URL has {len(url)} characters, more than {MAX_URL}")
    return _taken_apart(url)


@lru_cache(TARGETS_KEPT)
def _taken_apart(url: str) -> tuple[Target, str]:
    if _REFUSED.search(url):
        raise TargetError("the URL holds a blank or another character that no URL may hold")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetError("the URL has a bad host or port") from error
    if parts.scheme not in ("http", "https"):
        raise TargetError("the URL must begin with http:// or https://")
    target = Target(
        parts.scheme,
        _host(parts.hostname or ""),
        port,
        _encode(parts.path) or "/",
        _encode(parts.query),
        _login(parts),
    )
    return target, parts.fragment


def _host(host: str) -> str:
    if ":" in host:
        return _ipv6(host)
    try:
        name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError as error:
        raise TargetError("the host of the URL is no domain name") from error
    if not _HOST.match(name):
        raise TargetError("the host of the URL is no domain name")
    return name


def _ipv6(host: str) -> str:
    try:
        address = IPv6Address(host)
    except ValueError as error:
        raise TargetError("the host of the URL is no IPv6 address") from error
    if address.scope_id is not None:
        raise TargetError("the host of the URL is an IPv6 address with a zone")
    return address.compressed


def _encode(text: str) -> str:
    return quote(text, safe=_AS_WRITTEN)


def _login(parts: SplitResult) -> Login | None:
    if parts.username is None:
        return None
    login = Login(unquote(parts.username), unquote(parts.password or ""))
    # RFC 7617 §2: a colon would end the user, a control the header.
    if ":" in login.user or not (login.user + login.password).isprintable():
        raise TargetError("the user or password in the URL holds a character that no login may hold")
    return login
