"""SSML inside `<Say>`, made phrases and breaks for a voice that reads no tags (reference/twiml 3.1).

What words alone can carry is in their text: `sub` speaks its alias, `say-as` spells what is to be spelled, a
sentence or paragraph ends with a full stop, the sounds of a `phoneme` stand with their word. What `say-as`
makes of a number or a date is English: `worded` puts it in, once it is known who speaks. `break` is a pause
of its own; `prosody`, `emphasis` and `lang` are the rate, volume, pitch and language of the phrases inside. A
role is dropped. How tags may nest is not checked.
Source: https://www.twilio.com/docs/voice/twiml/say/text-speech (read 2026-11).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from math import inf
from typing import Any, Final

from offhook.base.pronunciation import plain, pronounced, without_marks
from offhook.twiml.attribute import LANGUAGE, TEXT, Attribute, ProblemLog, read_attributes
from offhook.twiml.element import Element
from offhook.twiml.phonemes import sounds
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
from offhook.twiml.say_as import EXPLETIVE, KINDS, said_as, spelled_as

ALPHABET: Final = Attribute("alphabet", TEXT, "")
PH: Final = Attribute("ph", TEXT, "")
FORMAT: Final = Attribute("format", TEXT, "")
ALIAS: Final = Attribute("alias", TEXT, "")
LANG: Final = Attribute("xml:lang", LANGUAGE, "")
INTERPRET_AS: Final = Attribute("interpret-as", TEXT, "")

TAGS: Final[dict[str, tuple[Attribute[Any], ...]]] = {
    "break": (STRENGTH, TIME),
    "emphasis": (LEVEL,),
    "lang": (LANG,),
    "p": (),
    "phoneme": (ALPHABET, PH),
    "prosody": (VOLUME, RATE, PITCH),
    "s": (),
    "say-as": (INTERPRET_AS, FORMAT),
    "sub": (ALIAS,),
    "w": (Attribute("role", TEXT, ""),),
}
"""The tags that Say takes, each with its attributes."""

SENTENCE_MARKS: Final = (".", "!", "?", "…")
CLAUSE_MARKS: Final = (",", ";", ":")

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
    return " ".join(plain(part.text) for part in parts if isinstance(part, Phrase))


def worded(
    parts: Iterable[Phrase | Break], language_of: Callable[[Phrase], str]
) -> tuple[tuple[Phrase | Break, ...], tuple[str, ...]]:
    """The parts with the words of their `say-as`, and what there are no words for, in sentences.

    language_of: BCP 47 tag of who speaks a phrase. In another language than English the engine reads the text
    as it stands, which it does well with numbers, and with the rest as well as it can.
    """
    said: list[Phrase | Break] = []
    unsaid: list[str] = []
    for part in parts:
        if not isinstance(part, Phrase):
            said.append(part)
            continue
        kind, form = part.said_as
        text = part.text
        if kind:
            language = language_of(part)
            if language.lower().partition("-")[0] == "en":
                text = said_as(text, kind, form) or text
            else:
                unsaid.append(
                    f"say-as {kind} has words in English alone: {language} reads its text as it stands"
                )
        phrase = replace(part, text=text, said_as=("", ""))
        last = said[-1] if said else None
        if isinstance(last, Phrase) and phrase.is_like(last):
            joint = "" if _LEADING_MARKS.match(text) else " "
            said[-1] = replace(last, text=last.text + joint + text)
        else:
            said.append(phrase)
    return tuple(said), tuple(dict.fromkeys(unsaid))


class _Reading:
    """The parts of an element read so far, their texts as written."""

    def __init__(self, log: ProblemLog) -> None:
        self._log = log
        self.parts: list[Phrase | Break] = []

    def read(self, element: Element, prosody: Prosody) -> None:
        """Add what is in an element."""
        for child in element.children:
            if isinstance(child, str):
                self.parts.append(prosody.phrase(without_marks(child)))
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
                self.parts.append(prosody.phrase(without_marks(values[ALIAS])))
            case "say-as":
                self._say_as(tag, prosody, values[INTERPRET_AS], values[FORMAT])
            case "phoneme":
                self._phoneme(tag, prosody, values[ALPHABET], values[PH])
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

    def _say_as(self, tag: Element, prosody: Prosody, interpret_as: str, form: str) -> None:
        inside = _Reading(self._log)
        inside.read(tag, prosody)
        for part in _joined(inside.parts):
            if not isinstance(part, Phrase):
                self.parts.append(part)
            elif interpret_as == EXPLETIVE:
                self.parts.append(replace(part, gain_db=-inf))
            else:
                spelled = spelled_as(part.text, interpret_as)
                said = self._to_be_worded(tag, part, interpret_as, form) if spelled is None else part
                self.parts.append(said if spelled is None else replace(part, text=spelled))

    def _to_be_worded(self, tag: Element, part: Phrase, interpret_as: str, form: str) -> Phrase:
        """A phrase whose words depend on who speaks; as it stands where it is nothing of the kind."""
        if not interpret_as:
            return part
        if interpret_as not in KINDS:
            what = f"interpret-as must be one of {', '.join(sorted(KINDS))}"
        elif said_as(part.text, interpret_as, form) is None:
            as_date = f" of the format {form[:20]}" if form and interpret_as == "date" else ""
            what = f"{' '.join(part.text.split())[:40]} is no {interpret_as}{as_date}"
        else:
            return replace(part, said_as=(interpret_as, form))
        self._log.note(SCHEMA_WARNING, tag, f"<say-as>: {what}: the text is spoken as it stands")
        return part

    def _phoneme(self, tag: Element, prosody: Prosody, alphabet: str, written: str) -> None:
        """Its sounds with its word; the word alone where they cannot be read, and the sounds without one."""
        inside = _Reading(self._log)
        inside.read(tag, prosody)
        if not written:
            self.parts += inside.parts
            return
        try:
            ipa = sounds(alphabet, written)
        except ValueError as error:
            self._log.note(SCHEMA_WARNING, tag, f"<phoneme>: {error}: its text is spoken")
            self.parts += inside.parts
        else:
            self.parts.append(prosody.phrase(pronounced(words_of(inside.parts), ipa)))

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
