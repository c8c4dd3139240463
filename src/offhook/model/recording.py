"""Recording: what was said on a call, and the file it is in (reference/rest-api 3.4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RecordingStatus(StrEnum):
    """Where a recording stands.

    `paused` and `stopped` are seen in the answer to an update only; `failed` is ours for a file that could
    not be written, as callbacks have it; of a `deleted` one the record is kept for 40 days.
    """

    IN_PROGRESS = "in-progress"
    PAUSED = "paused"
    STOPPED = "stopped"
    PROCESSING = "processing"
    COMPLETED = "completed"
    ABSENT = "absent"
    FAILED = "failed"
    DELETED = "deleted"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will be written into its file."""
        return self in (
            RecordingStatus.COMPLETED,
            RecordingStatus.ABSENT,
            RecordingStatus.FAILED,
            RecordingStatus.DELETED,
        )


class RecordingSource(StrEnum):
    """Who asked for it."""

    DIAL_VERB = "DialVerb"
    CONFERENCE = "Conference"
    OUTBOUND_API = "OutboundAPI"
    TRUNKING = "Trunking"
    RECORD_VERB = "RecordVerb"
    START_CALL_RECORDING_API = "StartCallRecordingAPI"
    START_CALL_RECORDING_TWIML = "StartCallRecordingTwiML"
    START_CONFERENCE_RECORDING_API = "StartConferenceRecordingAPI"


class RecordingTrack(StrEnum):
    """Which side of the call is heard."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Recording:
    """The record of one recording. A new state is a new value (`dataclasses.replace`)."""

    sid: str
    account_sid: str
    call_sid: str | None
    """The parent leg of a call with two legs; None of a conference's."""
    source: RecordingSource
    status: RecordingStatus
    created_at: datetime
    updated_at: datetime
    channels: int = 1
    """1, or 2: the parent call in the first, the child in the second."""
    track: RecordingTrack = RecordingTrack.BOTH
    conference_sid: str | None = None
    started_at: datetime | None = None
    """When the first sample was taken."""
    duration_s: int | None = None
    """Whole seconds, once it is done."""
    error_code: int | None = None
    """Why it is absent: 16101 too short, 16102 silent; why it has failed: 12400."""

    @property
    def file(self) -> str:
        """Where its WAV file is or will be, relative to the folder of recordings."""
        return f"{self.account_sid}/{self.sid}.wav"
