"""`<Stop>`: end what a Start has begun, by its name (reference/twiml 8).

The next verb follows at once. A noun may carry the attributes that it has below Start, as the libraries let
it; its name alone counts. Where the page is silent: a noun without a name ends nothing, and is noted (14300).
"""

from dataclasses import dataclass, field
from typing import Final

from offhook.twiml.attribute import ProblemLog, read_attributes
from offhook.twiml.connect.nouns import INVALID_NESTED, LEFT, nouns_in
from offhook.twiml.element import Element
from offhook.twiml.problem import Level

DECLARED: Final = LEFT
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
    nouns: list[StopNoun] = []
    for child in nouns_in(element, NOUNS, "stops nothing", log):
        if name := child.attributes.get("name", "").strip():
            nouns.append(StopNoun(child.name, name))
        else:
            text = f"<Stop> needs the name of its <{child.name}>: skipped"
            log.note(INVALID_NESTED, child, text, Level.ERROR)
    return Stop(tuple(nouns), line=element.line, column=element.column)
