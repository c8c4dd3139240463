"""Queue: a line in which calls wait until somebody dials it (reference/rest-api 2.4, 3.7; twiml 7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

NAME_MAX: Final = 64
"""Characters of a name, at least one."""
SIZE_MAX: Final = 5_000
"""The longest line that can be asked for."""
SIZE_BY_ENQUEUE: Final = 100
"""Of a queue that an Enqueue makes, as long as it says nothing else (reference/twiml 7.1, 15)."""
SIZE_BY_API: Final = 1_000
"""Of one that the API makes (reference/rest-api 2.4)."""


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue of an account. Who waits in it is known to the node alone."""

    sid: str
    """QU and 32 digits."""
    account_sid: str
    friendly_name: str
    """1 to 64 characters; no two of an account have the same."""
    max_size: int
    """How many may wait at one time, 1 to 5,000."""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """One call that waits in a queue, as it was in the moment that was asked about."""

    call_sid: str
    queue_sid: str
    enqueued_at: datetime
    position: int
    """1 is the front."""
    wait_s: int
    """How long it has waited, in whole seconds."""
