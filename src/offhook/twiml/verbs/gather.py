"""`<Gather>`: collect key presses (https://www.twilio.com/docs/voice/twiml/gather, reference/twiml 4).

Every attribute is checked. The ones of speech recognition are not in the tree, since nothing here
recognises speech yet: a Gather that asks for it notes 13340 ("Degraded Speech", the nearest of
Twilio's codes) and gathers keys.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import (
    BOOLEAN,
    LANGUAGE,
    METHOD,
    TEXT,
    Attribute,
    AttributeValues,
    Kind,
    ProblemLog,
    matching,
    read_attributes,
    seconds,
    whole_number,
)
from offhook.twiml.element import Element
from offhook.twiml.problem import Level
from offhook.twiml.url import check_url, news_url
from offhook.twiml.verbs.pause import Pause, read_pause
from offhook.twiml.verbs.play import Play, read_play_in_gather
from offhook.twiml.verbs.say import Say, read_say_in_gather

INVALID_NESTED_VERB: Final = 13320
AUTO_WITH_MODEL: Final = 13335
DEGRADED_SPEECH: Final = 13340

MAX_HINTS: Final = 500
MAX_HINT: Final = 100

_POSITIVE: Final = seconds(1)


def _read_input(text: str) -> frozenset[str] | None:
    """`dtmf`, `speech` or both in either order."""
    words = frozenset(text.lower().split())
    return words if words and words <= {"dtmf", "speech"} else None


def _read_timeout(text: str) -> float | None:
    """`auto` is listed by Twilio for speech; with keys it means the default."""
    return 5.0 if text.lower() == "auto" else _POSITIVE.read(text)


def _read_hints(text: str) -> str | None:
    hints = text.split(",")
    return text if len(hints) <= MAX_HINTS and all(len(hint.strip()) <= MAX_HINT for hint in hints) else None


INPUT: Final = Attribute(
    "input", Kind("dtmf, speech or dtmf speech", _read_input), frozenset({"dtmf"}), code=13326
)
ACTION: Final = Attribute("action", TEXT, "")
METHOD_OF_GATHER: Final = Attribute("method", METHOD, "POST", code=13312)
TIMEOUT: Final = Attribute("timeout", Kind(_POSITIVE.allowed, _read_timeout), 5.0, code=13313)
NUM_DIGITS: Final[Attribute[int | None]] = Attribute("numDigits", whole_number(1), None, code=13314)
FINISH_ON_KEY: Final = Attribute(
    "finishOnKey", matching(r"[0-9#*]?", "one of 0-9, # and *, or empty"), "#", code=13310
)
ACTION_ON_EMPTY_RESULT: Final = Attribute(
    "actionOnEmptyResult", BOOLEAN, default=False, code=13338, level=Level.ERROR
)

SPEECH_TIMEOUT: Final = Attribute(
    "speechTimeout", matching(r"[1-9][0-9]{0,8}|auto", "seconds from 1, or auto"), "", 13327
)
SPEECH_MODEL: Final = Attribute(
    "speechModel",
    matching(
        r"default|numbers_and_commands|phone_call|experimental_(conversations|utterances)"
        r"|googlev2_[a-z_]{1,40}|deepgram_[a-z0-9-]{1,40}",
        "a speech model of Twilio's",
    ),
    "",
    13334,
)
SPEECH: Final[tuple[Attribute[Any], ...]] = (
    SPEECH_TIMEOUT,
    SPEECH_MODEL,
    Attribute("maxSpeechTime", seconds(1), 60.0, 13328),
    Attribute("hints", Kind(f"at most {MAX_HINTS} hints of {MAX_HINT} characters", _read_hints), "", 13330),
    Attribute("language", LANGUAGE, "en-US", 13331),
    Attribute("profanityFilter", BOOLEAN, default=True, code=13333),
    Attribute("enhanced", BOOLEAN, default=False),
    news_url("partialResultCallback"),
    Attribute("partialResultCallbackMethod", METHOD, "POST", 13329),
    Attribute("bargeIn", BOOLEAN, default=True, code=13332),
    Attribute("debug", BOOLEAN, default=False),
)
"""Checked, then left: see the head of this file."""

DECLARED: Final[tuple[Attribute[Any], ...]] = (
    INPUT,
    ACTION,
    METHOD_OF_GATHER,
    TIMEOUT,
    NUM_DIGITS,
    FINISH_ON_KEY,
    ACTION_ON_EMPTY_RESULT,
    *SPEECH,
)


@dataclass(frozen=True, slots=True)
class Gather:
    """Play the prompts, collect keys, ask the application what comes next."""

    input: frozenset[str]
    """As written: `dtmf`, `speech` or both. Keys are gathered whatever it says."""
    action: str | None
    """Absolute or relative URL; None is the URL of the current document."""
    method: str
    """GET or POST."""
    timeout_s: float
    """1 to 86,400, from the end of the prompts or the last key."""
    num_digits: int | None
    """How many keys end it; None is no limit."""
    finish_on_key: str
    """The key that ends it after at least one other; empty is none."""
    action_on_empty_result: bool
    """Whether `action` is requested when no key came."""
    prompts: tuple[Say | Play | Pause, ...]
    """Played in order until the first key."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""


def read_gather(element: Element, log: ProblemLog) -> Gather:
    """Called by the parser."""
    values = read_attributes(element, DECLARED, log)
    check_url(element, ACTION.name, values[ACTION], log)
    _check_speech(element, values, log)
    return Gather(
        input=values[INPUT],
        action=values[ACTION] or None,
        method=values[METHOD_OF_GATHER],
        timeout_s=values[TIMEOUT],
        num_digits=values[NUM_DIGITS],
        finish_on_key=values[FINISH_ON_KEY],
        action_on_empty_result=values[ACTION_ON_EMPTY_RESULT],
        prompts=_read_prompts(element, log),
        line=element.line,
    )


def _check_speech(element: Element, values: AttributeValues, log: ProblemLog) -> None:
    if values[SPEECH_TIMEOUT] == "auto" and values[SPEECH_MODEL]:
        log.note(AUTO_WITH_MODEL, element, "<Gather speechTimeout> auto cannot be used with a speechModel")
    if "speech" in values[INPUT]:
        message = "<Gather input>: this version of Offhook does not recognise speech: keys are gathered"
        log.note(DEGRADED_SPEECH, element, message, Level.NOTE)


def _read_prompts(element: Element, log: ProblemLog) -> tuple[Say | Play | Pause, ...]:
    log.note_no_text(element)
    prompts: list[Say | Play | Pause] = []
    for child in element.elements:
        match child.name:
            case "Say":
                say = read_say_in_gather(child, log)
                if say is not None:
                    prompts.append(say)
            case "Pause":
                prompts.append(read_pause(child, log))
            case "Play":
                play = read_play_in_gather(child, log)
                if play is not None:
                    prompts.append(play)
            case _:
                log.note(INVALID_NESTED_VERB, child, f"<{child.name}> is not allowed in <Gather>: skipped")
    return tuple(prompts)
