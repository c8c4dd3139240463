"""`<Record>`: record the caller (https://www.twilio.com/docs/voice/twiml/record, reference/twiml 5).

Every attribute is checked.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import (
    BOOLEAN,
    MAX_SECONDS,
    METHOD,
    TEXT,
    Attribute,
    AttributeValues,
    Kind,
    ProblemLog,
    matching,
    one_of,
    read_attributes,
    seconds,
)
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING
from offhook.twiml.recording_callback import DECLARED as RECORDING_CALLBACK
from offhook.twiml.recording_callback import RecordingCallback, recording_callback
from offhook.twiml.url import check_url, news_url

TOO_LONG_FOR_TRANSCRIPTION: Final = 13615

MAX_TRANSCRIBED_S: Final = 120.0
"""Longest recording that Twilio transcribes; also `maxLength` when a transcription is asked for."""
MAX_LENGTH_S: Final = 3_600.0

TRIM_WORDS: Final = ("trim-silence", "do-not-trim")

ACTION: Final = Attribute("action", TEXT, "")
METHOD_OF_RECORD: Final = Attribute("method", METHOD, "POST", code=13610)
TIMEOUT: Final = Attribute("timeout", seconds(0), 5.0, code=13611)
MAX_LENGTH: Final[Attribute[float | None]] = Attribute(
    "maxLength", Kind(f"a whole number of seconds from 2 to {MAX_SECONDS}", seconds(2).read), None, code=13612
)
FINISH_ON_KEY: Final = Attribute(
    "finishOnKey", matching(r"[0-9#*]{0,64}", "any of 0-9, # and *, or empty"), "1234567890*#", code=13613
)
PLAY_BEEP: Final = Attribute("playBeep", BOOLEAN, default=True, code=13616)
TRIM: Final = Attribute("trim", one_of(TRIM_WORDS), "trim-silence", code=13699)

TRANSCRIBE: Final = Attribute("transcribe", BOOLEAN, default=False, code=13614)
TRANSCRIBE_CALLBACK: Final = news_url("transcribeCallback", 13257)

DECLARED: Final[tuple[Attribute[Any], ...]] = (
    ACTION,
    METHOD_OF_RECORD,
    TIMEOUT,
    MAX_LENGTH,
    FINISH_ON_KEY,
    PLAY_BEEP,
    TRIM,
    *RECORDING_CALLBACK,
    TRANSCRIBE,
    TRANSCRIBE_CALLBACK,
    Attribute("recordingConfigurationId", TEXT, ""),
)


@dataclass(frozen=True, slots=True)
class Record:
    """Record the caller until silence, a key, the longest length or hang-up, then ask the application."""

    action: str | None
    """Absolute or relative URL; None is the URL of the current document."""
    method: str
    """GET or POST."""
    timeout_s: float
    """Seconds of silence that end it, 1 to 86,400; 0 is never."""
    finish_on_key: str
    """The keys of which any ends it; empty is none."""
    max_length_s: float
    """2 to 86,400. The call's own longest duration may end it earlier."""
    play_beep: bool
    """Whether a beep is played before it begins."""
    trim: bool
    """Whether silence at its beginning and end is cut off."""
    callback: RecordingCallback | None
    """Who hears what became of it."""
    transcribe: bool = False
    """Whether what is said is to be had as text."""
    transcribe_url: str | None = None
    """Absolute or relative URL that is told the text; None is nobody."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_record(element: Element, log: ProblemLog) -> Record:
    """Called by the parser."""
    log.note_no_content(element)
    values = read_attributes(element, DECLARED, log)
    check_url(element, ACTION.name, values[ACTION], log)
    _check_transcription(element, values, log)
    max_length_s = MAX_TRANSCRIBED_S if values[TRANSCRIBE] else MAX_LENGTH_S
    return Record(
        action=values[ACTION] or None,
        method=values[METHOD_OF_RECORD],
        timeout_s=values[TIMEOUT],
        finish_on_key=values[FINISH_ON_KEY],
        max_length_s=values[MAX_LENGTH] or max_length_s,
        play_beep=values[PLAY_BEEP],
        trim=values[TRIM] == "trim-silence",
        callback=recording_callback(element, values),
        transcribe=values[TRANSCRIBE],
        transcribe_url=(values[TRANSCRIBE_CALLBACK] or None) if values[TRANSCRIBE] else None,
        line=element.line,
        column=element.column,
    )


def _check_transcription(element: Element, values: AttributeValues, log: ProblemLog) -> None:
    if not values[TRANSCRIBE]:
        if values[TRANSCRIBE_CALLBACK]:
            message = '<Record transcribeCallback> does nothing without transcribe="true"'
            log.note(SCHEMA_WARNING, element, message)
        return
    if (values[MAX_LENGTH] or 0.0) > MAX_TRANSCRIBED_S:
        message = f"<Record maxLength> above {MAX_TRANSCRIBED_S:g} s is not transcribed"
        log.note(TOO_LONG_FOR_TRANSCRIPTION, element, message)
