"""Traces on disk: what is told of calls is appended to files, a batch a second, by a thread.

    put --> waits, bounded --a second--> one write into the newest file -- full or a day old --> the next file
                                         all of them more than the bound, or too old: the oldest are deleted

A trace that memory has no more is looked for in the files, all of them: that takes a part of a second, for
what is asked once in a thousand calls. What was told in the last second before the process is killed is lost,
and nothing before it: the writes go to the system, which outlives the process. The node's user alone may read
the files. Used by `book.py`; the roof runs it.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from offhook.base.clock import Clock
from offhook.trace.ports import Happening, SipMessage, Trace
from offhook.trace.record import (
    Claimed,
    Closed,
    Entry,
    Happened,
    Opened,
    RawRecord,
    RecordKind,
    Said,
    pack,
    records,
    unpack,
)
from offhook.waiting.timeout import timeout

log = structlog.get_logger("offhook.trace")

EVERY_S: Final = 1.0
WAITING_MAX: Final = 20_000
"""Entries that wait for the disk: of some thousand calls. What comes while so many wait is left out."""
FILES: Final = 8
"""So many make up the bound: an eighth of what is kept goes at once."""
FILE_MAX_S: Final = 86_400.0
"""How long one file is written to."""
SUFFIX: Final = ".trace"
_IN_THE_BODY: Final = frozenset({RecordKind.OPENED, RecordKind.HAPPENED})
"""Records that tell of a call without having its key."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is kept."""

    folder: Path
    """Made where it is not there."""
    limit_bytes: int
    """Of all files."""
    limit_s: float
    """Age at which a file is deleted, since it was written to last."""


class TraceJournal:
    """See the head of the file. Safe to read from threads while it is written."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._waiting: list[Entry] = []
        self._has_waiting = asyncio.Event()
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._file: int | None = None
        self._file_bytes = 0
        self._file_began_s = 0.0
        self._number = 0
        self._is_failing = False
        self._writing = asyncio.Lock()
        self._reading = asyncio.Lock()
        self.left_out = 0
        """Entries that were lost, since they came faster than the disk takes them, or it failed."""

    # On the loop

    def put(self, entry: Entry) -> None:
        """Have an entry written soon."""
        waiting = self._waiting
        if not waiting:
            self._has_waiting.set()
        if len(waiting) < WAITING_MAX:
            waiting.append(entry)
        else:
            self.left_out += 1

    def start(self) -> None:
        """Write what comes from now on, a batch at a time, until `close`."""
        self._task = asyncio.create_task(self._run(), name="trace.journal")

    async def _run(self) -> None:
        await asyncio.to_thread(self._begin)
        while not self._closing.is_set():
            await self._has_waiting.wait()
            with contextlib.suppress(TimeoutError):
                async with timeout(EVERY_S):
                    await self._closing.wait()
            await self.flush()

    async def flush(self) -> None:
        """Write what waits now."""
        async with self._writing:
            batch, self._waiting = self._waiting, []
            self._has_waiting.clear()
            if batch:
                await asyncio.to_thread(self._write, batch)

    async def find(self, call_sid: str) -> Trace | None:
        """What is kept of a call; one is looked for at a time."""
        async with self._reading:
            await self.flush()
            return await asyncio.to_thread(self.read, call_sid)

    async def close(self) -> None:
        """Write the last batch. Twice is once."""
        self._closing.set()
        self._has_waiting.set()
        if self._task is not None:
            await self._task
        await self.flush()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    # In a thread

    def _begin(self) -> None:
        """Make room, and begin a file of its own: the last one may have been cut off."""
        try:
            self._settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room()
        except OSError as error:
            self._fail(error, 0)

    def _write(self, batch: list[Entry]) -> None:
        data = pack(batch)
        try:
            file = self._file_for(len(data))
            left = memoryview(data)
            while left:
                left = left[os.write(file, left) :]
        except OSError as error:
            self._fail(error, len(batch))
        else:
            self._file_bytes += len(data)
            self._is_failing = False

    def _file_for(self, more_bytes: int) -> int:
        """The newest file, or another one when that has enough. Raises: OSError."""
        now = self._clock.monotonic()
        is_full = self._file_bytes + more_bytes > self._settings.limit_bytes // FILES
        is_old = now - self._file_began_s > FILE_MAX_S
        if self._file is not None and (is_full or is_old) and self._file_bytes:
            os.close(self._file)
            self._file = None
        if self._file is None:
            self._settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._number = 1 + max((_number(path) for path in self._files()), default=0)
            path = self._settings.folder / f"{self._number:08d}{SUFFIX}"
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._file_bytes, self._file_began_s = 0, now
            self._make_room()
        return self._file

    def _make_room(self) -> None:
        """Delete the oldest files beyond the bounds; the newest stays."""
        files = self._files()
        sizes = [(path, path.stat()) for path in files]
        left = sum(stat.st_size for _, stat in sizes)
        room = self._settings.limit_bytes - self._settings.limit_bytes // FILES
        oldest_s = self._clock.utc_now().timestamp() - self._settings.limit_s
        for path, stat in sizes:
            is_newest = self._file is not None and _number(path) == self._number
            if not is_newest and (left > room or stat.st_mtime < oldest_s):
                path.unlink(missing_ok=True)
                left -= stat.st_size

    def _fail(self, error: OSError, lost: int) -> None:
        """The disk is full, or away: told once, and tried again with the next batch."""
        self.left_out += lost
        if not self._is_failing:
            self._is_failing = True
            log.warning("trace.not_kept", why=error.strerror or str(error))
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = None

    def _files(self) -> list[Path]:
        """Oldest first."""
        return sorted(self._settings.folder.glob(f"*{SUFFIX}"), key=_number)

    def read(self, call_sid: str) -> Trace | None:
        """What the files have of a call; None where nothing is, or a file that had its beginning is gone."""
        opened: Opened | None = None
        left_out = 0
        entries: list[SipMessage | Happening] = []
        children: list[str] = []
        for entry in self._entries_of(call_sid.encode()):
            match entry:
                case Opened(call_sid=sid):
                    if sid == call_sid:
                        opened = entry
                    else:
                        children.append(sid)
                case Said(message=message):
                    entries.append(message)
                case Happened(call_sid=sid, happening=happening):
                    if sid == call_sid:
                        entries.append(happening)
                case Closed():
                    left_out = entry.left_out
                case Claimed():
                    pass  # it has said where the messages are
        if opened is None:
            return None
        entries.sort(key=lambda each: each.at_s)
        return Trace(
            call_sid,
            opened.account_sid,
            opened.parent_call_sid,
            opened.began_at,
            opened.began_s,
            tuple(entries),
            left_out,
            tuple(children),
        )

    def _entries_of(self, call_sid: bytes) -> Iterator[Entry]:
        """What the files have of a call, and of the calls that it made their beginning."""
        dialogues: set[bytes] = set()
        for data in self._contents(lambda each: call_sid in each):
            for record in records(data):
                is_its = record.key == call_sid
                if is_its and record.kind is RecordKind.CLAIMED:
                    dialogues.add(record.body)
                elif is_its or (record.kind in _IN_THE_BODY and call_sid in record.body):
                    yield from _told(record)
        for data in self._contents(lambda each: any(dialogue in each for dialogue in dialogues)):
            for record in records(data):
                if record.kind is RecordKind.MESSAGE and record.key in dialogues:
                    yield from _told(record)

    def _contents(self, is_wanted: Callable[[bytes], bool]) -> Iterator[bytes]:
        for path in self._files():
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue  # room was made meanwhile
            if is_wanted(data):
                yield data


def _told(record: RawRecord) -> Iterator[Entry]:
    with contextlib.suppress(ValueError):  # a record that tells nothing
        yield from unpack(record)


def _number(path: Path) -> int:
    return int(path.stem) if path.stem.isdigit() else 0
