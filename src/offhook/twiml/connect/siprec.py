"""`<Siprec>` below Start: pass the call on to a recording server (reference/twiml 8.2).

`connectorName` must be given; whether the node has such a connector is known when the session is to begin.
Without one the noun is noted (14300) and skipped.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import METHOD, Attribute, ProblemLog, one_of, read_attributes, text_up_to
from offhook.twiml.connect.nouns import (
    INVALID_NESTED,
    MAX_NAME,
    NAME,
    StatusCallback,
    Track,
    status_callback,
)
from offhook.twiml.element import Element
from offhook.twiml.parameter import Parameters, read_parameters
from offhook.twiml.problem import Level
from offhook.twiml.url import news_url

CONNECTOR_NAME: Final = Attribute("connectorName", text_up_to(MAX_NAME), "")
TRACK: Final = Attribute("track", one_of(Track), Track.BOTH.value, 31941, Level.ERROR, "both_tracks is used")
STATUS_CALLBACK: Final = news_url("statusCallback")
STATUS_CALLBACK_METHOD: Final = Attribute("statusCallbackMethod", METHOD, "POST")

DECLARED: Final[tuple[Attribute[Any], ...]] = (
    NAME,
    CONNECTOR_NAME,
    TRACK,
    STATUS_CALLBACK,
    STATUS_CALLBACK_METHOD,
)


@dataclass(frozen=True, slots=True)
class Siprec:
    """Pass a call's audio on by SIP."""

    connector_name: str
    """Of a recording server, as the operator has named it."""
    name: str | None = None
    """At most 256 characters, unique of its call; None is the SiprecSid."""
    track: Track = Track.BOTH
    callback: StatusCallback | None = None
    parameters: Parameters = ()
    """Told to the server, in order."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_siprec(element: Element, log: ProblemLog) -> Siprec | None:
    """Called by Start."""
    values = read_attributes(element, DECLARED, log)
    parameters = read_parameters(element, log)
    if not values[CONNECTOR_NAME]:
        log.note(INVALID_NESTED, element, "<Siprec> needs a connectorName: skipped", Level.ERROR)
        return None
    return Siprec(
        connector_name=values[CONNECTOR_NAME],
        name=values[NAME] or None,
        track=Track(values[TRACK]),
        callback=status_callback(values, STATUS_CALLBACK, STATUS_CALLBACK_METHOD),
        parameters=parameters,
        line=element.line,
        column=element.column,
    )
