"""`<Hangup>`: end the call (https://www.twilio.com/docs/voice/twiml/hangup, reference/twiml 3.3)."""

from dataclasses import dataclass, field

from offhook.twiml.attribute import ProblemLog, read_attributes
from offhook.twiml.element import Element
from offhook.twiml.parameter import Parameters, read_parameters


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call here. It has no attributes; inside, what is told to the Dial of an application (6.8)."""

    parameters: Parameters = ()
    """What the Dial that called this application is told; names and values, in order."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""


def read_hangup(element: Element, log: ProblemLog) -> Hangup:
    """Called by the parser."""
    parameters = read_parameters(element, log)
    read_attributes(element, (), log)
    return Hangup(parameters, line=element.line)
