"""Conference and Participant: a meeting of calls, and a call's seat in it (reference/rest-api 3.2, 3.3)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from offhook.model.call import CallStatus


class ConferenceStatus(StrEnum):
    """Where a conference stands."""

    INIT = "init"
    """It is there, and has not started: one is alone, or nobody who may start it has come."""
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"


class ConferenceEnding(StrEnum):
    """Why a conference ended (ReasonConferenceEnded)."""

    BY_API = "conference-ended-via-api"
    MODERATOR_LEFT = "participant-with-end-conference-on-exit-left"
    MODERATOR_KICKED = "participant-with-end-conference-on-exit-kicked"
    LAST_KICKED = "last-participant-kicked"
    LAST_LEFT = "last-participant-left"


class Departure(StrEnum):
    """Why a participant left (ReasonParticipantLeft)."""

    CONFERENCE_ENDED_BY_API = "conference_ended_via_api"
    MODERATOR_ENDED = "moderator_ended_conference"
    UPDATED_BY_API = "participant_updated_via_api"
    """Kicked, or its call runs another document."""
    HUNG_UP = "participant_hung_up"
    """Or pressed `*`, or its time is up: its own doing, or its document's."""
    ADD_FAILED = "participant_add_failed"
    """It was dialled and did not answer, or could not join."""


@dataclass(frozen=True, slots=True)
class Conference:
    """The record of one conference. A new state is a new value (`dataclasses.replace`)."""

    sid: str
    account_sid: str
    friendly_name: str
    """1 to 128 characters; of those that are not completed each account has one of a name."""
    status: ConferenceStatus
    created_at: datetime
    updated_at: datetime
    region: str | None = None
    """As the first participant asked for it; everything is mixed here."""
    reason_ended: ConferenceEnding | None = None
    ending_call_sid: str | None = None
    """The call whose leaving ended it."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A call's seat in a conference, as of now."""

    call_sid: str
    account_sid: str
    conference_sid: str
    created_at: datetime
    updated_at: datetime
    call_status: CallStatus
    label: str | None = None
    """At most 128 characters; nobody else's in this conference."""
    is_muted: bool = False
    is_on_hold: bool = False
    starts_conference: bool = True
    """startConferenceOnEnter."""
    ends_conference: bool = False
    """endConferenceOnExit."""
    is_coaching: bool = False
    call_sid_to_coach: str | None = None
    has_joined: bool = True
    """False while it is being dialled."""
