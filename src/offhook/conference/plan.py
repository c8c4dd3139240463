"""What somebody who joins wants: of the conference, and of its own seat (`verbs/dial_conference.py`)."""

from dataclasses import dataclass
from typing import Final

from offhook.base.redact import Secret
from offhook.media.ports.room import JitterBuffer
from offhook.recording.recorder import RecordingOrder
from offhook.webhook.ports import ConferenceSubscription

PARTICIPANTS_MAX: Final = 250
"""Of one conference (reference/twiml 15)."""


@dataclass(frozen=True, slots=True)
class Target:
    """A document, or a sound, by its URL."""

    url: str
    """Absolute; empty is silence."""
    method: str


@dataclass(frozen=True, slots=True)
class News:
    """Who is told of a conference."""

    url: str
    """Absolute."""
    method: str
    """GET or POST."""
    subscribed: frozenset[ConferenceSubscription]


@dataclass(frozen=True, slots=True)
class ConferencePlan:
    """What a conference is like. That of the first participant counts (reference/twiml 6.7)."""

    account_sid: str
    friendly_name: str
    auth_token: Secret
    """Signs what is sent."""
    participants_max: int = PARTICIPANTS_MAX
    region: str | None = None
    news: News | None = None


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """What one participant is like."""

    label: str | None = None
    is_muted: bool = False
    starts_conference: bool = True
    ends_conference: bool = False
    beeps_on_enter: bool = True
    beeps_on_exit: bool = True
    has_early_media: bool = False
    """Whether it is heard before its answer, while it is dialled."""
    coaches: str | None = None
    """CallSid of a participant that alone hears it."""
    jitter_buffer: JitterBuffer = JitterBuffer.LARGE
    wait: Target | None = None
    """None is the music of the node."""
    recording: RecordingOrder | None = None
    """Of the conference, from its start; the first that asks for it is heard."""


class JoinError(Exception):
    """Somebody cannot join: Twilio's code, and why."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
