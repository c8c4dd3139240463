"""`<Connect>`: give the call to somebody else's program (https://www.twilio.com/docs/voice/twiml/connect).

It blocks until its noun ends, then the action is asked, else the next verb follows (reference/twiml 8). Where
the page is silent: of several nouns the first is taken; a Connect without one goes on at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from offhook.twiml.attribute import METHOD, TEXT, Attribute, ProblemLog, read_attributes
from offhook.twiml.connect.conversation_relay import ConversationRelay, read_conversation_relay
from offhook.twiml.connect.elsewhere import DECLARED as ELSEWHERE
from offhook.twiml.connect.elsewhere import Elsewhere, read_elsewhere
from offhook.twiml.connect.nouns import Track, nouns_in
from offhook.twiml.connect.stream import INVALID_TRACK, Stream, read_stream
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING, Level
from offhook.twiml.url import check_url

ACTION: Final = Attribute("action", TEXT, "")
METHOD_OF_CONNECT: Final = Attribute("method", METHOD, "POST")

DECLARED: Final = (ACTION, METHOD_OF_CONNECT)

ConnectNoun = Stream | ConversationRelay | Elsewhere

READERS: Final = MappingProxyType[str, Callable[[Element, ProblemLog], ConnectNoun | None]](
    {
        "ConversationRelay": read_conversation_relay,
        "Stream": read_stream,
        **dict.fromkeys(ELSEWHERE, read_elsewhere),
    }
)
"""Each noun's reader; None where it is dropped, which the reader has noted."""


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect the call, and wait until that is over."""

    noun: ConnectNoun | None
    """None: there is none that can be run, which was noted."""
    action: str | None = None
    """Absolute or relative URL that takes over afterwards; None goes on with the next verb."""
    method: str = "POST"
    """GET or POST."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_connect(element: Element, log: ProblemLog) -> Connect:
    """Called by the parser."""
    values = read_attributes(element, DECLARED, log)
    check_url(element, ACTION.name, values[ACTION], log)
    return Connect(
        noun=_read_noun(element, log),
        action=values[ACTION] or None,
        method=values[METHOD_OF_CONNECT],
        line=element.line,
        column=element.column,
    )


def _read_noun(element: Element, log: ProblemLog) -> ConnectNoun | None:
    noun: ConnectNoun | None = None
    for child in nouns_in(element, READERS, "connects to nothing", log):
        if noun is not None:
            log.note(SCHEMA_WARNING, child, f"<Connect> has a noun already: <{child.name}> is skipped")
        else:
            noun = READERS[child.name](child, log)
            _check_track(noun, child, log)
    return noun


def _check_track(noun: ConnectNoun | None, element: Element, log: ProblemLog) -> None:
    if isinstance(noun, Stream) and noun.track is not Track.INBOUND:
        message = "<Stream track> in <Connect> must be inbound_track: the stream fails"
        log.note(INVALID_TRACK, element, message, Level.ERROR)
