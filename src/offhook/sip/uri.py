"""SIP and SIPS URIs (RFC 3261 §19.1). Other schemes are refused with 416 where a SIP URI is needed.

Every part is kept as on the wire, escapes included, so that a remote target goes back untouched;
`username` is the user part as people write it.
"""

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed
from offhook.sip.grammar import Parameters

_SECTION: Final = "RFC 3261 §19.1.1"
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*\Z")
_USER: Final = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|%[0-9A-Fa-f]{2})+\Z")
"""RFC 3261 `user`, and "#", which phones leave unescaped in dialled strings such as *21#."""
_PASSWORD: Final = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f]{2})*\Z")
_PARAMETER: Final = re.compile(
    r"((?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]|%[0-9A-Fa-f]{2})+)"
    r"(?:=((?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]|%[0-9A-Fa-f]{2})*))?\Z"
)
_HEADER: Final = re.compile(
    r"((?:[A-Za-z0-9\-_.!~*'()\[\]/?:+$]|%[0-9A-Fa-f]{2})+)=((?:[A-Za-z0-9\-_.!~*'()\[\]/?:+$]|%[0-9A-Fa-f]{2})*)\Z"
)
_COMPARED_WHEN_ALONE: Final = ("user", "ttl", "method", "maddr", "transport")
"""Parameters that make two URIs differ even when only one has them (RFC 3261 §19.1.4)."""
_USER_ALLOWED: Final = "&=+$,;?/"
_REMEMBERED: Final = 4_096
"""URIs kept in parts: a phone's are the same in each of its messages, From and To often in one."""
_REMEMBERED_CHARACTERS: Final = 128
"""Of one URI: strangers must not fill memory with long ones."""


@frozen
class SipUri:
    """A SIP or SIPS URI, in parts as they stand on the wire."""

    scheme: str
    """"sip" or "sips"."""
    host: str
    """Host name or address, IPv6 without brackets, as spelled."""
    user: str | None = None
    """User part with its escapes; None when there is no "@"."""
    password: str | None = None
    """Kept and printed, never used (RFC 3261 §19.1.1 warns of it)."""
    port: int | None = None
    """None when the URI names none."""
    parameters: Parameters = ()
    """`;name=value` in order; "" for a parameter without value."""
    headers: Parameters = ()
    """`?name=value&…` in order, escapes kept."""

    @classmethod
    def parse(cls, text: str) -> "SipUri":
        """Read one URI and nothing around it.

        Raises: SipError: 416 for another scheme, 400 for a malformed URI.
        Source: RFC 3261 §19.1.1, §25.1.
        """
        return _parse_or_remember(text) if len(text) <= _REMEMBERED_CHARACTERS else _parse(text)

    def __str__(self) -> str:
        text = f"{self.scheme}:"
        if self.user is not None:
            text += self.user
            if self.password is not None:
                text += f":{self.password}"
            text += "@"
        text += grammar.print_host(self.host)
        if self.port is not None:
            text += f":{self.port}"
        text += grammar.print_parameters(self.parameters)
        if self.headers:
            text += "?" + "&".join(f"{name}={value}" for name, value in self.headers)
        return text

    @property
    def username(self) -> str | None:
        """The user part with its escapes undone, such as "+15551234567"."""
        return None if self.user is None else grammar.unescape(self.user)

    @property
    def hop_by_hop(self) -> "SipUri":
        """A `sips:` URI as `sip:` with transport=tls, which promises the next hop only; another as it is.

        The platform does not speak for the hops behind it (reference/sip-interface 9.3).
        """
        if self.scheme != "sips":
            return self
        others = tuple(each for each in self.parameters if each[0].lower() != "transport")
        return replace(self, scheme="sip", parameters=(("transport", "tls"), *others))

    def parameter(self, name: str) -> str | None:
        """The value of a parameter (name in lower-case), "" where it has none, None if absent."""
        return grammar.find_parameter(self.parameters, name)

    def matches(self, other: "SipUri") -> bool:
        """Whether both name the same resource.

        Source: RFC 3261 §19.1.4: user and password by case, the rest without; a default port is
        not the same as none; parameters in one only are ignored but for five of them.
        """
        return (
            self.scheme == other.scheme
            and _comparable(self.user) == _comparable(other.user)
            and _comparable(self.password) == _comparable(other.password)
            and self.host.lower() == other.host.lower()
            and self.port == other.port
            and self._parameters_match(other)
            and _comparable_headers(self.headers) == _comparable_headers(other.headers)
        )

    def _parameters_match(self, other: "SipUri") -> bool:
        mine = {name.lower(): grammar.unescape(value).lower() for name, value in self.parameters}
        theirs = {name.lower(): grammar.unescape(value).lower() for name, value in other.parameters}
        if any((name in mine) != (name in theirs) for name in _COMPARED_WHEN_ALONE):
            return False
        return all(theirs[name] == value for name, value in mine.items() if name in theirs)


def escape_user(text: str) -> str:
    """`text` as the user part of a URI, whatever characters it has."""
    return grammar.escape(text, _USER_ALLOWED)


def _parse(text: str) -> SipUri:
    scheme, colon, rest = text.partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in ("sip", "sips"):
        if not colon or not _SCHEME.match(scheme):
            raise malformed("no URI", section=_SECTION, excerpt=text)
        raise malformed("no SIP URI", section="RFC 3261 §8.2.2.1", excerpt=text, status=416)
    user: str | None = None
    password: str | None = None
    if "@" in rest:
        userinfo, _, rest = rest.partition("@")
        user, password = _parse_userinfo(userinfo)
    rest, question, header_text = rest.partition("?")
    host_port, *parameter_texts = rest.split(";")
    host, port = _parse_host_port(host_port)
    parameters = tuple(_parse_pair(_PARAMETER, each, "URI parameter") for each in parameter_texts)
    headers: Parameters = ()
    if question:
        headers = tuple(_parse_pair(_HEADER, each, "URI header") for each in header_text.split("&"))
    return SipUri(scheme, host, user, password, port, parameters, headers)


_parse_or_remember: Final = lru_cache(_REMEMBERED)(_parse)


def _parse_userinfo(text: str) -> tuple[str, str | None]:
    user, colon, password = text.partition(":")
    if not _USER.match(user) or not _PASSWORD.match(password):
        raise malformed("malformed user part", section=_SECTION, excerpt=text)
    return user, password if colon else None


def _parse_host_port(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        host, bracket, tail = text.partition("]")
        host += bracket
    else:
        host, colon, tail = text.partition(":")
        tail = colon + tail
    if not tail:
        return grammar.parse_host(host), None
    if tail[0] != ":":
        raise malformed("malformed host", section=_SECTION, excerpt=text)
    return grammar.parse_host(host), grammar.parse_port(tail[1:])


def _parse_pair(pattern: re.Pattern[str], text: str, what: str) -> tuple[str, str]:
    found = pattern.match(text)
    if found is None:
        raise malformed(f"malformed {what}", section=_SECTION, excerpt=text)
    return found[1], found[2] or ""


def _comparable(text: str | None) -> str | None:
    """Escapes of characters that need none undone, the rest in upper-case: %61lice is alice, %3B is not ;."""
    if text is None or "%" not in text:
        return text
    return re.sub(
        r"%([0-9A-Fa-f]{2})",
        lambda found: (
            character
            if (character := chr(int(found[1], 16))).isascii()
            and (character.isalnum() or character in "-_.!~*'()")
            else found[0].upper()
        ),
        text,
    )


def _comparable_headers(headers: Parameters) -> list[tuple[str, str]]:
    return sorted((name.lower(), grammar.unescape(value)) for name, value in headers)
