"""The attributes of `<Gather>` that are about speech (reference/twiml 4). Used by `gather.py`."""

import re
from dataclasses import dataclass
from typing import Any, Final

from offhook.twiml.attribute import (
    BOOLEAN,
    LANGUAGE,
    METHOD,
    Attribute,
    AttributeValues,
    Kind,
    ProblemLog,
    matching,
    seconds,
)
from offhook.twiml.element import Element
from offhook.twiml.url import news_url

AUTO_WITH_MODEL: Final = 13335

MAX_HINTS: Final = 500
MAX_HINT: Final = 100
MAX_SPEECH_S: Final = 60.0
"""Longest speech that Twilio takes."""
AUTO: Final = "auto"


def _read_hints(text: str) -> str | None:
    hints = text.split(",")
    return text if len(hints) <= MAX_HINTS and all(len(hint.strip()) <= MAX_HINT for hint in hints) else None


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
MAX_SPEECH_TIME: Final = Attribute("maxSpeechTime", seconds(1), MAX_SPEECH_S, 13328)
HINTS: Final = Attribute(
    "hints", Kind(f"at most {MAX_HINTS} hints of {MAX_HINT} characters", _read_hints), "", 13330
)
LANGUAGE_OF_SPEECH: Final = Attribute("language", LANGUAGE, "en-US", 13331)
PROFANITY_FILTER: Final = Attribute("profanityFilter", BOOLEAN, default=True, code=13333)
PARTIAL: Final = news_url("partialResultCallback")
PARTIAL_METHOD: Final = Attribute("partialResultCallbackMethod", METHOD, "POST", 13329)
BARGE_IN: Final = Attribute("bargeIn", BOOLEAN, default=True, code=13332)

SPEECH: Final[tuple[Attribute[Any], ...]] = (
    SPEECH_TIMEOUT,
    SPEECH_MODEL,
    MAX_SPEECH_TIME,
    HINTS,
    LANGUAGE_OF_SPEECH,
    PROFANITY_FILTER,
    Attribute("enhanced", BOOLEAN, default=False),
    PARTIAL,
    PARTIAL_METHOD,
    BARGE_IN,
    Attribute("debug", BOOLEAN, default=False),
)
"""`enhanced` asks for a dearer model of Twilio's, `debug` for nothing documented: both are checked."""


@dataclass(frozen=True, slots=True)
class GatherSpeech:
    """How words are gathered."""

    silence_s: float | None
    """Silence that ends them, 1 to 60; None is the first pause."""
    longest_s: float
    """1 to 60: speech that lasts longer is cut off."""
    hints: tuple[str, ...]
    """Words that are likely."""
    language: str
    """BCP 47 tag."""
    profanity_filter: bool
    """Whether swear words are masked."""
    model: str
    """Twilio's name of a speech model; "default" where none is named."""
    partial_url: str | None
    """Absolute or relative URL that is told what is understood so far; None is nobody."""
    partial_method: str
    """GET or POST."""
    barge_in: bool
    """Whether words interrupt the prompts; else they are listened for when those have ended."""


def read_speech(element: Element, values: AttributeValues, timeout_s: float, log: ProblemLog) -> GatherSpeech:
    """What the attributes say. timeout_s: of the Gather, which is the default of speechTimeout."""
    written = values[SPEECH_TIMEOUT] or element.attributes.get("timeout", "").strip().lower()
    is_auto = written == AUTO
    if values[SPEECH_TIMEOUT] == AUTO and values[SPEECH_MODEL]:
        text = "<Gather speechTimeout> auto cannot be used with a speechModel: that of timeout is used"
        log.note(AUTO_WITH_MODEL, element, text)
        is_auto = False
    silence_s = float(written) if re.fullmatch(r"[0-9]+", values[SPEECH_TIMEOUT]) else timeout_s
    return GatherSpeech(
        silence_s=None if is_auto else min(silence_s, MAX_SILENCE_S),
        longest_s=min(values[MAX_SPEECH_TIME], MAX_SPEECH_S),
        hints=tuple(hint.strip() for hint in values[HINTS].split(",") if hint.strip()),
        language=values[LANGUAGE_OF_SPEECH],
        profanity_filter=values[PROFANITY_FILTER],
        model=values[SPEECH_MODEL] or "default",
        partial_url=values[PARTIAL] or None,
        partial_method=values[PARTIAL_METHOD],
        barge_in=values[BARGE_IN],
    )


MAX_SILENCE_S: Final = MAX_SPEECH_S
"""More silence than the longest speech ends nothing."""
