"""`<Stream>`: a call's audio over a WebSocket (https://www.twilio.com/docs/voice/twiml/stream, 8.1).

Below Start it is a copy for whoever listens, below Connect a conversation. A URL that cannot be one is noted
with Twilio's code (31922, 31923) and the stream fails with it when it is to begin. `connectorName`,
`audioFormat` and `sampleRate`, which the libraries alone know, are read and left: it is always µ-law.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import (
    METHOD,
    TEXT,
    Attribute,
    ProblemLog,
    one_of,
    read_attributes,
)
from offhook.twiml.connect.nouns import NAME, StatusCallback, Track, status_callback
from offhook.twiml.connect.stream_url import stream_url_fault
from offhook.twiml.element import Element
from offhook.twiml.parameter import Parameters, read_parameters
from offhook.twiml.problem import Level
from offhook.twiml.url import news_url

INVALID_TRACK: Final = 31941


URL: Final = Attribute("url", TEXT, "")
TRACK: Final = Attribute(
    "track", one_of(Track), Track.INBOUND.value, INVALID_TRACK, Level.ERROR, "inbound_track is used"
)
STATUS_CALLBACK: Final = news_url("statusCallback")
STATUS_CALLBACK_METHOD: Final = Attribute("statusCallbackMethod", METHOD, "POST")

DECLARED: Final[tuple[Attribute[Any], ...]] = (
    URL,
    NAME,
    TRACK,
    STATUS_CALLBACK,
    STATUS_CALLBACK_METHOD,
    Attribute("connectorName", TEXT, ""),
    Attribute("audioFormat", TEXT, ""),
    Attribute("sampleRate", TEXT, ""),
)


@dataclass(frozen=True, slots=True)
class Stream:
    """Stream a call's audio to a WebSocket."""

    url: str
    """As written; `stream_url_fault` says whether it can be one."""
    name: str | None = None
    """At most 256 characters, unique of its call; None is the StreamSid."""
    track: Track = Track.INBOUND
    callback: StatusCallback | None = None
    parameters: Parameters = ()
    """Custom parameters, in order."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_stream(element: Element, log: ProblemLog) -> Stream:
    """Called by Connect and Start."""
    values = read_attributes(element, DECLARED, log)
    fault = stream_url_fault(values[URL])
    if fault is not None:
        log.note(fault[0], element, f"<{element.name} url> {fault[1]}: the stream fails", Level.ERROR)
    return Stream(
        url=values[URL],
        name=values[NAME] or None,
        track=Track(values[TRACK]),
        callback=status_callback(values, STATUS_CALLBACK, STATUS_CALLBACK_METHOD),
        parameters=read_parameters(element, log),
        line=element.line,
        column=element.column,
    )
