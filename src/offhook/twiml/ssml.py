"""SSML inside `<Say>`, made phrases and breaks for a voice that reads no tags (reference/twiml 3.1).

What words alone can carry is in their text: `sub` speaks its alias, `say-as` spells what is to be spelled, a
sentence or paragraph ends with a full stop. `break` is a pause of its own; `prosody`, `emphasis` and `lang`
are the rate, volume, pitch and language of the phrases inside. The rest (phonemes, roles) is dropped and its
text spoken. How tags may nest is not checked.
Source: https://www.twilio.com/docs/voice/twiml/say/text-speech (read 2026-11).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from offhook.twiml.attribute import LANGUAGE, TEXT, Attribute, ProblemLog, read_attributes
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING
from offhook.twiml.prosody import (
    LEVEL,
    PAUSES_MS,
    PITCH,
    RATE,
    STRENGTH,
    TIME,
    VOLUME,
    Break,
    Phrase,
    Prosody,
)

ALIAS: Final = Attribute("alias", TEXT, "")
LANG: Final = Attribute("xml:lang", LANGUAGE, "")
INTERPRET_AS: Final = Attribute("interpret-as", TEXT, "")

TAGS: Final[dict[str, tuple[Attribute[Any], ...]]] = {
    "break": (STRENGTH, TIME),
    "emphasis": (LEVEL,),
    "lang": (LANG,),
    "p": (),
    "phoneme": (Attribute("alphabet", TEXT, ""), Attribute("ph", TEXT, "")),
    "prosody": (VOLUME, RATE, PITCH),
    "s": (),
    "say-as": (INTERPRET_AS, Attribute("format", TEXT, "")),
    "sub": (ALIAS,),
    "w": (Attribute("role", TEXT, ""),),
}
"""The tags that Say takes, each with its attributes."""

SENTENCE_MARKS: Final = (".", "!", "?", "…")
CLAUSE_MARKS: Final = (",", ";", ":")

_SPELLED: Final = frozenset({"characters", "spell-out"})
_DIALLED: Final = frozenset({"digits", "telephone"})
_LEADING_MARKS: Final = re.compile(rf"[{''.join(SENTENCE_MARKS + CLAUSE_MARKS)}]+(?=\s|\Z)")


def spoken_parts(say: Element, log: ProblemLog) -> tuple[Phrase | Break, ...]:
    """What is to be said, in order; no two phrases of one manner stand side by side, and none is empty.

    Notes 12200 for tags that Say does not take, which are skipped with their text, and for bad values.
    """
    reading = _Reading(log)
    reading.read(say, Prosody())
    return tuple(_without_blanks(_joined(reading.parts)))


def words_of(parts: Iterable[Phrase | Break]) -> str:
    """The text alone, without how it is spoken."""
    return " ".join(part.text for part in parts if isinstance(part, Phrase))


class _Reading:
    """The parts of an element read so far, their texts as written."""

    def __init__(self, log: ProblemLog) -> None:
        self._log = log
        self.parts: list[Phrase | Break] = []

    def read(self, element: Element, prosody: Prosody) -> None:
        """Add what is in an element."""
        for child in element.children:
            if isinstance(child, str):
                self.parts.append(prosody.phrase(child))
            elif child.name not in TAGS:
                message = f"<{child.name}> is not allowed in <{element.name}>: skipped"
                self._log.note(SCHEMA_WARNING, child, message)
            else:
                self._read_tag(child, prosody)

    def _read_tag(self, tag: Element, prosody: Prosody) -> None:
        values = read_attributes(tag, TAGS[tag.name], self._log)
        match tag.name:
            case "break":
                self._pause(values[STRENGTH], values[TIME])
            case "prosody":
                self.read(tag, prosody.changed(values[RATE], values[VOLUME], values[PITCH]))
            case "emphasis":
                self.read(tag, prosody.emphasised(values[LEVEL]))
            case "lang":
                self.read(tag, prosody.in_language(values[LANG]))
            case "sub" if values[ALIAS]:
                _Reading(self._log).read(tag, prosody)  # for what is wrong inside it
                self.parts.append(prosody.phrase(values[ALIAS]))
            case "say-as":
                self._say_as(tag, prosody, values[INTERPRET_AS])
            case "p" | "s":
                self._sentence(tag, prosody)
            case _:
                self.read(tag, prosody)

    def _pause(self, strength: str, time_ms: int | None) -> None:
        """A break. Without attributes it is the stronger the mark before it is (Polly, break tag)."""
        before = self._text_before()
        if not strength:
            by_mark = "strong" if before.endswith(CLAUSE_MARKS) else "medium"
            strength = "x-strong" if before.endswith(SENTENCE_MARKS) else by_mark
        ms = PAUSES_MS[strength] if time_ms is None else time_ms
        # No pause where no mark makes one: the words belong together, and are best spoken so.
        if ms or before.endswith(SENTENCE_MARKS + CLAUSE_MARKS):
            self.parts.append(Break(ms))

    def _text_before(self) -> str:
        """What was written before, back to the last break."""
        for part in reversed(self.parts):
            if isinstance(part, Break):
                break
            if part.text.strip():
                return part.text.rstrip()
        return ""

    def _say_as(self, tag: Element, prosody: Prosody, interpret_as: str) -> None:
        inside = _Reading(self._log)
        inside.read(tag, prosody)
        for part in _joined(inside.parts):
            if isinstance(part, Phrase):
                self.parts.append(replace(part, text=_said_as(part.text, interpret_as)))
            else:
                self.parts.append(part)

    def _sentence(self, tag: Element, prosody: Prosody) -> None:
        """A sentence or paragraph, which ends with a mark, or with the pause that is written at its end."""
        inside = _Reading(self._log)
        inside.read(tag, prosody)
        before = inside._text_before()
        self.parts += (prosody.phrase(" "), *inside.parts)
        is_ended = not before or before.endswith(SENTENCE_MARKS + CLAUSE_MARKS)
        self.parts.append(prosody.phrase(" " if is_ended else ". "))


def _joined(parts: Iterable[Phrase | Break]) -> Iterator[Phrase | Break]:
    """The same, with neighbours of one manner made one phrase.

    Blanks between two phrases, and marks behind one, are the former's: they are not heard, but as its end.
    """
    last: Phrase | None = None
    for part in parts:
        if isinstance(part, Break):
            if last is not None:
                yield last
            last = None
            yield part
        elif last is None:
            last = part if part.text.strip() else None
        else:
            marks = _LEADING_MARKS.match(part.text)
            split = marks.end() if marks is not None else 0
            head, rest = part.text[:split], part.text[split:]
            if not rest.strip() or part.is_like(last):
                last = replace(last, text=last.text + part.text)
            else:
                yield replace(last, text=last.text + head)
                last = replace(part, text=rest)
    if last is not None:
        yield last


def _without_blanks(parts: Iterable[Phrase | Break]) -> Iterator[Phrase | Break]:
    for part in parts:
        yield replace(part, text=" ".join(part.text.split())) if isinstance(part, Phrase) else part


def _said_as(text: str, interpret_as: str) -> str:
    """Spaced characters are read one by one, digits in one word as a number."""
    if interpret_as in _SPELLED:
        return " ".join("".join(text.split()))
    if interpret_as in _DIALLED:
        return " ".join(c for c in text if c.isalnum() or c in "+*#")
    return text
