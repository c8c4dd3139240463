"""Transcription: what was said in a recording, as text (reference/rest-api 3.4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TranscriptionStatus(StrEnum):
    """How it came out; what is under way has no record yet."""

    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Transcription:
    """The record of one."""

    sid: str
    account_sid: str
    recording_sid: str
    status: TranscriptionStatus
    text: str
    """Empty where nothing was said, or it failed."""
    duration_s: int
    """Of the recording."""
    created_at: datetime
    updated_at: datetime
