"""Short ways to a parsed document, for the tests of TwiML's verbs and nouns."""

from typing import TypeVar

from offhook.twiml.document import Document
from offhook.twiml.parser import read
from offhook.twiml.verbs.dial import Dial

T = TypeVar("T")


def document(inside: str) -> Document:
    """`<Response>` and what is in it, as it is read: what is not run is a note."""
    return read(f"<Response>{inside}</Response>".encode())


def codes(found: Document) -> list[int]:
    """The codes of its problems, in order."""
    return [problem.code for problem in found.problems]


def only(found: Document, kind: type[T]) -> T:
    """The only verb, which must be of this kind."""
    (verb,) = found.verbs
    assert isinstance(verb, kind)
    return verb


def only_noun(found: Document, kind: type[T]) -> T:
    """The only noun of the only verb, a Dial."""
    (noun,) = only(found, Dial).nouns
    assert isinstance(noun, kind)
    return noun
