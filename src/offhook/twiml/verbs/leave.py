"""`<Leave>`: leave the queue (https://www.twilio.com/docs/voice/twiml/leave, reference/twiml 3.3)."""

from dataclasses import dataclass, field

from offhook.twiml.attribute import ProblemLog, read_attributes
from offhook.twiml.element import Element


@dataclass(frozen=True, slots=True)
class Leave:
    """In the document of a caller who waits in a queue: leave it, and run the verb after Enqueue."""

    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""


def read_leave(element: Element, log: ProblemLog) -> Leave:
    """Called by the parser."""
    log.note_no_content(element)
    read_attributes(element, (), log)
    return Leave(line=element.line)
