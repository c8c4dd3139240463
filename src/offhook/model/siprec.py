"""Siprec: a call's audio on its way to a recording server by SIP (reference/rest-api 3.1)."""

from dataclasses import dataclass
from datetime import datetime

from offhook.model.stream import StreamStatus


@dataclass(frozen=True, slots=True)
class Siprec:
    """The record of one recording session, which lives as long as its call. A new state is a new value."""

    sid: str
    """SR and 32 digits."""
    account_sid: str
    call_sid: str
    name: str
    """Unique of its call; the Sid where it was given none."""
    status: StreamStatus
    updated_at: datetime
