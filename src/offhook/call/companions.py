"""What runs beside the document of a call: streams, transcriptions, recording sessions.

Each is a task of its own, and ends with its call at the latest. Owned by `media_streams/streams.py`,
`transcribing/transcriptions.py` and `siprec/siprecs.py`, which say who may begin.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import structlog

from offhook.base.ids import Chance, new_sid
from offhook.call.call import Call
from offhook.model.companion import CompanionRecord, CompanionStatus

log = structlog.get_logger("offhook.call")


class CompanionRefusedError(Exception):
    """One may not begin: one too many, or a name that is taken. code: Twilio's."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Companion(Protocol):
    """One of them."""

    @property
    def record(self) -> CompanionRecord:
        """As of now."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or is to end at once."""
        ...

    def stop(self) -> object:
        """End it. Twice is once."""
        ...

    async def run(self) -> None:
        """From its beginning to its last word."""
        ...


C = TypeVar("C", bound=Companion)


class Companions(Generic[C]):
    """Those of one kind, of all calls of the node."""

    def __init__(self, kind: str, ended: Callable[[C], None] = lambda _: None) -> None:
        """kind: named in the log. ended: told of each that nothing goes on of any more."""
        self._kind = kind
        self._ended = ended
        self._tasks: dict[asyncio.Task[None], C] = {}
        self._by_call: dict[str, list[C]] = {}

    def check_name(self, call: Call, name: str | None, code: int) -> None:
        """Raises: CompanionRefusedError with this code where another one of the call has the name."""
        if name is not None and any(each.record.name == name for each in self.of_call(call.sid)):
            raise CompanionRefusedError(code, f"a {self._kind} of this call is named {name} already")

    def begin(self, call: Call, companion: C) -> None:
        """Let it run."""
        self._by_call.setdefault(call.sid, []).append(companion)
        task = asyncio.create_task(self._run(call, companion), name=f"{self._kind}.companion")
        self._tasks[task] = companion
        task.add_done_callback(self._handle_end)

    def running(self, call_sid: str) -> Sequence[C]:
        """Those of a call of which something goes on yet."""
        return tuple(self._by_call.get(call_sid, ()))

    def of_call(self, call_sid: str) -> Sequence[C]:
        """Those of a call that have not ended and are not to end."""
        return tuple(each for each in self._by_call.get(call_sid, ()) if not each.is_over)

    def find(self, call_sid: str, wanted: str) -> C | None:
        """One of those, by its Sid or its name."""
        for each in self.of_call(call_sid):
            if wanted in (each.record.sid, each.record.name):
                return each
        return None

    async def drain(self, timeout_s: float) -> None:
        """Wait until those of calls that have ended have told so."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)

    async def close(self) -> None:
        """End all, whatever they are doing."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _run(self, call: Call, companion: C) -> None:
        async def stop_with_call() -> None:
            await call.ended.wait()
            companion.stop()

        watching = asyncio.create_task(stop_with_call(), name=f"{self._kind}.watch")
        try:
            await companion.run()
        finally:
            watching.cancel()

    def _handle_end(self, task: "asyncio.Task[None]") -> None:
        companion = self._tasks.pop(task)
        others = self._by_call[companion.record.call_sid]
        others.remove(companion)
        if not others:
            del self._by_call[companion.record.call_sid]
        self._ended(companion)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("call.companion_failed", kind=self._kind, sid=companion.record.sid, exc_info=error)


def new_record(prefix: str, call: Call, name: str | None, chance: Chance, now: datetime) -> CompanionRecord:
    """The record of one that begins. prefix: of its Sid. name: None is its Sid."""
    sid = new_sid(prefix, chance)
    status = CompanionStatus.IN_PROGRESS
    return CompanionRecord(sid, call.record.account_sid, call.sid, name or sid, status, now)
