"""`<Hangup>`: end the call (https://www.twilio.com/docs/voice/twiml/hangup, reference/twiml 3.3)."""

from dataclasses import dataclass, field

from offhook.twiml.attribute import ProblemLog, read_attributes
from offhook.twiml.element import Element


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call here. It has no attributes."""

    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""


def read_hangup(element: Element, log: ProblemLog) -> Hangup:
    """Called by the parser."""
    log.note_no_content(element)
    read_attributes(element, (), log)
    return Hangup(line=element.line)
