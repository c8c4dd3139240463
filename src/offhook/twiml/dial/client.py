r"""`<Client>`: call a registered user (https://www.twilio.com/docs/voice/twiml/client, reference/twiml 6.5).

Where the page is silent: an identity may hold whatever a SIP user can, so it has no blank, no control and
none of `: " \ < > , ;`. Parameters have the limit of Stream's (500 characters of name and value) and are
at most 50.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import Attribute, Kind, ProblemLog, matching, read_attributes
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
from offhook.twiml.url import news_url

MAX_IDENTITY: Final = 256

IDENTITY: Final[Kind[str]] = matching(
    rf'[^\s\x00-\x1f\x7f-\x9f:"\\<>,;]{{1,{MAX_IDENTITY}}}',
    f'1 to {MAX_IDENTITY} characters without blanks and : " \\ < > , ;',
)

WHAT: Final = "an identity"
WHISPER: Final = whisper_attributes()
NOTIFICATION_URL: Final = news_url("clientNotificationUrl")

DECLARED: Final[tuple[Attribute[Any], ...]] = (*WHISPER, *STATUS_CALLBACK, NOTIFICATION_URL)


@dataclass(frozen=True, slots=True)
class Client:
    """Call every device of one registered user."""

    identity: str
    """1 to 256 characters."""
    parameters: Parameters = ()
    """Names and values that the device is told, in order; a name may come twice."""
    whisper: Whisper | None = None
    callback: StatusCallback | None = None
    notification_url: str | None = None
    """Told by POST about the push notification of a device."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_client(element: Element, log: ProblemLog) -> Client | Undiallable:
    """Called by Dial. Undiallable for what is no identity (12200, since Twilio has no code of its own)."""
    values = read_attributes(element, DECLARED, log)
    written, parameters = read_named(element, "Identity", WHAT, log)
    identity = IDENTITY.read(written)
    made = Client(
        identity=identity or "",
        parameters=parameters,
        whisper=whisper(element, values, WHISPER, log),
        callback=status_callback(values),
        notification_url=values[NOTIFICATION_URL] or None,
        line=element.line,
        column=element.column,
    )
    return made if identity is not None else unnamed(element, WHAT, IDENTITY.allowed, log)
