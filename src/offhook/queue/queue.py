"""Queue: members in a line, and those who wait for the next one.

    join  --> the first of those who dial it, else the end of the line
    take  --> the member at the front, else the end of those who dial it
    both are served in the order in which they came

Called by `verbs/enqueue.py` and `verbs/dial_queue.py`; found by `queues.py`. Source: reference/twiml 7.
"""

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from offhook.base.clock import Clock
from offhook.call.call import Call
from offhook.model.queue import Member as MemberRecord
from offhook.model.queue import Queue as QueueRecord
from offhook.queue.member import Member, MemberInput, Pickup

T = TypeVar("T")


class QueueFullError(Exception):
    """As many wait as may."""


class QueueClosedError(Exception):
    """The queue was deleted."""


class Queue(Generic[T]):
    """One queue while somebody is in it. T: what a member brings along for who takes it."""

    def __init__(
        self, record: QueueRecord, clock: Clock, size_max: int, idle: "Callable[[Queue[T]], None]"
    ) -> None:
        """size_max: of any queue of this node. idle: told when nobody is in it any more."""
        self.record = record
        self._clock = clock
        self._size_max = size_max
        self._idle = idle
        self._line: list[Member[T]] = []
        self._next_place = 0
        self._joined_s = 0.0
        """The sum of when those in the line joined it."""
        self._dialling: deque[tuple[asyncio.Future[Member[T]], Pickup]] = deque()
        self._called: set[Member[T]] = set()
        self._is_closed = False

    # What is known

    @property
    def sid(self) -> str:
        """QueueSid."""
        return self.record.sid

    @property
    def max_size(self) -> int:
        """How many may wait."""
        return min(self.record.max_size, self._size_max)

    @property
    def members(self) -> Sequence[Member[T]]:
        """Those who wait, front first."""
        return tuple(self._line)

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits, or may wait again, and nobody waits for somebody."""
        return not (self._line or self._dialling or self._called)

    @property
    def has_members(self) -> bool:
        """Whether somebody waits in it, or may wait in it again."""
        return bool(self._line or self._called)

    def __len__(self) -> int:
        return len(self._line)

    def position(self, member: Member[T]) -> int:
        """1 is the front; 0 where it does not wait."""
        return 0 if (index := self._index(member)) is None else index + 1

    def _index(self, member: Member[T]) -> int | None:
        """Where it stands in the line, which is in the order of places."""
        index = self._place_index(member)
        return index if index < len(self._line) and self._line[index] is member else None

    def wait_s(self, member: Member[T]) -> int:
        """How long it has waited, or had to: whole seconds."""
        waited = member.waited_s
        return int(waited if waited is not None else self._clock.monotonic() - member.joined_s)

    def _place_index(self, member: Member[T]) -> int:
        return bisect_left(self._line, member.place, key=lambda each: each.place)

    @property
    def average_wait_s(self) -> int:
        """How long those who wait have done so; 0 when nobody does."""
        if not self._line:
            return 0
        return max(0, int(self._clock.monotonic() - self._joined_s / len(self._line)))

    def find(self, call_sid: str) -> Member[T] | None:
        """Who waits under this CallSid."""
        return next((member for member in self._line if member.sid == call_sid), None)

    def describe(self, member: Member[T]) -> MemberRecord:
        """A member as the API shows it."""
        position, wait_s = self.position(member), self.wait_s(member)
        return MemberRecord(member.sid, self.sid, member.enqueued_at, position, wait_s)

    # Who waits

    def join(self, call: Call, party: T) -> Member[T]:
        """Stand at the end of the line. Raises: QueueFullError, QueueClosedError."""
        if self._is_closed:
            raise QueueClosedError(f"the queue {self.record.friendly_name} was deleted")
        if len(self._line) >= self.max_size:
            raise QueueFullError(f"{self.max_size} wait in the queue {self.record.friendly_name}")
        clock, place = self._clock, self._next_place
        self._next_place += 1
        member = Member(self, call, party, place, enqueued_at=clock.utc_now(), joined_s=clock.monotonic())
        self._into_line(member)
        self._match()
        return member

    def leave(self, member: Member[T]) -> None:
        """It is no member any more, wherever it stood."""
        member.handle(MemberInput.LEAVE)
        self._called.discard(member)
        self._out_of_line(member)
        self._tell_idle()

    # Who dials it

    async def take(self, pickup: Pickup) -> Member[T]:
        """The member whose turn it is, once there is one; it is CALLED. Raises: QueueClosedError."""
        if self._is_closed:
            raise QueueClosedError(f"the queue {self.record.friendly_name} was deleted")
        turn: asyncio.Future[Member[T]] = asyncio.get_running_loop().create_future()
        place = (turn, pickup)
        self._dialling.append(place)
        self._match()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.put_back(turn.result())  # it was given in the very moment
            raise
        finally:
            if place in self._dialling:
                self._dialling.remove(place)
            self._tell_idle()

    def bridge(self, member: Member[T]) -> bool:
        """The two hear each other; False where it has gone."""
        self._called.discard(member)
        return member.handle(MemberInput.BRIDGE)

    def put_back(self, member: Member[T]) -> None:
        """Whoever took it has gone before they were bridged: it is the next one again."""
        if not member.handle(MemberInput.PUT_BACK):
            return
        self._called.discard(member)
        member.waited_s, member.pickup = None, None
        self._into_line(member)
        self._match()

    def _match(self) -> None:
        while self._line and self._dialling:
            turn, pickup = self._dialling.popleft()
            if turn.done():
                continue
            member = self._line[0]
            member.pickup = pickup
            member.handle(MemberInput.TAKE)
            self._called.add(member)
            self._out_of_line(member)
            turn.set_result(member)

    def _out_of_line(self, member: Member[T]) -> None:
        if member.waited_s is None:
            member.waited_s = self._clock.monotonic() - member.joined_s
        if (index := self._index(member)) is not None:
            del self._line[index]
            self._joined_s = self._joined_s - member.joined_s if self._line else 0.0

    def _into_line(self, member: Member[T]) -> None:
        self._line.insert(self._place_index(member), member)
        self._joined_s += member.joined_s

    # Its end

    def close(self) -> None:
        """It is deleted: nobody joins any more, and those who dial it are told."""
        self._is_closed = True
        dialling, self._dialling = self._dialling, deque()
        for turn, _ in dialling:
            if not turn.done():
                turn.set_exception(QueueClosedError(f"the queue {self.record.friendly_name} was deleted"))

    def _tell_idle(self) -> None:
        if self.is_idle:
            self._idle(self)
