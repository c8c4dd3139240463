"""`<Gather>`: collect keys and speech (https://www.twilio.com/docs/voice/twiml/gather, reference/twiml 4).

The attributes of speech are in `gather_speech.py`.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import (
    BOOLEAN,
    METHOD,
    TEXT,
    Attribute,
    Kind,
    ProblemLog,
    matching,
    read_attributes,
    seconds,
    whole_number,
)
from offhook.twiml.element import Element
from offhook.twiml.problem import Level
from offhook.twiml.url import check_url
from offhook.twiml.verbs.gather_speech import SPEECH, GatherSpeech, read_speech
from offhook.twiml.verbs.pause import Pause, read_pause
from offhook.twiml.verbs.play import Play, read_play_in_gather
from offhook.twiml.verbs.say import Say, read_say_in_gather

INVALID_NESTED_VERB: Final = 13320

_POSITIVE: Final = seconds(1)


def _read_input(text: str) -> frozenset[str] | None:
    """`dtmf`, `speech` or both in either order."""
    words = frozenset(text.lower().split())
    return words if words and words <= {"dtmf", "speech"} else None


def _read_timeout(text: str) -> float | None:
    """`auto` is listed by Twilio for speech: until somebody speaks it means the default."""
    return 5.0 if text.lower() == "auto" else _POSITIVE.read(text)


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
    """Play the prompts, collect keys or words, ask the application what comes next."""

    takes_keys: bool
    """Whether `input` has `dtmf`."""
    speech: GatherSpeech | None
    """How words are gathered; None where `input` has no `speech`."""
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
    """Whether `action` is requested when nothing came."""
    prompts: tuple[Say | Play | Pause, ...]
    """Played in order until the first key or word."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""


def read_gather(element: Element, log: ProblemLog) -> Gather:
    """Called by the parser."""
    values = read_attributes(element, DECLARED, log)
    check_url(element, ACTION.name, values[ACTION], log)
    speech = read_speech(element, values, values[TIMEOUT], log)
    return Gather(
        takes_keys="dtmf" in values[INPUT],
        speech=speech if "speech" in values[INPUT] else None,
        action=values[ACTION] or None,
        method=values[METHOD_OF_GATHER],
        timeout_s=values[TIMEOUT],
        num_digits=values[NUM_DIGITS],
        finish_on_key=values[FINISH_ON_KEY],
        action_on_empty_result=values[ACTION_ON_EMPTY_RESULT],
        prompts=_read_prompts(element, log),
        line=element.line,
    )


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
