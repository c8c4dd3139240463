"""`<Sim>` and `<WhatsApp>`: nouns of Dial whose callees are on networks of Twilio's own (reference/twiml 18).

Read, checked and noted (13224), then a branch that fails: DialCallStatus is `failed` where there is no other.
"""

from typing import Any, Final

from offhook.twiml.attribute import Attribute, ProblemLog, read_attributes
from offhook.twiml.dial.status_callback import STATUS_CALLBACK, whisper, whisper_attributes
from offhook.twiml.dial.undiallable import Undiallable
from offhook.twiml.element import Element
from offhook.twiml.problem import Level

NOT_CALLED: Final = 13224

WHISPER: Final = whisper_attributes()
DECLARED: Final[tuple[Attribute[Any], ...]] = (*WHISPER, *STATUS_CALLBACK)
ELSEWHERE: Final = ("Sim", "WhatsApp")


def read_elsewhere(element: Element, log: ProblemLog) -> Undiallable:
    """Called by Dial."""
    whisper(element, read_attributes(element, DECLARED, log), WHISPER, log)
    message = f"<{element.name}>: nobody can be reached by it from here: the call to it fails"
    log.note(NOT_CALLED, element, message, Level.NOTE)
    return Undiallable(element.name, NOT_CALLED, line=element.line, column=element.column)
