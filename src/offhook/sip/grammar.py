"""The pieces of RFC 3261 §25.1 that several headers share.

Every pattern here is linear: it is anchored, and no two neighbouring repetitions can match the same
character, so that a hostile header costs no more than its length.
"""

import re
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from offhook.sip.error import malformed

Parameters = tuple[tuple[str, str], ...]
"""Parameters in order, each a name and its value as on the wire; "" where there is no value."""

TOKEN: Final = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")
"""One token and nothing else."""

_HOST: Final = re.compile(r"[A-Za-z0-9_.\-]+\Z")
"""A host name or an IPv4 address. The underscore is no host name's, but container networks use it."""
_QUOTED_STRING: Final = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_PARAMETER: Final = re.compile(
    rf"""[ \t]*;[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]*(?:=[ \t]*({_QUOTED_STRING}|[^\s;,"<>=?]+)?[ \t]*)?""",
    re.DOTALL,
)
"""One `;name=value`. The value is loose (token, host, IPv6 with or without brackets, quoted string)."""
_SEPARATOR_OR_OPENING: Final = re.compile(r'[,"<]')
_QUOTED: Final = re.compile(_QUOTED_STRING, re.DOTALL)
_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)
_THREE_COLONS: Final = re.compile(r":::(?=[0-9]+\.)")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")


def split_list(text: str) -> list[str]:
    """Cut a header at its commas, not at those inside quotes or angle brackets; parts are stripped.

    Raises: SipError (400) for an unclosed quote or bracket, or an empty part.
    """
    if "," not in text:
        return [text]
    parts: list[str] = []
    start = at = 0
    while (found := _SEPARATOR_OR_OPENING.search(text, at)) is not None:
        at = found.end()
        if found[0] == ",":
            parts.append(text[start : found.start()])
            start = at
        elif found[0] == '"':
            quoted = _QUOTED.match(text, found.start())
            if quoted is None:
                raise malformed("unclosed quoted string", section="RFC 3261 §25.1", excerpt=text)
            at = quoted.end()
        else:
            at = text.find(">", at) + 1
            if at == 0:
                raise malformed("unclosed angle bracket", section="RFC 3261 §25.1", excerpt=text)
    parts.append(text[start:])
    stripped = [part.strip(" \t") for part in parts]
    if not all(stripped):
        raise malformed("empty value in a list", section="RFC 3261 §7.3.1", excerpt=text)
    return stripped


def parse_parameters(text: str) -> Parameters:
    """Read `;name=value;name` to the end of `text`.

    Raises: SipError (400) for anything that is no parameter.
    """
    if not text:
        return ()
    parameters: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        found = _PARAMETER.match(text, at)
        if found is None:
            raise malformed("malformed parameter", section="RFC 3261 §7.3.1", excerpt=text[at:])
        parameters.append((found[1], found[2] or ""))
        at = found.end()
    return tuple(parameters)


def print_parameters(parameters: Parameters) -> str:
    """The parameters with a semicolon before each."""
    return "".join(f";{name}={value}" if value else f";{name}" for name, value in parameters)


def find_parameter(parameters: Parameters, name: str) -> str | None:
    """The value of the first parameter of that name (lower-case), "" where it has none, None if absent."""
    for key, value in parameters:
        if key == name or key.lower() == name:
            return value
    return None


def set_parameter(parameters: Parameters, name: str, value: str) -> Parameters:
    """The same parameters, with `name` (lower-case) changed in its place or added at the end."""
    if find_parameter(parameters, name) is None:
        return (*parameters, (name, value))
    return tuple((key, value if key.lower() == name else old) for key, old in parameters)


def parse_host(text: str) -> str:
    """A host name, an IPv4 address, or an IPv6 address in brackets, which are taken off.

    Lenient for what follows RFC 3261's grammar to the letter: it allows a third colon before an IPv4
    part, as in [2001:db8:::192.0.2.1], which RFC 5118 §4.10 asks to be read as two.
    Raises: SipError (400).
    """
    if text.startswith("["):
        text = _THREE_COLONS.sub("::", text)
        try:
            IPv6Address(text[1:-1])
        except AddressValueError as error:
            raise malformed("malformed IPv6 address", section="RFC 3261 §25.1", excerpt=text) from error
        if text.endswith("]") and "%" not in text:
            return text[1:-1]
    elif _HOST.match(text):
        return text
    raise malformed("malformed host", section="RFC 3261 §25.1", excerpt=text)


def parse_port(text: str) -> int:
    """1 to 65535. Raises: SipError (400)."""
    if text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= 65_535:
        return int(text)
    raise malformed("malformed port", section="RFC 3261 §25.1", excerpt=text)


def print_host(host: str) -> str:
    """The host as on the wire: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def parse_number(text: str, highest: int, *, section: str) -> int:
    """Decimal digits, 0 to `highest`, leading zeros allowed. Raises: SipError (400)."""
    if text.isdigit() and text.isascii() and len(text) <= 20:
        number = int(text)
        if number <= highest:
            return number
    raise malformed("malformed number", section=section, excerpt=text)


def quote(text: str) -> str:
    """`text` as a quoted string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unquote(text: str) -> str:
    """What a quoted string says; text without quotes is returned as it is."""
    if len(text) < 2 or text[0] != '"':
        return text
    inner = text[1:-1]
    return _QUOTED_PAIR.sub(r"\1", inner) if "\\" in inner else inner


def unescape(text: str) -> str:
    """Undo %-escapes. Octets that are not UTF-8 become U+FFFD."""
    if "%" not in text:
        return text
    octets = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text.encode().decode("latin-1"))
    return octets.encode("latin-1").decode("utf-8", "replace")


def escape(text: str, allowed: str) -> str:
    """Escape every octet that is no letter, digit or mark (RFC 3261 `unreserved`) and not in `allowed`."""
    keep = allowed + "-_.!~*'()"
    return "".join(
        chr(octet) if octet < 128 and (chr(octet).isalnum() or chr(octet) in keep) else f"%{octet:02X}"
        for octet in text.encode()
    )
