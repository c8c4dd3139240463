"""`<Leave>`: leave the queue (https://www.twilio.com/docs/voice/twiml/leave, reference/twiml 3.3)."""

from dataclasses import dataclass, field

from offhook.twiml.attribute import ProblemLog, read_attributes
from offhook.twiml.element import Element
from offhook.twiml.parameter import Parameters, read_parameters


@dataclass(frozen=True, slots=True)
class Leave:
    """In the document of a caller who waits in a queue: leave it, and run the verb after Enqueue.

    In one that a Dial's `<Application>` runs: end this side, and tell the Dial what is inside (6.8).
    """

    parameters: Parameters = ()
    """What the Dial that called this application is told; names and values, in order."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""


def read_leave(element: Element, log: ProblemLog) -> Leave:
    """Called by the parser."""
    parameters = read_parameters(element, log)
    read_attributes(element, (), log)
    return Leave(parameters, line=element.line)
