"""`<Pause>`: wait in silence (https://www.twilio.com/docs/voice/twiml/pause, reference/twiml 3.3)."""

from dataclasses import dataclass, field
from typing import Final

from offhook.twiml.attribute import Attribute, ProblemLog, read_attributes, seconds
from offhook.twiml.element import Element

LENGTH: Final = Attribute("length", seconds(1), 1.0, code=13910)


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait, then go on. As the first verb it delays the answer."""

    length_s: float
    """1 to 86,400."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""


def read_pause(element: Element, log: ProblemLog) -> Pause:
    """Called by the parser and by Gather."""
    log.note_no_content(element)
    values = read_attributes(element, (LENGTH,), log)
    return Pause(values[LENGTH], line=element.line)
