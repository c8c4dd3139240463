"""Stream: a call's audio on its way to a WebSocket (reference/rest-api 3.1)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StreamStatus(StrEnum):
    """Where a stream stands."""

    IN_PROGRESS = "in-progress"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Stream:
    """The record of one stream, which lives as long as its call. A new state is a new value."""

    sid: str
    """MZ and 32 digits."""
    account_sid: str
    call_sid: str
    name: str
    """Unique of its call; the Sid where it was given none."""
    status: StreamStatus
    updated_at: datetime
