"""What runs beside the document of a call, as its resource shows it (reference/rest-api 3.1).

A stream, a recording session (Siprec), a real-time transcription: on Twilio their records are alike.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CompanionStatus(StrEnum):
    """Where one stands."""

    IN_PROGRESS = "in-progress"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class CompanionRecord:
    """The record of one, which lives as long as its call. A new state is a new value."""

    sid: str
    """32 digits behind MZ for a stream, SR for a recording session, GT for a transcription."""
    account_sid: str
    call_sid: str
    name: str
    """Unique among those of its kind and call; the Sid where it was given none."""
    status: CompanionStatus
    updated_at: datetime
