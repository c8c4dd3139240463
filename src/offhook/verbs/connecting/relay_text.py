"""What is to be said of a clause of an agent's: its SSML as in `<Say>`, its entities as the signs they are.

An agent writes text, SSML, or a mixture of both, and a clause is a piece of it: a piece without a tag may be
of SSML, and one with a tag may have a bare `&`. So entities are read in either, and what is no tag is text.
What looks like a tag and is none of `<Say>`'s is left out, and what is inside it is said: a language model
knows more tags than we do. Used by `relay_mouth.py`.
"""

from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from offhook.base.pronunciation import without_marks
from offhook.stream.markup import Tag, tags, with_entities, without_entities
from offhook.twiml.attribute import ProblemLog
from offhook.twiml.element import read_element
from offhook.twiml.problem import TwimlError
from offhook.twiml.prosody import Break, Phrase
from offhook.twiml.ssml import CLAUSE_MARKS, SENTENCE_MARKS, TAGS, spoken_parts

DOCUMENT: Final = ("", "speak")
"""Names of what only says that it is SSML: comments, declarations, the root."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said of a clause."""

    parts: tuple[Phrase | Break, ...]
    unknown: tuple[str, ...] = ()
    """Names of the elements that `<Say>` does not take, which were left out."""


def spoken(text: str) -> Spoken:
    """SSML that is none is spoken without its tags."""
    found = tuple(tags(text))
    unknown = tuple(dict.fromkeys(tag.name for tag in found if tag.name not in (*TAGS, *DOCUMENT)))
    parts = _ssml(text, found) if any(tag.name in TAGS for tag in found) else None
    return Spoken(_plain(text, found) if parts is None else parts, unknown)


def _ssml(text: str, found: tuple[Tag, ...]) -> tuple[Phrase | Break, ...] | None:
    """None where a tag is not closed, or not in its place."""
    try:
        element = read_element(f"<Say>{_as_xml(text, found)}</Say>".encode())
    except TwimlError:
        return None
    return spoken_parts(element, ProblemLog())


def _plain(text: str, found: tuple[Tag, ...]) -> tuple[Phrase, ...]:
    """The words alone."""
    pieces = [piece if isinstance(piece, str) else _gap(text, piece) for piece in _pieces(text, found)]
    words = " ".join(without_marks("".join(pieces)).split())
    return (Phrase(words),) if words else ()


def _as_xml(text: str, found: tuple[Tag, ...]) -> str:
    """The text as XML that has no other tags than those of `<Say>`."""
    pieces: list[str] = []
    for piece in _pieces(text, found):
        if isinstance(piece, str):
            pieces.append(escape(piece))
        elif piece.name in TAGS:
            pieces.append(with_entities(text[piece.start : piece.end]))
        else:
            pieces.append(_gap(text, piece))
    return "".join(pieces)


def _pieces(text: str, found: tuple[Tag, ...]) -> list[str | Tag]:
    """Tags, and the texts between them with their entities read."""
    pieces: list[str | Tag] = []
    at = 0
    for tag in found:
        pieces += [without_entities(text[at : tag.start]), tag]
        at = tag.end
    return [*pieces, without_entities(text[at:])]


def _gap(text: str, tag: Tag) -> str:
    """What stands in the place of a tag that is left out: no word grows into the next one."""
    return "" if text[tag.end :].startswith(SENTENCE_MARKS + CLAUSE_MARKS) else " "
