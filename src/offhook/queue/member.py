"""Member: a call that waits in a queue.

                 take                     bridge
    WAITING ------------> CALLED ------------------------> BRIDGED
       ^  |                | |                               |
       |  | leave          | | leave                         | leave, part
       +--|---- put back --+ |                               |
          +------------------+-------> GONE <----------------+

Made by `queue.py` when the call joins it; the verb of who waits and that of who takes it (`verbs/enqueue.py`,
`verbs/dial_queue.py`) tell it what happens. Source: reference/twiml 7.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import auto
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from offhook.base.symbol import Symbol
from offhook.call.call import Call
from offhook.call.flag import Flag

if TYPE_CHECKING:
    from offhook.queue.queue import Queue

T = TypeVar("T")


class MemberState(Symbol):
    """Where a member stands."""

    WAITING = auto()
    """In the line."""
    CALLED = auto()
    """Somebody has taken it; the two are not bridged yet."""
    BRIDGED = auto()
    """It talks with who has taken it."""
    GONE = auto()
    """It is no member any more."""


class MemberInput(Symbol):
    """What can happen to a member."""

    TAKE = auto()
    """Its turn has come."""
    BRIDGE = auto()
    """The two hear each other."""
    PUT_BACK = auto()
    """Who took it has gone before they were bridged."""
    LEAVE = auto()
    """It has hung up, has had enough, is needed elsewhere, or its talk is over."""


IGNORED: Final[MemberState | None] = None

TRANSITIONS: Final[dict[tuple[MemberState, MemberInput], MemberState | None]] = {
    (MemberState.WAITING, MemberInput.TAKE): MemberState.CALLED,
    (MemberState.WAITING, MemberInput.BRIDGE): IGNORED,
    (MemberState.WAITING, MemberInput.PUT_BACK): IGNORED,
    (MemberState.WAITING, MemberInput.LEAVE): MemberState.GONE,
    (MemberState.CALLED, MemberInput.TAKE): IGNORED,
    (MemberState.CALLED, MemberInput.BRIDGE): MemberState.BRIDGED,
    (MemberState.CALLED, MemberInput.PUT_BACK): MemberState.WAITING,
    (MemberState.CALLED, MemberInput.LEAVE): MemberState.GONE,
    (MemberState.BRIDGED, MemberInput.TAKE): IGNORED,
    (MemberState.BRIDGED, MemberInput.BRIDGE): IGNORED,
    (MemberState.BRIDGED, MemberInput.PUT_BACK): IGNORED,
    (MemberState.BRIDGED, MemberInput.LEAVE): MemberState.GONE,
    **{(MemberState.GONE, step): IGNORED for step in MemberInput},
}


@dataclass(frozen=True, slots=True)
class Pickup:
    """Who takes a member, and what it is to hear before the two are bridged."""

    call_sid: str
    """Of the call that dials the queue."""
    url: str | None = None
    """Absolute; of the document for the member."""
    method: str = "POST"


class Member(Generic[T]):
    """One call in one queue."""

    def __init__(
        self,
        queue: "Queue[T]",
        call: Call,
        party: T,
        place: int,
        *,
        enqueued_at: datetime,
        joined_s: float,
    ) -> None:
        """party: the call as who takes it gets it. joined_s: monotonic."""
        self.queue = queue
        self.call = call
        self.party = party
        self.place = place
        """Its number in the line, for good: the lowest is the front. `Queue` gives it."""
        self.enqueued_at = enqueued_at
        self.joined_s = joined_s
        self.state = MemberState.WAITING
        self.waited_s: float | None = None
        """How long it was in the line, once it is not; None while it is."""
        self.called = Flag()
        """Yes from when somebody takes it; no again where they go before the bridge."""
        self.pickup: Pickup | None = None
        """Who has taken it."""

    def handle(self, step: MemberInput) -> bool:
        """Take one step; False where it is none in this state, and nothing has changed."""
        following = TRANSITIONS[self.state, step]
        if following is None:
            return False
        self.state = following
        self.called.put(yes=following in (MemberState.CALLED, MemberState.BRIDGED))
        return True

    @property
    def sid(self) -> str:
        """CallSid."""
        return self.call.sid
