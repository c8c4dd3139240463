"""Verbs that Twilio knows and Offhook does not run yet.

A document with one of them cannot do what its author meant, so it fails as a whole and by name
(13750, "Twiml verb not supported by this API version") rather than losing the verb silently.
"""

from typing import Final

from offhook.twiml.element import Element
from offhook.twiml.problem import VERB_NOT_SUPPORTED, TwimlError

UNSUPPORTED_VERBS: Final = frozenset(
    {
        "Connect",
        "Dial",
        "Echo",
        "Enqueue",
        "Leave",
        "Message",
        "Pay",
        "Play",
        "Prompt",
        "Queue",
        "Record",
        "Refer",
        "Sms",
        "Start",
        "Stop",
    }
)
"""Twilio's verbs (https://www.twilio.com/docs/voice/twiml, read 2026-11) less those of `verbs/`."""


def unsupported(element: Element) -> TwimlError:
    """The error to raise for such a verb."""
    message = f"Twilio's verb <{element.name}> is not run by this version of Offhook"
    return TwimlError(VERB_NOT_SUPPORTED, message, line=element.line, column=element.column)
