"""`<Queue>`: talk to who waits first (https://www.twilio.com/docs/voice/twiml/queue, reference/twiml 7.2).

Where the page is silent: reservations of task routing (`reservationSid`, `postWorkActivitySid`) are not made
here; they are noted and the queue is dialled by its name.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import METHOD, TEXT, Attribute, ProblemLog, read_attributes
from offhook.twiml.dial.status_callback import Whisper
from offhook.twiml.dial.undiallable import Undiallable
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING, Level
from offhook.twiml.url import url_fault

INVALID_METHOD: Final = 14210
INVALID_URL: Final = 14211
NAME_TOO_SHORT: Final = 14212
NAME_TOO_LONG: Final = 14213

MAX_NAME: Final = 64
NOT_DIALLED: Final = "the queue is not dialled"

URL: Final = Attribute("url", TEXT, "")
METHOD_OF_QUEUE: Final = Attribute("method", METHOD, "POST", INVALID_METHOD, Level.ERROR, instead=NOT_DIALLED)
RESERVATION_SID: Final = Attribute("reservationSid", TEXT, "")
POST_WORK_ACTIVITY_SID: Final = Attribute("postWorkActivitySid", TEXT, "")

DECLARED: Final[tuple[Attribute[Any], ...]] = (URL, METHOD_OF_QUEUE, RESERVATION_SID, POST_WORK_ACTIVITY_SID)


@dataclass(frozen=True, slots=True)
class Queue:
    """Talk to the member at the front of a queue, or to the next one who joins it."""

    name: str
    """1 to 64 characters."""
    whisper: Whisper | None = None
    """What the member hears before the two are bridged."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_queue(element: Element, log: ProblemLog) -> Queue | Undiallable:
    """Called by Dial. Undiallable with the code of what is wrong (14210 to 14213)."""
    values = read_attributes(element, DECLARED, log)
    for child in element.elements:
        log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <Queue>: skipped")
    for attribute in (RESERVATION_SID, POST_WORK_ACTIVITY_SID):
        if values[attribute]:
            log.note(SCHEMA_WARNING, element, f"<Queue {attribute.name}>: task routing is not done: ignored")
    code = _fault(element, log)
    if code is not None:
        return Undiallable("Queue", code, line=element.line, column=element.column)
    whisper = Whisper(values[URL], values[METHOD_OF_QUEUE]) if values[URL] else None
    return Queue(element.own_text, whisper, line=element.line, column=element.column)


def _fault(element: Element, log: ProblemLog) -> int | None:
    method = element.attributes.get(METHOD_OF_QUEUE.name)
    if method is not None and METHOD.read(method.strip()) is None:
        return INVALID_METHOD  # noted with the attributes
    url, name = element.attributes.get(URL.name, "").strip(), element.own_text
    fault = url_fault(url)
    if fault is not None:
        log.note(INVALID_URL, element, f"<Queue url> {fault}: {NOT_DIALLED}", Level.ERROR)
        return INVALID_URL
    if not name:
        log.note(NAME_TOO_SHORT, element, f"<Queue> has no name: {NOT_DIALLED}", Level.ERROR)
        return NAME_TOO_SHORT
    if len(name) > MAX_NAME:
        message = f"<Queue> has a name of {len(name)} characters, more than {MAX_NAME}: {NOT_DIALLED}"
        log.note(NAME_TOO_LONG, element, message, Level.ERROR)
        return NAME_TOO_LONG
    return None
