"""`<Reject>`: do not answer (https://www.twilio.com/docs/voice/twiml/reject, reference/twiml 3.3)."""

from dataclasses import dataclass, field
from typing import Final

from offhook.twiml.attribute import Attribute, ProblemLog, one_of, read_attributes
from offhook.twiml.element import Element
from offhook.twiml.parameter import Parameters, read_parameters

REASON: Final = Attribute("reason", one_of(("rejected", "busy")), "rejected", code=13810)


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse the call without answering it. After another verb has answered it acts as Hangup."""

    reason: str
    """`rejected` or `busy`."""
    parameters: Parameters = ()
    """What the Dial that called this application is told; names and values, in order."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""


def read_reject(element: Element, log: ProblemLog) -> Reject:
    """Called by the parser."""
    parameters = read_parameters(element, log)
    values = read_attributes(element, (REASON,), log)
    return Reject(values[REASON], parameters, line=element.line)
