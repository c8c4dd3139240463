"""What Connect, Start and Stop have in common, and their nouns: which may stand inside, a name, a callback.

Source: reference/twiml 8. `action` and `method` of Start and Stop, which the libraries alone know, are read
and left.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from offhook.twiml.attribute import METHOD, TEXT, Attribute, AttributeValues, ProblemLog, text_up_to
from offhook.twiml.element import Element
from offhook.twiml.problem import Level

INVALID_NESTED: Final = 14300
MAX_NAME: Final = 256

LEFT: Final = (Attribute("action", TEXT, ""), Attribute("method", METHOD, "POST"))
"""Attributes of Start and Stop."""

NAME: Final = Attribute("name", text_up_to(MAX_NAME), "")
"""Of a noun, unique of its call; by it Stop ends what Start has begun."""


class Track(StrEnum):
    """Whose sound, in the words of the attribute."""

    INBOUND = "inbound_track"
    """What the caller says."""
    OUTBOUND = "outbound_track"
    """What the caller hears."""
    BOTH = "both_tracks"


@dataclass(frozen=True, slots=True)
class StatusCallback:
    """Who is told what becomes of a noun that runs by itself."""

    url: str
    """Absolute or relative to the document."""
    method: str
    """GET or POST."""


def status_callback(
    values: AttributeValues, url: Attribute[str], method: Attribute[str]
) -> StatusCallback | None:
    """What the two attributes say; None without a URL."""
    return StatusCallback(values[url], values[method]) if values[url] else None


def nouns_in(
    element: Element, names: Container[str], does_nothing: str, log: ProblemLog
) -> Iterator[Element]:
    """The nouns inside that may stand there, in order; text and others are noted and skipped (14300).

    does_nothing: what is to be said of the verb where nothing stands inside.
    """
    log.note_no_text(element)
    for child in element.elements:
        if child.name in names:
            yield child
        else:
            text = f"<{child.name}> is not allowed in <{element.name}>: skipped"
            log.note(INVALID_NESTED, child, text, Level.ERROR)
    if not element.elements:
        log.note(INVALID_NESTED, element, f"<{element.name}> {does_nothing}", Level.ERROR)
