"""`<Stop>`: end what a Start has begun, by its name (reference/twiml 8).

The next verb follows at once. A noun may carry the attributes that it has below Start, as the libraries let
it; its name alone counts. Where the page is silent: a noun without a name ends nothing, and is noted (14300).
"""

from dataclasses import dataclass, field
from typing import Final

from offhook.twiml.attribute import METHOD, TEXT, Attribute, ProblemLog, read_attributes
from offhook.twiml.element import Element
from offhook.twiml.problem import Level

INVALID_NESTED: Final = 14300

DECLARED: Final = (Attribute("action", TEXT, ""), Attribute("method", METHOD, "POST"))

NOUNS: Final = frozenset({"Recording", "Siprec", "Stream", "Transcription"})
"""What can be stopped."""


@dataclass(frozen=True, slots=True)
class StopNoun:
    """One thing that is to end."""

    kind: str
    """Name of its element: one of `NOUNS`."""
    name: str
    """The name that it was begun with, or its Sid."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End what its nouns say."""

    nouns: tuple[StopNoun, ...]
    """In document order."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_stop(element: Element, log: ProblemLog) -> Stop:
    """Called by the parser."""
    read_attributes(element, DECLARED, log)
    log.note_no_text(element)
    nouns: list[StopNoun] = []
    for child in element.elements:
        name = child.attributes.get("name", "").strip()
        if child.name not in NOUNS:
            log.note(INVALID_NESTED, child, f"<{child.name}> is not allowed in <Stop>: skipped", Level.ERROR)
        elif not name:
            log.note(
                INVALID_NESTED, child, f"<Stop> needs the name of its <{child.name}>: skipped", Level.ERROR
            )
        else:
            nouns.append(StopNoun(child.name, name))
    if not element.elements:
        log.note(INVALID_NESTED, element, "<Stop> stops nothing", Level.ERROR)
    return Stop(tuple(nouns), line=element.line, column=element.column)
