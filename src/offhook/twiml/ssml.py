"""SSML inside `<Say>`, made plain text for an engine that reads none (reference/twiml 3.1).

What a plain text can carry is kept: `sub` speaks its alias, `say-as` spells what is to be spelled,
a sentence or paragraph ends with a full stop, a `break` becomes a comma. The rest (emphasis,
prosody, phonemes, languages) is dropped and its text spoken. How tags may nest is not checked.
Source: https://www.twilio.com/docs/voice/twiml/say/text-speech (read 2026-11).
"""

from typing import Any, Final

from offhook.twiml.attribute import TEXT, Attribute, ProblemLog, one_of, read_attributes
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING

ALIAS: Final = Attribute("alias", TEXT, "")
STRENGTH: Final = Attribute(
    "strength", one_of(("none", "x-weak", "weak", "medium", "strong", "x-strong")), "medium"
)
INTERPRET_AS: Final = Attribute("interpret-as", TEXT, "")

TAGS: Final[dict[str, tuple[Attribute[Any], ...]]] = {
    "break": (STRENGTH, Attribute("time", TEXT, "")),
    "emphasis": (Attribute("level", one_of(("strong", "moderate", "reduced")), "moderate"),),
    "lang": (),
    "p": (),
    "phoneme": (Attribute("alphabet", TEXT, ""), Attribute("ph", TEXT, "")),
    "prosody": (Attribute("volume", TEXT, ""), Attribute("rate", TEXT, ""), Attribute("pitch", TEXT, "")),
    "s": (),
    "say-as": (INTERPRET_AS, Attribute("format", TEXT, "")),
    "sub": (ALIAS,),
    "w": (Attribute("role", TEXT, ""),),
}
"""The tags that Say takes, each with its attributes; `xml:lang` of `lang` is XML's own."""

_SPELLED: Final = frozenset({"characters", "spell-out"})
_DIALLED: Final = frozenset({"digits", "telephone"})
_STOPS: Final = ".,;:!?"


def spoken_text(say: Element, log: ProblemLog) -> str:
    """What is to be said: trimmed, every run of blanks and newlines one space.

    Notes 12200 for tags that Say does not take; they are skipped with their text.
    """
    return " ".join(_flatten(say, log).split())


def _flatten(element: Element, log: ProblemLog) -> str:
    text = ""
    for child in element.children:
        if isinstance(child, str):
            text += child
        elif child.name not in TAGS:
            log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <{element.name}>: skipped")
        elif child.name == "break":
            text = _pause_after(text, child, log)
        else:
            text += _speak(child, log)
    return text


def _pause_after(text: str, tag: Element, log: ProblemLog) -> str:
    """The text with a comma for a break, where no mark makes the engine pause already."""
    strength = read_attributes(tag, TAGS["break"], log)[STRENGTH]
    spoken = text.rstrip()
    if strength == "none" or not spoken or spoken[-1] in _STOPS:
        return text
    return spoken + ", "


def _speak(tag: Element, log: ProblemLog) -> str:
    """One tag other than break."""
    values = read_attributes(tag, TAGS[tag.name], log)
    inner = _flatten(tag, log)
    if tag.name == "sub":
        return values[ALIAS] or inner
    if tag.name == "say-as":
        return _say_as(inner, values[INTERPRET_AS])
    if tag.name in ("p", "s"):
        sentence = inner.strip()
        return f" {sentence} " if not sentence or sentence[-1] in _STOPS else f" {sentence}. "
    return inner


def _say_as(text: str, interpret_as: str) -> str:
    """Spaced characters are read one by one, digits in one word as a number."""
    if interpret_as in _SPELLED:
        return " ".join("".join(text.split()))
    if interpret_as in _DIALLED:
        return " ".join(c for c in text if c.isalnum() or c in "+*#")
    return text
