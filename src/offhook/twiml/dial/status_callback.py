"""What all nouns of Dial have: a document for the callee (`url`) and a URL that hears how the call goes.

Source: reference/twiml 6.4, 12.1.
"""

from dataclasses import dataclass
from typing import Any, Final

from offhook.twiml.attribute import (
    METHOD,
    TEXT,
    Attribute,
    AttributeValues,
    ProblemLog,
    words_of,
)
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING
from offhook.twiml.url import check_url, news_url

_CALLBACK: Final = news_url("statusCallback")
_METHOD: Final = Attribute("statusCallbackMethod", METHOD, "POST")
_EVENTS: Final = Attribute(
    "statusCallbackEvent",
    words_of(("initiated", "ringing", "answered", "completed")),
    frozenset({"completed"}),
)

STATUS_CALLBACK: Final[tuple[Attribute[Any], ...]] = (_CALLBACK, _METHOD, _EVENTS)

_URL: Final = Attribute("url", TEXT, "")


@dataclass(frozen=True, slots=True)
class StatusCallback:
    """A URL that is told how the callee's call goes."""

    url: str
    """Absolute or relative to the document."""
    method: str
    """GET or POST."""
    events: frozenset[str]
    """One or more of `initiated`, `ringing`, `answered`, `completed`."""


@dataclass(frozen=True, slots=True)
class Whisper:
    """A document that runs on the callee's leg once it answered, before the two are bridged."""

    url: str
    """Absolute or relative to the document. If it can be no URL, that was noted, and it fails with 11100."""
    method: str
    """GET or POST."""


def status_callback(values: AttributeValues) -> StatusCallback | None:
    """What the attributes say; None when there is no URL or a bad one."""
    if not values[_CALLBACK]:
        return None
    return StatusCallback(values[_CALLBACK], values[_METHOD], values[_EVENTS])


def whisper_attributes(code: int = SCHEMA_WARNING) -> tuple[Attribute[str], Attribute[str]]:
    """The declarations of `url` and `method`; code: for a bad method, which each noun has its own of."""
    return _URL, Attribute("method", METHOD, "POST", code)


def whisper(
    element: Element,
    values: AttributeValues,
    declared: tuple[Attribute[str], Attribute[str]],
    log: ProblemLog,
) -> Whisper | None:
    """What the attributes say; None when there is no URL."""
    url, method = (values[attribute] for attribute in declared)
    if not url:
        return None
    check_url(element, _URL.name, url, log)
    return Whisper(url, method)
