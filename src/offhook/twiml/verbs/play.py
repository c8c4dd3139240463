"""`<Play>`: play audio, or send keys (https://www.twilio.com/docs/voice/twiml/play, reference/twiml 3.2).

Where the page is silent: of a URL and `digits` together the digits are sent; a Play with neither fails
when it is reached (11100), as one with a bad URL does; with bad digits (13430) and no URL it is dropped.
"""

from dataclasses import dataclass, field
from typing import Final

from offhook.twiml.attribute import Attribute, ProblemLog, read_attributes, whole_number
from offhook.twiml.element import Element
from offhook.twiml.keys import KEYS
from offhook.twiml.problem import SCHEMA_WARNING, Level
from offhook.twiml.url import INVALID_URL, check_url

MAX_LOOP: Final = 1_000
"""Rounds, also of `loop="0"`."""

LOOP: Final = Attribute("loop", whole_number(0, MAX_LOOP), 1, code=13410)
DIGITS: Final = Attribute("digits", KEYS, "", code=13430, instead="skipped")


@dataclass(frozen=True, slots=True)
class Play:
    """Play a file to the caller, or send keys."""

    url: str
    """Absolute or relative to the document, as written; empty when there are digits. Not fetched yet, and if
    it can be no URL that is noted: whoever plays it raises 11100, as for a Play that has neither."""
    digits: str
    """Keys to send, 0-9 A-D # *, `w` half a second of silence, `W` a whole one; empty when there is a URL."""
    loop: int
    """How often, 1 to 1,000; 0 is until hang-up."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_play(element: Element, log: ProblemLog) -> Play | None:
    """Called by the parser. None for one whose only content is digits that cannot be sent, which is noted."""
    return _read(element, log, may_send_keys=True)


def read_play_in_gather(element: Element, log: ProblemLog) -> Play | None:
    """Called by Gather, where keys are collected and none are sent: `digits` is noted (12200) and ignored."""
    return _read(element, log, may_send_keys=False)


def _read(element: Element, log: ProblemLog, *, may_send_keys: bool) -> Play | None:
    for child in element.elements:
        log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <Play>: skipped")
    values = read_attributes(element, (LOOP, DIGITS), log)
    url, digits = element.own_text, values[DIGITS]
    if DIGITS.name in element.attributes and not may_send_keys:
        log.note(SCHEMA_WARNING, element, "<Play digits> is not allowed in <Gather>: ignored")
        digits = ""
    if digits:
        if url:
            log.note(SCHEMA_WARNING, element, "<Play> has digits: its URL is ignored")
        url = ""
    elif url:
        check_url(element, "", url, log)
    elif element.attributes.get(DIGITS.name):
        return None  # noted above
    else:
        log.note(INVALID_URL, element, "<Play> has neither a URL nor digits", Level.ERROR)
    return Play(url, digits, values[LOOP], line=element.line, column=element.column)
