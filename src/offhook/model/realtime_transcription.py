"""Real-time transcription: what is said on a call, told as text while it is said (reference/rest-api 3.1)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RealtimeTranscriptionStatus(StrEnum):
    """Where one stands."""

    IN_PROGRESS = "in-progress"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class RealtimeTranscription:
    """The record of one, which lives as long as its call. A new state is a new value."""

    sid: str
    """GT and 32 digits."""
    account_sid: str
    call_sid: str
    name: str
    """Unique of its call; the Sid where it was given none."""
    status: RealtimeTranscriptionStatus
    updated_at: datetime
