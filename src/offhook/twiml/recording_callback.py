"""Who hears of a recording: the attributes `recordingStatusCallback…` of Record and Dial.

Source: reference/twiml 5, 6.1, 16 (13256, 13621: the recording is made and nobody hears of it).
"""

from dataclasses import dataclass
from typing import Any, Final

from offhook.twiml.attribute import METHOD, Attribute, AttributeValues, words_of
from offhook.twiml.element import Element
from offhook.twiml.problem import Level
from offhook.twiml.url import news_url

COMPLETED: Final = frozenset({"completed"})

_URL: Final = news_url("recordingStatusCallback", 13256, Level.WARNING)
_METHOD: Final = Attribute("recordingStatusCallbackMethod", METHOD, "POST")
_EVENTS: Final = Attribute(
    "recordingStatusCallbackEvent",
    words_of(("in-progress", "completed", "absent")),
    frozenset[str](),
    13621,
    Level.ERROR,
    "no callback is sent",
)

DECLARED: Final[tuple[Attribute[Any], ...]] = (_URL, _METHOD, _EVENTS)


@dataclass(frozen=True, slots=True)
class RecordingCallback:
    """A URL that is told what became of a recording."""

    url: str
    """Absolute or relative to the document."""
    method: str
    """GET or POST."""
    events: frozenset[str]
    """One or more of `in-progress`, `completed`, `absent`."""


def recording_callback(element: Element, values: AttributeValues) -> RecordingCallback | None:
    """What the attributes say; None when there is no URL, a bad one, or a bad list of events."""
    events = values[_EVENTS] if _EVENTS.name in element.attributes else COMPLETED
    if not values[_URL] or not events:
        return None
    return RecordingCallback(values[_URL], values[_METHOD], events)
