"""Attributes of TwiML elements: what each may hold, its default, and the code of a bad value.

Each verb's file declares its attributes as `Attribute` values and reads them through
`read_attributes`, which notes a problem for each bad value (default used) and each unknown name
(ignored), as Twilio does (reference/twiml 1.10, 16). Numbers are ASCII digits. Words such as
`true`, `post` or `busy` are taken in any case, since hand-written documents have them in any.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

from offhook.twiml.element import Element
from offhook.twiml.problem import (
    MAX_MESSAGE,
    MAX_PROBLEMS,
    NOT_SUPPORTED,
    SCHEMA_WARNING,
    Level,
    Problem,
)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

MAX_SECONDS: Final = 86_400
"""Longest duration that a document can ask for: the longest call (reference/twiml 15)."""

_NUMBER: Final = re.compile(r"[0-9]{1,9}\Z")


@dataclass(frozen=True, slots=True)
class Kind(Generic[T_co]):
    """A set of allowed values."""

    allowed: str
    """What is allowed, to follow "must be" in a message."""
    read: Callable[[str], T_co | None]
    """The value of a trimmed text; None when it is not allowed."""
    is_bounded: bool = False
    """Whether it has a first or a last value, at which its tests look."""


@dataclass(frozen=True, slots=True)
class Attribute(Generic[T_co]):
    """One attribute of an element."""

    name: str
    kind: Kind[T_co]
    default: T_co
    """Used when the attribute is absent or its value is not allowed."""
    code: int = SCHEMA_WARNING
    """Twilio's code for a value that is not allowed; 12200 where it has none of its own."""
    level: Level = Level.WARNING
    instead: str = "default used"
    """What is done with a value that is not allowed, to end the message."""


class AttributeValues:
    """What an element's attributes say, defaults included."""

    def __init__(self, values: dict[str, object]) -> None:
        self._values = values

    def __getitem__(self, attribute: Attribute[T]) -> T:
        return cast(T, self._values[attribute.name])


class ProblemLog:
    """Gathers the problems of one document, the first hundred of them."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self.first_not_run: Problem | None = None
        """The first element that is known and not run, however many problems came before it."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was noted so far, in order."""
        return tuple(self._problems)

    def note(self, code: int, element: Element, message: str, level: Level = Level.WARNING) -> None:
        """Note a problem at an element."""
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(code, level, element.line, element.column, message[:MAX_MESSAGE]))

    def note_not_run(self, element: Element, what: str) -> None:
        """Note an element that Twilio knows and Offhook does not run; `what` it is: a verb, a noun."""
        message = f"Twilio's {what} <{element.name}> is not run by this version of Offhook"
        problem = Problem(NOT_SUPPORTED, Level.NOTE, element.line, element.column, message)
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(problem)
        self.first_not_run = self.first_not_run or problem

    def note_no_content(self, element: Element) -> None:
        """Note whatever is inside an element that must be empty."""
        self.note_no_text(element)
        for child in element.elements:
            self.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <{element.name}>: skipped")

    def note_no_text(self, element: Element) -> None:
        """Note text in an element that has elements only."""
        if element.own_text:
            self.note(SCHEMA_WARNING, element, f"<{element.name}> holds text, which is ignored")


def read_attributes(element: Element, declared: Sequence[Attribute[Any]], log: ProblemLog) -> AttributeValues:
    """The values of the declared attributes; notes bad values and undeclared names."""
    values: dict[str, object] = {attribute.name: attribute.default for attribute in declared}
    by_name = {attribute.name: attribute for attribute in declared}
    for name, text in element.attributes.items():
        attribute = by_name.get(name)
        if attribute is None:
            if not _belongs_to_xml(name):
                log.note(SCHEMA_WARNING, element, f"<{element.name}> has no attribute {name}: ignored")
            continue
        value = attribute.kind.read(text.strip())
        if value is None:
            message = f"<{element.name} {name}> must be {attribute.kind.allowed}: {attribute.instead}"
            log.note(attribute.code, element, message, attribute.level)
        else:
            values[name] = value
    return AttributeValues(values)


def _belongs_to_xml(name: str) -> bool:
    """Whether an attribute speaks to XML tools (`xmlns:xsi`, `xsi:noNamespaceSchemaLocation`), not to us."""
    return name == "xmlns" or name.startswith(("xmlns:", "xsi:", "xml:"))


def whole_number(minimum: int, maximum: int | None = None) -> Kind[int]:
    """A whole number from `minimum`; one above `maximum` is taken as `maximum`."""

    def read(text: str) -> int | None:
        if _NUMBER.match(text) is None or int(text) < minimum:
            return None
        return int(text) if maximum is None else min(int(text), maximum)

    return Kind(f"a whole number from {minimum}", read, is_bounded=True)


def seconds(minimum: int) -> Kind[float]:
    """Whole seconds from `minimum`; more than a day is a day."""
    number = whole_number(minimum, MAX_SECONDS)

    def read(text: str) -> float | None:
        value = number.read(text)
        return None if value is None else float(value)

    return Kind(f"a whole number of seconds from {minimum}", read, is_bounded=True)


def one_of(words: Iterable[str]) -> Kind[str]:
    """One of these words, in any case; the value is spelled as here."""
    spelled = {word.lower(): word for word in words}
    return Kind("one of " + ", ".join(spelled.values()), lambda text: spelled.get(text.lower()))


def words_of(words: Iterable[str]) -> Kind[frozenset[str]]:
    """One or more of these words with blanks between them, in any case; the values are spelled as here."""
    spelled = {word.lower(): word for word in words}

    def read(text: str) -> frozenset[str] | None:
        given = text.lower().split()
        return frozenset(spelled[word] for word in given) if given and set(given) <= set(spelled) else None

    return Kind("one or more of " + ", ".join(spelled.values()), read)


def text_up_to(maximum: int) -> Kind[str]:
    """Any text of at most so many characters."""

    def read(text: str) -> str | None:
        return text if len(text) <= maximum else None

    return Kind(f"at most {maximum} characters", read, is_bounded=True)


def matching(pattern: str, allowed: str) -> Kind[str]:
    """A text that a pattern matches as a whole."""
    compiled = re.compile(pattern)
    return Kind(allowed, lambda text: text if compiled.fullmatch(text) else None)


BOOLEAN: Final[Kind[bool]] = Kind(
    "true or false", lambda text: {"true": True, "false": False}.get(text.lower())
)
METHOD: Final = one_of(("GET", "POST"))
TEXT: Final[Kind[str]] = Kind("text", lambda text: text)
LANGUAGE: Final = matching(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", "a language such as en-US")
