"""`<Conference>`: meet others (https://www.twilio.com/docs/voice/twiml/conference, reference/twiml 6.7).

Where the page is silent: a label that nobody may have is a warning of its own kind (12200), and there is
none; a `waitUrl` that can be no URL is noted (13233) and the music of the node is heard; a `coach` that is
no CallSid cannot be coached, so that the join fails (13240).
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import (
    BOOLEAN,
    METHOD,
    Attribute,
    Kind,
    ProblemLog,
    one_of,
    read_attributes,
    text_up_to,
    whole_number,
    words_of,
)
from offhook.twiml.dial.undiallable import Undiallable
from offhook.twiml.element import Element
from offhook.twiml.recording_callback import DECLARED as RECORDING_CALLBACK
from offhook.twiml.recording_callback import RecordingCallback, recording_callback
from offhook.twiml.url import URL, news_url

BAD_NAME: Final = 13237
MAX_NAME: Final = 128
MAX_LABEL: Final = 128
MAX_PARTICIPANTS: Final = 250
REGIONS: Final = ("us1", "us2", "ie1", "de1", "sg1", "br1", "au1", "jp1")
EVENTS: Final = ("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
BEEPS: Final = ("true", "false", "onEnter", "onExit")
MUSIC: Final = "music"
"""Stands for no waitUrl at all; no URL is spelled so."""

_SID_LIKE: Final = re.compile(r"[A-Z]{2}[0-9a-f]{32}\Z")
_RECORD: Final = {
    "do-not-record": False,
    "false": False,
    "record-from-start": True,
    "true": True,
}


def _read_label(text: str) -> str | None:
    is_allowed = 0 < len(text) <= MAX_LABEL and "/" not in text and _SID_LIKE.match(text) is None
    return text if is_allowed else None


def is_label(text: str) -> bool:
    """Whether a participant may be called so."""
    return _read_label(text) is not None


LABEL: Final = Kind(f"1 to {MAX_LABEL} characters without / that are no Sid", _read_label)

MUTED: Final = Attribute("muted", BOOLEAN, default=False, code=13230)
END_ON_EXIT: Final = Attribute("endConferenceOnExit", BOOLEAN, default=False, code=13231)
START_ON_ENTER: Final = Attribute("startConferenceOnEnter", BOOLEAN, default=True, code=13232)
WAIT_URL: Final = Attribute("waitUrl", URL, MUSIC, code=13233, instead="the music of the node is played")
WAIT_METHOD: Final = Attribute("waitMethod", METHOD, "POST", code=13234)
BEEP: Final = Attribute("beep", one_of(BEEPS), "true", code=13235)
PARTICIPANT_LABEL: Final = Attribute("participantLabel", LABEL, "", instead="it has none")
JITTER_BUFFER_SIZE: Final = Attribute(
    "jitterBufferSize", one_of(("off", "small", "medium", "large")), "large"
)
MAX_PARTICIPANTS_OF: Final = Attribute("maxParticipants", whole_number(2, MAX_PARTICIPANTS), MAX_PARTICIPANTS)
RECORD: Final = Attribute(
    "record",
    Kind("one of " + ", ".join(_RECORD), lambda text: _RECORD.get(text.lower())),
    default=False,
)
TRIM: Final = Attribute("trim", one_of(("trim-silence", "do-not-trim")), "trim-silence", code=13239)
REGION: Final = Attribute("region", one_of(REGIONS), "")
COACH: Final = Attribute("coach", text_up_to(64), "")
STATUS_CALLBACK: Final = news_url("statusCallback")
STATUS_CALLBACK_METHOD: Final = Attribute("statusCallbackMethod", METHOD, "POST")
STATUS_CALLBACK_EVENT: Final = Attribute("statusCallbackEvent", words_of(EVENTS), frozenset[str]())
EVENT_CALLBACK_URL: Final = news_url("eventCallbackUrl")

DECLARED: Final[tuple[Attribute[Any], ...]] = (
    MUTED,
    END_ON_EXIT,
    START_ON_ENTER,
    WAIT_URL,
    WAIT_METHOD,
    BEEP,
    PARTICIPANT_LABEL,
    JITTER_BUFFER_SIZE,
    MAX_PARTICIPANTS_OF,
    RECORD,
    TRIM,
    REGION,
    COACH,
    STATUS_CALLBACK,
    STATUS_CALLBACK_METHOD,
    STATUS_CALLBACK_EVENT,
    EVENT_CALLBACK_URL,
    *RECORDING_CALLBACK,
)


@dataclass(frozen=True, slots=True)
class ConferenceCallback:
    """A URL that is told what happens in the conference."""

    url: str
    """Absolute or relative to the document."""
    method: str
    """GET or POST."""
    events: frozenset[str]
    """One or more of `EVENTS`."""


@dataclass(frozen=True, slots=True)
class Conference:
    """Meet all who dial the same name."""

    name: str
    """1 to 128 characters; or the Sid of a conference that runs."""
    is_muted: bool = False
    beeps_on_enter: bool = True
    beeps_on_exit: bool = True
    starts_conference: bool = True
    ends_conference: bool = False
    label: str | None = None
    """At most 128 characters."""
    jitter_buffer: str = "large"
    """`off`, `small`, `medium` or `large`."""
    wait_url: str | None = None
    """Absolute or relative to the document; empty is silence, None the music of the node."""
    wait_method: str = "POST"
    """GET or POST."""
    participants_max: int = MAX_PARTICIPANTS
    """2 to 250."""
    is_recorded: bool = False
    """Whether the conference is recorded from its start."""
    trim: bool = True
    """Whether silence at the recording's beginning and end is cut off."""
    region: str | None = None
    coach: str | None = None
    """CallSid of whom it coaches, who alone hears it."""
    callback: ConferenceCallback | None = None
    recording_callback: RecordingCallback | None = None
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_conference(element: Element, log: ProblemLog) -> Conference | Undiallable:
    """Called by Dial. Undiallable for what is no name (13237)."""
    values = read_attributes(element, DECLARED, log)
    for child in element.elements:
        log.note(12200, child, f"<{child.name}> is not allowed in <Conference>: skipped")
    name, beep, wait_url = element.own_text, values[BEEP], values[WAIT_URL]
    has_events = bool(values[STATUS_CALLBACK] and values[STATUS_CALLBACK_EVENT])
    made = Conference(
        name=name,
        is_muted=values[MUTED],
        beeps_on_enter=beep in ("true", "onEnter"),
        beeps_on_exit=beep in ("true", "onExit"),
        starts_conference=values[START_ON_ENTER],
        ends_conference=values[END_ON_EXIT],
        label=values[PARTICIPANT_LABEL] or None,
        jitter_buffer=values[JITTER_BUFFER_SIZE],
        wait_url=None if wait_url == MUSIC else wait_url,
        wait_method=values[WAIT_METHOD],
        participants_max=values[MAX_PARTICIPANTS_OF],
        is_recorded=values[RECORD],
        trim=values[TRIM] == "trim-silence",
        region=values[REGION] or None,
        coach=values[COACH] or None,
        callback=ConferenceCallback(
            values[STATUS_CALLBACK], values[STATUS_CALLBACK_METHOD], values[STATUS_CALLBACK_EVENT]
        )
        if has_events
        else None,
        recording_callback=recording_callback(element, values),
        line=element.line,
        column=element.column,
    )
    if not 0 < len(name) <= MAX_NAME:
        log.note(BAD_NAME, element, f"the name of a <Conference> has 1 to {MAX_NAME} characters")
        return Undiallable("Conference", BAD_NAME, line=element.line, column=element.column)
    return made
