"""`<Application>`: call a TwiML application.

Source: https://www.twilio.com/docs/voice/twiml/dial/application, reference/twiml 6.8.

The Sid is the text of the noun or, as the page has it, in `<ApplicationSid>`. What Twilio's libraries alone
know (`url`, `method`, `statusCallback`) is that of any noun.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import (
    BOOLEAN,
    Attribute,
    Kind,
    ProblemLog,
    matching,
    read_attributes,
    text_up_to,
)
from offhook.twiml.dial.named import read_named, unnamed
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
from offhook.twiml.parameter import Parameters

MAX_CUSTOMER_ID: Final = 256

SID: Final[Kind[str]] = matching(r"AP[0-9a-f]{32}", "AP and 32 hexadecimal digits")
WHAT: Final = "an application"
WHISPER: Final = whisper_attributes()
CUSTOMER_ID: Final = Attribute("customerId", text_up_to(MAX_CUSTOMER_ID), "", instead="the account's Sid is")
COPY_PARENT_TO: Final = Attribute("copyParentTo", BOOLEAN, default=False)

DECLARED: Final[tuple[Attribute[Any], ...]] = (*WHISPER, *STATUS_CALLBACK, CUSTOMER_ID, COPY_PARENT_TO)


@dataclass(frozen=True, slots=True)
class Application:
    """Call an application: its Voice URL answers."""

    sid: str
    """AP and 32 hexadecimal digits."""
    parameters: Parameters = ()
    """Names and values that the application is told, in order; a name may come twice."""
    customer_id: str | None = None
    """At most 256 characters; None is the account's Sid."""
    copies_parent_to: bool = False
    """Whether the application sees whom the parent call called, not its own Sid."""
    whisper: Whisper | None = None
    callback: StatusCallback | None = None
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_application(element: Element, log: ProblemLog) -> Application | Undiallable:
    """Called by Dial. Undiallable for what is no Sid (12200, since Twilio has no code of its own)."""
    values = read_attributes(element, DECLARED, log)
    written, parameters = read_named(element, "ApplicationSid", WHAT, log)
    sid = SID.read(written)
    made = Application(
        sid=sid or "",
        parameters=parameters,
        customer_id=values[CUSTOMER_ID] or None,
        copies_parent_to=values[COPY_PARENT_TO],
        whisper=whisper(element, values, WHISPER, log),
        callback=status_callback(values),
        line=element.line,
        column=element.column,
    )
    return made if sid is not None else unnamed(element, WHAT, SID.allowed, log)
