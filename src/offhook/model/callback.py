"""Callbacks that an application has still to hear, so that they outlive the node (reference/twiml 12)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PendingCallback:
    """One that is not delivered yet."""

    number: int
    """From 1, in the order in which they were due; each once for a node."""
    account_sid: str
    call_sid: str
    """Of the call that it is about; those of one call are delivered one after the other."""
    created_at: datetime
    news: str
    """What is told and to whom, as `call/news_text.py` writes it. Holds no AuthToken."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who is to be told of the end of a call or a recording that lives."""

    sid: str
    """Of the call or the recording."""
    account_sid: str
    created_at: datetime
    url: str
    """Absolute."""
    method: str
    """GET or POST."""
    events: frozenset[str]
    """Twilio's words for what is to be told."""
    sequence_number: int = 0
    """Of the next callback of a call; a recording's are not numbered."""
