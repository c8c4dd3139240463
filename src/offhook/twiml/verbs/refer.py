"""`<Refer>`: ask the phone to call somebody else (https://www.twilio.com/docs/voice/twiml/refer, twiml 3.4).

The target is the text of its `<Sip>`: a SIP URI with whatever header part, which goes into Refer-To as
written. Where the page is silent: the bounds are those of `<Sip>` in a Dial; what may not stand unescaped in
a URI header (a blank, a semicolon) is escaped, since documents have it; a header whose value holds a control
character is left out (32112), so that no peer can be made to send another one.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from offhook.twiml.attribute import METHOD, TEXT, Attribute, ProblemLog, read_attributes
from offhook.twiml.dial.sip_headers import INVALID_NAME, INVALID_VALUE, MAX_CHARACTERS, TOO_LONG
from offhook.twiml.dial.sip_uri import INVALID_URI, read_sip_uri
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING
from offhook.twiml.url import check_url

ACTION: Final = Attribute("action", TEXT, "")
METHOD_OF_REFER: Final = Attribute("method", METHOD, "POST")
DECLARED: Final[tuple[Attribute[Any], ...]] = (ACTION, METHOD_OF_REFER)

_KEPT: Final = "-_.!~*'()[]/?:+$%"
"""What a URI header may hold, and the percent sign of what is escaped already (RFC 3261 §25.1)."""
_LONE_PERCENT: Final = re.compile("%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Refer:
    """Send REFER to the peer of the call."""

    target: str | None
    """SIP or SIPS URI with its header part, for Refer-To; None where there is none, which was noted."""
    action: str | None = None
    """Absolute or relative URL that takes over afterwards; None goes on with the next verb."""
    method: str = "POST"
    """GET or POST."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_refer(element: Element, log: ProblemLog) -> Refer:
    """Called by the parser."""
    log.note_no_text(element)
    values = read_attributes(element, DECLARED, log)
    check_url(element, ACTION.name, values[ACTION], log)
    target: str | None = None
    nouns = [child for child in element.elements if child.name == "Sip"]
    for child in element.elements:
        if child.name != "Sip":
            log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <Refer>: skipped")
        elif child is not nouns[0]:
            log.note(SCHEMA_WARNING, child, "<Refer> has one <Sip>: skipped")
    if nouns:
        target = _read_target(nouns[0], log)
    else:
        log.note(INVALID_URI, element, "<Refer> holds no <Sip>: nobody can be called")
    return Refer(
        target,
        values[ACTION] or None,
        values[METHOD_OF_REFER],
        line=element.line,
        column=element.column,
    )


def _read_target(element: Element, log: ProblemLog) -> str | None:
    """The URI as it is written, with a scheme; None for what is none."""
    read_attributes(element, (), log)
    for child in element.elements:
        log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <Sip>: skipped")
    text = element.own_text
    unheard = ProblemLog()  # parameters are the peer's to understand
    parts = read_sip_uri(element, text, unheard)
    if parts is None:
        for problem in unheard.problems:
            log.note(problem.code, element, problem.message)
        return None
    uri, _, header_text = text.partition("?")
    if not uri.lower().startswith(("sip:", "sips:")):
        uri = f"sip:{uri}"
    headers = _read_headers(element, header_text, log)
    return f"{uri}?{headers}" if headers else uri


def _read_headers(element: Element, text: str, log: ProblemLog) -> str:
    if len(text) > MAX_CHARACTERS:
        message = f"<Sip> has more than {MAX_CHARACTERS} characters of headers: all left out"
        log.note(TOO_LONG, element, message)
        return ""
    kept: list[str] = []
    for pair in filter(None, text.split("&")):
        name, equals, value = pair.partition("=")
        if not equals or not name:
            log.note(INVALID_NAME, element, "<Sip> has a header that is no name=value: left out")
        elif _CONTROL.search(unquote_to_bytes(name) + unquote_to_bytes(value)):
            what = "a header that holds a character that none may hold"
            log.note(INVALID_VALUE, element, f"<Sip> has {what}: left out")
        else:
            kept.append(f"{_escaped(name)}={_escaped(value)}")
    return "&".join(kept)


def _escaped(text: str) -> str:
    return quote(_LONE_PERCENT.sub("%25", text), _KEPT)
