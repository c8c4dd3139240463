"""The one writer: many queued writes, one transaction (group commit).

Writes keep their order. While one batch commits, the next gathers, so load makes batches larger and not
the queue longer. What an API caller waits for has a future that resolves after the commit; what the call
path posts has none.

    post, post, execute …  →  queue (bounded)  →  up to 256 in one transaction  →  commit  →  futures, readers

A record that is posted again while it waits is written once, as it is last, where its poster names it.

A write that nobody waits for lets others join it for some milliseconds; one that somebody waits for, a read,
a full batch and the end are served at once.

Faults have a defined end:
- A write that the database refuses fails alone: the batch is rolled back and done again in halves.
- When the database as a whole fails (locked, full, gone), those who wait are told StoreBusyError, what was
  posted stays queued in order and is tried again until it succeeds, and reads see what was committed.
- A full queue refuses the write with StoreBusyError.

Called by `connection.py`.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from offhook.store.batch import Write
from offhook.store.dialect import Dialect, OutageError
from offhook.store.ports import StoreBusyError
from offhook.store.prepared import Statement
from offhook.waiting.timeout import timeout

log = structlog.get_logger(__name__)

GATHER_S: Final = 0.05
"""How long posted writes wait for company: a transaction costs ten times what a row in it does, and a call
that is answered and hung up at once has three to write."""
RETRY_FIRST_S: Final = 0.05
RETRY_LONGEST_S: Final = 2.0
"""A stalled database is asked again after 50 ms, then twice as late each time, up to 2 s."""


class Writer:
    """The only caller of `Dialect.commit`; one per database."""

    def __init__(self, dialect: Dialect, *, batch_size: int, queue_size: int) -> None:
        self._dialect = dialect
        self._batch_size = batch_size
        self._queue_size = queue_size
        self._queue: deque[Write] = deque()
        self._named: dict[str, Write] = {}
        """What waits under a name, with nothing behind it that somebody waits for: the next of that name
        takes its place."""
        self._accepted = 0
        self._settled = 0
        self._readers: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        self._closing = asyncio.Event()
        self._is_stalled = False
        self._task: asyncio.Task[None] | None = None

    @property
    def is_filling(self) -> bool:
        """Whether three quarters of what may wait do: time to begin nothing that will have more to write."""
        return len(self._queue) * 4 >= self._queue_size * 3

    def start(self) -> None:
        """Begin to write. The loop is running."""
        self._task = asyncio.create_task(self._run(), name="store.writer")

    def post(self, statement: Statement, parameters: Mapping[str, Any], name: str | None = None) -> None:
        """Queue one write and return.

        name: of the record, where the statement replaces it as a whole; only writes that somebody waits for
        may remove such a record. Raises: StoreBusyError when the queue is full or the store closed.
        """
        waiting = None if name is None else self._named.get(name)
        if waiting is not None:
            waiting.parameters = parameters
            return
        write = Write((statement,), parameters)
        self._accept(write)
        if name is not None:
            self._named[name] = write

    async def execute(self, *statements: Statement) -> int:
        """Queue statements as one write, wait for the commit, return the rows the first one touched.

        Raises: StoreBusyError as `post` does and while the database fails; SQLAlchemyError when the
        database refuses a statement.
        """
        if self._is_stalled:
            raise StoreBusyError("the database does not answer")
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._named.clear()
        self._accept(Write(statements, {}, done))
        return await done

    async def flushed(self) -> None:
        """Wait until what was queued before is committed. At once while the database fails."""
        if self._settled == self._accepted or self._is_stalled:
            return
        reader: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._readers.append((self._accepted, reader))
        self._urgent.set()
        await reader

    async def close(self) -> None:
        """Commit what is queued and stop. What a failing database does not take is lost and logged."""
        self._closing.set()
        self._wake.set()
        self._urgent.set()
        if self._task is not None:
            await self._task

    def _accept(self, write: Write) -> None:
        if self._closing.is_set() or self._task is None or self._task.done():
            raise StoreBusyError("the store is closed")
        if len(self._queue) >= self._queue_size:
            raise StoreBusyError(f"{self._queue_size} writes are waiting for the database")
        self._queue.append(write)
        self._accepted += 1
        self._wake.set()
        if write.done is not None or len(self._queue) >= self._batch_size:
            self._urgent.set()

    async def _run(self) -> None:
        try:
            while self._queue or not self._closing.is_set():
                if not self._queue:
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                await self._gather()
                size = min(self._batch_size, len(self._queue))
                if size == len(self._queue):
                    self._urgent.clear()
                # Still in the queue while being written, so that its bound counts them. A write whose
                # caller has gone or was told that it failed is dropped.
                head = [self._queue[i] for i in range(size)]
                self._named.clear()
                await self._settle([write for write in head if write.done is None or not write.done.done()])
                for _ in range(size):
                    self._queue.popleft()
                self._settled += size
                self._release_readers()
        except Exception:
            log.exception("store.writer_died")
            raise
        finally:
            self._abandon()

    async def _gather(self) -> None:
        """Let other writes join, unless somebody waits."""
        with contextlib.suppress(TimeoutError):
            async with timeout(GATHER_S):
                await self._urgent.wait()

    async def _settle(self, batch: Sequence[Write]) -> None:
        """Bring every write of the batch to its end, whatever the database says."""
        retry_s = RETRY_FIRST_S
        while batch:
            try:
                rows = await self._dialect.commit(batch)
            except OutageError as error:
                batch = self._stall(batch, error)
                if self._closing.is_set():
                    self._lose(batch)
                    return
                if not batch:
                    # Nothing is left to try again, so the next write finds out how the database is.
                    self._is_stalled = False
                    return
                await self._pause(retry_s)
                retry_s = min(retry_s * 2, RETRY_LONGEST_S)
            except SQLAlchemyError as error:
                self._recover()
                if len(batch) == 1:
                    self._fail(batch[0], error)
                    return
                middle = len(batch) // 2
                await self._settle(batch[:middle])
                await self._settle(batch[middle:])
                return
            else:
                self._recover()
                for write, count in zip(batch, rows, strict=True):
                    if write.done is not None and not write.done.done():
                        write.done.set_result(count)
                return

    def _stall(self, batch: Sequence[Write], error: OutageError) -> list[Write]:
        """The database fails: tell those who wait, keep what was posted."""
        if not self._is_stalled:
            self._is_stalled = True
            log.error("store.stalled", reason=str(error), queued=len(self._queue))
        for write in self._queue:
            if write.done is not None and not write.done.done():
                write.done.set_exception(StoreBusyError("the database does not answer"))
        self._release_readers()
        return [write for write in batch if write.done is None]

    def _lose(self, batch: Sequence[Write]) -> None:
        log.error("store.writes_lost", count=len(batch))

    def _recover(self) -> None:
        if self._is_stalled:
            self._is_stalled = False
            log.info("store.recovered", queued=len(self._queue))

    async def _pause(self, seconds: float) -> None:
        """Wait, unless the store is closed meanwhile."""
        try:
            async with timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    def _fail(self, write: Write, error: SQLAlchemyError) -> None:
        if write.done is None:
            log.error(
                "store.write_refused", table=str(write.statements[0].table), reason=type(error).__name__
            )
        elif not write.done.done():
            write.done.set_exception(error)

    def _release_readers(self) -> None:
        while self._readers and (self._is_stalled or self._readers[0][0] <= self._settled):
            _, reader = self._readers.popleft()
            if not reader.done():
                reader.set_result(None)

    def _abandon(self) -> None:
        """The task ends: nobody may wait for it any longer."""
        for write in self._queue:
            if write.done is not None and not write.done.done():
                write.done.set_exception(StoreBusyError("the store is closed"))
        self._queue.clear()
        self._settled = self._accepted
        self._release_readers()
