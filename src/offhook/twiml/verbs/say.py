"""`<Say>`: speak a text (https://www.twilio.com/docs/voice/twiml/say, reference/twiml 3.1).

Longer texts than the limit and empty ones are dropped with a warning, as Twilio's "skip"; so is one of marks
or pictures alone, of which a voice makes a noise or nothing. The limit is the basic voices' 4,096
characters for every voice, because the same engines speak them all here.
"""

from dataclasses import dataclass, field
from typing import Final

from offhook.base.readable import is_readable
from offhook.twiml.attribute import LANGUAGE, Attribute, ProblemLog, matching, read_attributes, whole_number
from offhook.twiml.element import Element
from offhook.twiml.prosody import Break, Phrase
from offhook.twiml.ssml import spoken_parts, words_of

MAX_TEXT: Final = 4_096
"""Characters, tags not counted."""
MAX_LOOP: Final = 1_000
"""Rounds, also of `loop="0"`."""
EMPTY_TEXT: Final = 13520
TEXT_TOO_LONG: Final = 13521

VOICE_NAME: Final = matching(
    r"(?i:man|woman|alice|(polly|google)\.[a-z0-9][a-z0-9_-]{0,63})",
    "man, woman, alice, Polly.<name> or Google.<name>",
)
LANGUAGE_OF_SAY: Final = Attribute("language", LANGUAGE, "", code=13511)
"""Twilio has no code of its own for it; 13511 is that of the voice, which it is part of."""

VOICE: Final = Attribute("voice", VOICE_NAME, "", code=13511)
LOOP: Final = Attribute("loop", whole_number(0, MAX_LOOP), 1, code=13510)
VOICE_IN_GATHER: Final = Attribute("voice", VOICE_NAME, "", code=13321)
LOOP_IN_GATHER: Final = Attribute("loop", whole_number(0, MAX_LOOP), 1, code=13322)


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text to the caller."""

    parts: tuple[Phrase | Break, ...]
    """In the order in which they are heard, with 1 to 4,096 characters in all; without SSML one phrase."""
    voice: str
    """As written, such as `man` or `Polly.Joanna`, in any case; empty where it is not: the node's own."""
    language: str
    """BCP 47 tag as written; empty where it is not: the voice's own, or en-US."""
    loop: int
    """How often, 1 to 1,000; 0 is until hang-up."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""


def read_say(element: Element, log: ProblemLog) -> Say | None:
    """Called by the parser. None for a text that is too long or has nothing to read aloud, which is noted."""
    return _read(element, log, VOICE, LOOP)


def read_say_in_gather(element: Element, log: ProblemLog) -> Say | None:
    """Called by Gather: the same with the codes that Twilio has for a Say there."""
    return _read(element, log, VOICE_IN_GATHER, LOOP_IN_GATHER)


def _read(element: Element, log: ProblemLog, voice: Attribute[str], loop: Attribute[int]) -> Say | None:
    values = read_attributes(element, (voice, LANGUAGE_OF_SAY, loop), log)
    parts = spoken_parts(element, log)
    characters = len(words_of(parts))
    if not any(isinstance(part, Phrase) and is_readable(part.text) for part in parts):
        what = "has nothing that can be read aloud" if characters else "has no text"
        log.note(EMPTY_TEXT, element, f"<Say> {what}: skipped")
        return None
    if characters > MAX_TEXT:
        log.note(TEXT_TOO_LONG, element, f"<Say> has {characters} characters, more than {MAX_TEXT}: skipped")
        return None
    return Say(parts, values[voice], values[LANGUAGE_OF_SAY], values[loop], line=element.line)
