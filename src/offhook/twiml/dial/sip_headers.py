"""Headers that a Sip noun adds to its INVITE, behind the `?` of its URI or as `<Headers>`.

A header that may not or cannot be sent is noted and left out, and the call goes on (32111 to 32113, 13251
to 13253). No value that leaves here can end a header or begin another one. Source:
reference/sip-interface 7, 16; reference/twiml 6.6.
"""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from offhook.twiml.attribute import TEXT, Attribute, ProblemLog, read_attributes
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING

Headers = tuple[tuple[str, str], ...]

TOO_MANY: Final = 13251
INVALID_NAME_OF_ELEMENT: Final = 13252
TOO_LONG: Final = 13253
INVALID_NAME: Final = 32111
INVALID_VALUE: Final = 32112
NOT_ALLOWED: Final = 32113

MAX_CHARACTERS: Final = 1_023
"""Of all headers together, as written: Twilio asks for less than 1,024."""
MAX_ELEMENTS: Final = 10
"""`<Header>` elements; Twilio has a bound and does not say which."""

WITHOUT_X: Final = {
    name.lower(): name
    for name in ("User-to-User", "Remote-Party-ID", "P-Preferred-Identity", "P-Called-Party-ID")
}
"""The headers that may be sent besides `X-…`."""
RESERVED: Final = "x-twilio-"
"""Ours alone, so that a callee can believe them."""

LEFT_OUT: Final = ": left out"
ALL_LEFT_OUT: Final = ": all left out"
"""How a note ends; what is refused for the same reason is not told so."""

_NAME: Final = re.compile(r"[A-Za-z0-9.!%*_+`'~\-]+\Z")
"""RFC 3261 §25.1 `token`."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\ufffe\uffff]")

_NAME_OF_HEADER: Final = Attribute("name", TEXT, "")
_VALUE_OF_HEADER: Final = Attribute("value", TEXT, "")


def read_uri_headers(element: Element, text: str, log: ProblemLog) -> Headers:
    """The headers behind the question mark, decoded, in order.

    A `+` stays one, so that phone numbers survive; a pair whose `=` is encoded is decoded once and split;
    a name that comes twice has its values joined with a comma.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"<{element.name}> has more than {MAX_CHARACTERS} characters of headers{ALL_LEFT_OUT}"
        log.note(TOO_LONG, element, message)
        return ()
    headers: list[tuple[str, str]] = []
    for pair in filter(None, text.split("&")):
        name, equals, value = pair.partition("=")
        decoded_name, decoded = _decode(name), _decode(value)
        if not equals and decoded_name is not None:
            decoded_name, equals, decoded = decoded_name.partition("=")
        if decoded_name is None or not equals:
            _note(element, INVALID_NAME, "a header that is no name=value", log)
        else:
            headers += _checked(element, decoded_name, decoded, INVALID_NAME, log)
    return _joined(headers)


def read_header_elements(element: Element, log: ProblemLog) -> Headers:
    """The headers of a `<Headers>` element, in order."""
    log.note_no_text(element)
    read_attributes(element, (), log)
    headers: list[tuple[str, str]] = []
    characters = 0
    for index, child in enumerate(element.elements):
        if child.name != "Header":
            log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <Headers>: skipped")
        elif index >= MAX_ELEMENTS:
            log.note(TOO_MANY, child, f"more than {MAX_ELEMENTS} headers: skipped")
        else:
            log.note_no_content(child)
            values = read_attributes(child, (_NAME_OF_HEADER, _VALUE_OF_HEADER), log)
            name, value = values[_NAME_OF_HEADER], values[_VALUE_OF_HEADER]
            characters += len(name) + len(value)
            if characters > MAX_CHARACTERS:
                log.note(TOO_LONG, child, f"more than {MAX_CHARACTERS} characters of headers: skipped")
            else:
                headers += _checked(child, name, value, INVALID_NAME_OF_ELEMENT, log)
    return _joined(headers)


def _decode(text: str) -> str | None:
    """Percent-decoded; None when the bytes are no UTF-8."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return None


def _checked(element: Element, name: str, value: str | None, code: int, log: ProblemLog) -> Headers:
    """The header if it may be sent, else nothing; value: None when it could not be decoded."""
    lower = name.lower()
    if not _NAME.match(name):
        _note(element, code, "a header whose name holds a character that no name may hold", log)
    elif lower not in WITHOUT_X and (not lower.startswith("x-") or lower.startswith(RESERVED)):
        allowed = ", ".join(WITHOUT_X.values())
        what = f"the header {name}; only X-… (less X-Twilio-…), {allowed} may be sent"
        _note(element, NOT_ALLOWED, what, log)
    elif value is None or _CONTROL.search(value):
        what = f"the header {name}, whose value holds a character that none may hold"
        _note(element, INVALID_VALUE, what, log)
    else:
        return ((WITHOUT_X.get(lower, name), value.strip()),)
    return ()


def _note(element: Element, code: int, what: str, log: ProblemLog) -> None:
    log.note(code, element, f"<{element.name}> has {what}{LEFT_OUT}")


def _joined(headers: list[tuple[str, str]]) -> Headers:
    """One of each name, spelled as it came first."""
    names: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in headers:
        names.setdefault(name.lower(), name)
        values.setdefault(name.lower(), []).append(value)
    return tuple((name, ", ".join(values[lower])) for lower, name in names.items())
