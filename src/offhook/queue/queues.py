"""The queues of the node: their records in the store, and those in which somebody is.

A queue is made by the first Enqueue that names it, or by the API. Who waits is known to the node to which the
call came: nodes that share a database share the queues, but nobody is taken from another node's line. Made by
the roof; used by `verbs/` and `rest/`. Source: reference/twiml 7, rest-api 2.4.
"""

from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from offhook.base.clock import Clock
from offhook.base.ids import Chance, new_sid
from offhook.model.queue import SIZE_BY_ENQUEUE, SIZE_MAX
from offhook.model.queue import Queue as QueueRecord
from offhook.queue.queue import Queue
from offhook.store.ports import DuplicateError, Store

T = TypeVar("T")

QUEUES_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Settings:
    """How many, and how long."""

    size_max: int = SIZE_MAX
    """How many wait in one queue of this node at most, whatever its MaxSize."""
    per_account: int = QUEUES_MAX
    """How many queues an account has at most."""


class TooManyQueuesError(Exception):
    """The account has as many queues as it may."""


class QueueNotEmptyError(Exception):
    """Somebody waits in it."""


class Queues(Generic[T]):
    """All of them. T: what a member brings along for who takes it."""

    def __init__(self, store: Store, clock: Clock, chance: Chance, settings: Settings | None = None) -> None:
        self._store = store
        self._clock = clock
        self._chance = chance
        self._settings = settings or Settings()
        self._live: dict[str, Queue[T]] = {}
        self._closing: set[str] = set()
        """Sids of those that are being deleted."""

    async def open(self, account_sid: str, name: str, max_size: int | None = None) -> Queue[T]:
        """The queue of that name, made if there is none.

        max_size: of one that is made; None is Twilio's. Raises: StoreBusyError, TooManyQueuesError.
        """
        record = await self._store.queues.find_named(account_sid, name)
        if record is None:
            try:
                record = await self.create(account_sid, name, max_size or SIZE_BY_ENQUEUE)
            except DuplicateError:  # another call was faster
                record = await self._store.queues.find_named(account_sid, name)
        if record is None:
            raise TooManyQueuesError(f"the queue {name} was deleted in the moment it was made")
        return self._of(record)

    async def find(self, account_sid: str, name: str) -> Queue[T] | None:
        """The queue of that name. Raises: StoreBusyError."""
        record = await self._store.queues.find_named(account_sid, name)
        return None if record is None else self._of(record)

    async def create(self, account_sid: str, name: str, max_size: int) -> QueueRecord:
        """A new queue. Raises: StoreBusyError, DuplicateError, TooManyQueuesError."""
        if await self._store.queues.count(account_sid) >= self._settings.per_account:
            raise TooManyQueuesError(f"an account cannot have more than {self._settings.per_account} queues")
        now = self._clock.utc_now()
        record = QueueRecord(new_sid("QU", self._chance), account_sid, name, max_size, now, now)
        await self._store.queues.insert(record)
        return record

    async def update(self, record: QueueRecord) -> QueueRecord:
        """Change a name or a size; those who wait stay.

        Raises: StoreBusyError, DuplicateError, UnknownRecordError.
        """
        record = replace(record, updated_at=self._clock.utc_now())
        await self._store.queues.update(record)
        if record.sid in self._live:
            self._live[record.sid].record = record
        return record

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete an empty queue; False when there is none. Raises: StoreBusyError, QueueNotEmptyError."""
        queue = self._live.get(sid)
        if queue is not None and queue.record.account_sid != account_sid:
            return False
        if queue is not None and queue.has_members:
            raise QueueNotEmptyError(f"somebody waits in the queue {queue.record.friendly_name}")
        self._closing.add(sid)  # who finds its record until that is gone is not let in
        try:
            is_deleted = await self._store.queues.delete(account_sid, sid)
        finally:
            self._closing.discard(sid)
        if is_deleted and queue is not None:
            queue.close()
            self._live.pop(sid, None)
        return is_deleted

    def live(self, sid: str) -> Queue[T] | None:
        """The queue of that Sid, where somebody is in it."""
        return self._live.get(sid)

    def _of(self, record: QueueRecord) -> Queue[T]:
        if record.sid in self._closing:
            closed: Queue[T] = Queue(record, self._clock, self._settings.size_max, self._forget)
            closed.close()
            return closed
        queue = self._live.get(record.sid)
        if queue is None:
            queue = self._live[record.sid] = Queue(record, self._clock, self._settings.size_max, self._forget)
        queue.record = record
        return queue

    def _forget(self, queue: Queue[T]) -> None:
        """Nobody is in it; who talks still has it, and it may have been found anew meanwhile."""
        if self._live.get(queue.sid) is queue:
            del self._live[queue.sid]
