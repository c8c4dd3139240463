"""`<Number>`, and the plain text of a Dial.

Source: https://www.twilio.com/docs/voice/twiml/number, reference/twiml 6.4.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import Attribute, ProblemLog, matching, read_attributes
from offhook.twiml.dial.machine_detection import MACHINE_DETECTION, MachineDetection, machine_detection
from offhook.twiml.dial.phone_number import to_e164
from offhook.twiml.dial.status_callback import (
    STATUS_CALLBACK,
    StatusCallback,
    Whisper,
    status_callback,
    whisper,
    whisper_attributes,
)
from offhook.twiml.dial.undiallable import Undiallable
from offhook.twiml.element import Element
from offhook.twiml.keys import KEYS
from offhook.twiml.problem import SCHEMA_WARNING

INVALID_NUMBER: Final = 13223

WHISPER: Final = whisper_attributes(13221)
SEND_DIGITS: Final = Attribute("sendDigits", KEYS, "", code=13222)
BYOC: Final = Attribute("byoc", matching(r"(BY[0-9a-f]{32})?", "a trunk's Sid, BY and 32 digits"), "")

DECLARED: Final[tuple[Attribute[Any], ...]] = (
    *WHISPER,
    SEND_DIGITS,
    BYOC,
    *STATUS_CALLBACK,
    *MACHINE_DETECTION,
)


@dataclass(frozen=True, slots=True)
class Number:
    """Call a phone number."""

    number: str
    """E.164, with its plus."""
    send_digits: str = ""
    """Keys sent after the answer, before the bridge: 0-9 A-D # *, `w` 0.5 s, `W` 1 s."""
    byoc: str | None = None
    """Sid of the trunk to take; None is whichever leads there."""
    whisper: Whisper | None = None
    callback: StatusCallback | None = None
    machine_detection: MachineDetection | None = None
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document; that of the Dial for its plain text."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_number(element: Element, log: ProblemLog) -> Number | Undiallable:
    """Called by Dial. Undiallable for what is no phone number (13223)."""
    for child in element.elements:
        log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <Number>: skipped")
    values = read_attributes(element, DECLARED, log)
    number = _e164(element, log)
    made = Number(
        number=number or "",
        send_digits=values[SEND_DIGITS],
        byoc=values[BYOC] or None,
        whisper=whisper(element, values, WHISPER, log),
        callback=status_callback(values),
        machine_detection=machine_detection(element, values, log),
        line=element.line,
        column=element.column,
    )
    return made if number else _undiallable(element)


def read_plain_number(dial: Element, log: ProblemLog) -> Number | Undiallable:
    """Called for a Dial without nouns: its text is a number."""
    number = _e164(dial, log)
    return Number(number, line=dial.line, column=dial.column) if number else _undiallable(dial)


def _e164(element: Element, log: ProblemLog) -> str | None:
    number = to_e164(element.own_text)
    if number is None:
        what = "holds no phone number" if element.own_text else "says nobody to call"
        log.note(INVALID_NUMBER, element, f"<{element.name}> {what}; E.164 is wanted, such as +14155551212")
    return number


def _undiallable(element: Element) -> Undiallable:
    return Undiallable("Number", INVALID_NUMBER, line=element.line, column=element.column)
