"""`<Dial>`: call somebody and talk (https://www.twilio.com/docs/voice/twiml/dial, reference/twiml 6).

Where the page is silent: an empty `action` is none, so that a template without a value makes no loop; a
Dial that names nobody is one to a number that is none (13223), and so are nouns that cannot be called:
they fail, and what follows a failed Dial follows. `ifMachine`, which Twilio has withdrawn, and what its
libraries alone know (`events`, `passports`, `recordingConfigurationId`) are checked and otherwise left.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from offhook.twiml.attribute import (
    BOOLEAN,
    METHOD,
    TEXT,
    Attribute,
    AttributeValues,
    Kind,
    ProblemLog,
    one_of,
    read_attributes,
    seconds,
    text_up_to,
)
from offhook.twiml.dial.application import Application, read_application
from offhook.twiml.dial.caller_id import (
    INVALID_FOR_NUMBER,
    INVALID_FROM,
    MAX_CALLER_ID,
    TOO_LONG,
    read_caller_id,
)
from offhook.twiml.dial.client import Client, read_client
from offhook.twiml.dial.conference import Conference, read_conference
from offhook.twiml.dial.elsewhere import ELSEWHERE, read_elsewhere
from offhook.twiml.dial.number import Number, read_number, read_plain_number
from offhook.twiml.dial.queue import Queue, read_queue
from offhook.twiml.dial.sip import Sip, read_sip
from offhook.twiml.dial.undiallable import Undiallable
from offhook.twiml.element import Element
from offhook.twiml.problem import Level
from offhook.twiml.recording_callback import DECLARED as RECORDING_CALLBACK
from offhook.twiml.recording_callback import RecordingCallback, recording_callback
from offhook.twiml.url import check_url
from offhook.twiml.verbs.record import TRIM_WORDS

MIXED_NOUNS: Final = 13000
INVALID_NESTED: Final = 13215
TOO_MANY_NOUNS: Final = 13250

MAX_NOUNS: Final = 10
MAX_TIMEOUT_S: Final = 600.0
MAX_REASON: Final = 50

# fmt: off
RING_TONES: Final = (
    "at", "au", "bg", "br", "be", "ch", "cl", "cn", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr",
    "hu", "il", "in", "it", "lt", "jp", "mx", "my", "nl", "no", "nz", "ph", "pl", "pt", "ru", "se",
    "sg", "th", "uk", "us", "us-old", "tw", "ve", "za",
)
# fmt: on
"""Countries whose ringback Twilio has."""


class RecordMode(StrEnum):
    """Whether a Dial is recorded, from when, and on how many channels, in Twilio's words."""

    DO_NOT_RECORD = "do-not-record"
    FROM_ANSWER = "record-from-answer"
    FROM_RINGING = "record-from-ringing"
    FROM_ANSWER_DUAL = "record-from-answer-dual"
    FROM_RINGING_DUAL = "record-from-ringing-dual"

    @property
    def is_on(self) -> bool:
        """Whether anything is recorded."""
        return self is not RecordMode.DO_NOT_RECORD

    @property
    def is_dual(self) -> bool:
        """Whether caller and callee are on a channel each."""
        return self in (RecordMode.FROM_ANSWER_DUAL, RecordMode.FROM_RINGING_DUAL)

    @property
    def is_from_ringing(self) -> bool:
        """Whether the ringing is recorded too."""
        return self in (RecordMode.FROM_RINGING, RecordMode.FROM_RINGING_DUAL)


_RECORD_WORDS: Final = {
    **{mode.value: mode for mode in RecordMode},
    "true": RecordMode.FROM_ANSWER,
    "false": RecordMode.DO_NOT_RECORD,
}


def _read_timeout(text: str) -> float | None:
    value = seconds(5).read(text)
    return None if value is None else min(value, MAX_TIMEOUT_S)


ACTION: Final = Attribute("action", TEXT, "")
METHOD_OF_DIAL: Final = Attribute("method", METHOD, "POST", code=13210)
TIMEOUT: Final = Attribute(
    "timeout", Kind(f"a whole number of seconds from 5 to {MAX_TIMEOUT_S:g}", _read_timeout), 30.0, code=13212
)
HANGUP_ON_STAR: Final = Attribute("hangupOnStar", BOOLEAN, default=False, code=13213)
CALLER_ID: Final = Attribute(
    "callerId", text_up_to(MAX_CALLER_ID), "", code=TOO_LONG, instead="the caller's own is used"
)
TIME_LIMIT: Final = Attribute("timeLimit", seconds(1), 14_400.0, code=13216)
RECORD: Final = Attribute(
    "record",
    Kind("one of " + ", ".join(_RECORD_WORDS), lambda text: _RECORD_WORDS.get(text.lower())),
    RecordMode.DO_NOT_RECORD,
    code=13217,
)
SEQUENTIAL: Final = Attribute("sequential", BOOLEAN, default=False, code=13218)
ANSWER_ON_BRIDGE: Final = Attribute("answerOnBridge", BOOLEAN, default=False, code=13219)
RING_TONE: Final = Attribute("ringTone", one_of(RING_TONES), "", code=13220)
RECORDING_TRACK: Final = Attribute("recordingTrack", one_of(("inbound", "outbound", "both")), "both")
TRIM: Final = Attribute("trim", one_of(TRIM_WORDS), "do-not-trim", code=13699)
REFER_URL: Final = Attribute("referUrl", TEXT, "")
REFER_METHOD: Final = Attribute("referMethod", METHOD, "POST")
CALL_REASON: Final = Attribute("callReason", text_up_to(MAX_REASON), "", instead="ignored")

DECLARED: Final[tuple[Attribute[Any], ...]] = (
    ACTION,
    METHOD_OF_DIAL,
    TIMEOUT,
    HANGUP_ON_STAR,
    CALLER_ID,
    TIME_LIMIT,
    RECORD,
    SEQUENTIAL,
    ANSWER_ON_BRIDGE,
    RING_TONE,
    RECORDING_TRACK,
    TRIM,
    *RECORDING_CALLBACK,
    REFER_URL,
    REFER_METHOD,
    CALL_REASON,
    Attribute("ifMachine", one_of(("hangup", "continue", "false")), "false", code=13211),
    Attribute("recordingConfigurationId", TEXT, ""),
    Attribute("events", TEXT, ""),
    Attribute("passports", TEXT, ""),
)

CalleeNoun = Number | Sip | Client | Application | Undiallable
"""Who is called; several of them may be at once."""
Noun = CalleeNoun | Conference | Queue

READERS: Final = MappingProxyType[str, Callable[[Element, ProblemLog], Noun]](
    {
        "Application": read_application,
        "Client": read_client,
        "Conference": read_conference,
        "Number": read_number,
        "Queue": read_queue,
        "Sip": read_sip,
        **dict.fromkeys(ELSEWHERE, read_elsewhere),
    }
)
SINGLE: Final = frozenset({"Application", "Conference", "Queue"})
"""Nouns that stand alone in their Dial."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Call one or more callees; the first to answer is bridged to the caller."""

    nouns: tuple[Noun, ...]
    """One to ten, in document order."""
    action: str | None = None
    """Absolute or relative URL that takes over afterwards; None goes on with the next verb."""
    method: str = "POST"
    """GET or POST."""
    timeout_s: float = 30.0
    """5 to 600: how long it rings. As written; the five seconds that Twilio adds are not in it."""
    hangup_on_star: bool = False
    """Whether the caller's `*` ends the bridge."""
    time_limit_s: float = 14_400.0
    """1 to 86,400, from the bridge. The call's own longest duration may end it earlier."""
    caller_id: str | None = None
    """What the callees see: letters, digits and `+ - _ .` as written, or `client:` and an identity; a number
    with blanks or brackets is E.164 already. None is the caller's own."""
    answer_on_bridge: bool = False
    """Whether the caller's leg is left ringing until the bridge."""
    sequential: bool = False
    """Whether the nouns are called one after another, not all at once."""
    ring_tone: str | None = None
    """Two letters of a country, or `us-old`; None is what the callee's side sends, else the default."""
    record: RecordMode = RecordMode.DO_NOT_RECORD
    recording_track: str = "both"
    """`inbound` (the caller), `outbound` (the callee) or `both`; a single track makes one channel."""
    trim: bool = False
    """Whether silence at the recording's beginning and end is cut off."""
    callback: RecordingCallback | None = None
    """Who hears what became of the recording."""
    refer_url: str | None = None
    """Absolute or relative URL that is asked when one of the two sends REFER; None: REFER is refused."""
    refer_method: str = "POST"
    """GET or POST."""
    call_reason: str | None = None
    """At most 50 characters."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_dial(element: Element, log: ProblemLog) -> Dial:
    """Called by the parser."""
    values = read_attributes(element, DECLARED, log)
    check_url(element, ACTION.name, values[ACTION], log)
    check_url(element, REFER_URL.name, values[REFER_URL], log)
    caller_id, nouns = _show(element, values, _read_nouns(element, log), log)
    return Dial(
        nouns=nouns,
        action=values[ACTION] or None,
        method=values[METHOD_OF_DIAL],
        timeout_s=values[TIMEOUT],
        hangup_on_star=values[HANGUP_ON_STAR],
        time_limit_s=values[TIME_LIMIT],
        caller_id=caller_id,
        answer_on_bridge=values[ANSWER_ON_BRIDGE],
        sequential=values[SEQUENTIAL],
        ring_tone=values[RING_TONE] or None,
        record=values[RECORD],
        recording_track=values[RECORDING_TRACK],
        trim=values[TRIM] == "trim-silence",
        callback=recording_callback(element, values),
        refer_url=values[REFER_URL] or None,
        refer_method=values[REFER_METHOD],
        call_reason=values[CALL_REASON] or None,
        line=element.line,
        column=element.column,
    )


def _read_nouns(element: Element, log: ProblemLog) -> tuple[Noun, ...]:
    """The nouns, or the text as a number; at least one, which may be one that cannot be called."""
    children = element.elements
    if children:
        log.note_no_text(element)
    nouns: list[Noun] = []
    is_single = False
    for child in children:
        reader = READERS.get(child.name)
        if reader is None:
            log.note(INVALID_NESTED, child, f"<{child.name}> is not allowed in <Dial>: skipped{_hint(child)}")
        elif nouns and (is_single or child.name in SINGLE):
            log.note(MIXED_NOUNS, child, f"<{child.name}> stands beside another noun in <Dial>: skipped")
        elif len(nouns) >= MAX_NOUNS:
            log.note(TOO_MANY_NOUNS, child, f"<Dial> has more than {MAX_NOUNS} nouns: skipped")
        else:
            is_single = child.name in SINGLE
            nouns.append(reader(child, log))
    if not nouns:
        nouns.append(read_plain_number(element, log))
    return tuple(nouns)


def _hint(element: Element) -> str:
    """What was meant, when only the case is wrong."""
    for noun in READERS:
        if noun.lower() == element.name.lower():
            return f" (did you mean <{noun}>?)"
    return ""


def _show(
    element: Element, values: AttributeValues, nouns: tuple[Noun, ...], log: ProblemLog
) -> tuple[str | None, tuple[Noun, ...]]:
    """The caller ID, and the nouns that can be called with it.

    One that cannot be shown is left out towards numbers and clients (13214), and fails a SIP call (13247).
    """
    written = values[CALLER_ID]
    caller_id = read_caller_id(written)
    if not written or caller_id is not None:
        return caller_id, nouns
    if not any(isinstance(noun, Sip) for noun in nouns):
        message = "<Dial callerId> is no caller ID: the caller's own is used"
        log.note(INVALID_FOR_NUMBER, element, message)
        return None, nouns
    message = "<Dial callerId> towards SIP must be letters, digits and + - _ . without blanks"
    log.note(INVALID_FROM, element, message, Level.ERROR)
    return None, tuple(
        Undiallable("Sip", INVALID_FROM, line=noun.line, column=noun.column)
        if isinstance(noun, Sip)
        else noun
        for noun in nouns
    )
