"""`<Enqueue>`: wait in a queue, and talk with whoever dials it (reference/twiml 7.1).

    join --> the wait document, again and again --> somebody takes the call (`dial_queue.py`)
                 |                                     --> its document before the bridge --> they talk
                 |                                             | they have gone: wait on, at the front
                 |                                                               | the talk is over
                 +-- Leave, a fault, an update over the API, hang-up ------------+--> action

The action is told QueueResult. Where the page is silent: who is taken and leaves before the bridge has the
result `bridging-in-process`; a wait document with a verb that may not stand there ends in silence, and the
call waits on (reference/twiml 16). Called by `verbs/runner.py`.
"""

import asyncio
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any, ClassVar, Final, TypeVar

from offhook.call.inbox import CallCommand
from offhook.media.ports import Clip
from offhook.queue.member import Member, MemberState
from offhook.queue.queue import Queue, QueueClosedError, QueueFullError
from offhook.queue.queues import TooManyQueuesError
from offhook.store.ports import StoreBusyError
from offhook.trace.ports import Facts, Kind
from offhook.twiml.verbs.enqueue import Enqueue
from offhook.verbs.dialler import ChildCall
from offhook.verbs.program import LastWord, Program
from offhook.verbs.side_document import WAIT_IN_QUEUE, SideDocument, SideEnding
from offhook.verbs.talk import stay
from offhook.verbs.verb import Flow, GoTo, Needs, Next

T = TypeVar("T")

FULL: Final = 14207
FAILED: Final = 12400

Results = tuple[tuple[str, str], ...]


class QueueResult(StrEnum):
    """What became of a call in a queue, in Twilio's words."""

    BRIDGED = "bridged"
    BRIDGING = "bridging-in-process"
    ERROR = "error"
    HANGUP = "hangup"
    LEAVE = "leave"
    REDIRECTED = "redirected"
    REDIRECTED_FROM_BRIDGED = "redirected-from-bridged"
    QUEUE_FULL = "queue-full"
    SYSTEM_ERROR = "system-error"


class RunEnqueue:
    """Waits, talks, and says what became of it."""

    needs: ClassVar = Needs.MEDIA

    async def run(self, verb: Enqueue, program: Program) -> Next:
        """Wait until it is over."""
        if verb.fault is not None:
            return _next(verb, program, (("QueueResult", QueueResult.ERROR),))
        try:
            queue = await program.queues.open(program.call.record.account_sid, verb.name, verb.max_size)
            waiting = _Waiting(verb, program, queue)
        except QueueFullError as error:
            program.call.note(FULL, str(error))
            return _next(verb, program, (("QueueResult", QueueResult.QUEUE_FULL),))
        except (StoreBusyError, QueueClosedError, TooManyQueuesError) as error:
            program.call.note(FAILED, f"the call could not be put into the queue {verb.name}: {error}")
            return _next(verb, program, (("QueueResult", QueueResult.SYSTEM_ERROR),))
        except asyncio.CancelledError:
            _tell_last(verb, program, (("QueueResult", QueueResult.SYSTEM_ERROR),))
            raise
        try:
            result = await waiting.run()
        except asyncio.CancelledError:
            _tell_last(verb, program, waiting.results(waiting.result_of_end()))
            raise
        finally:
            waiting.leave()
        return _next(verb, program, waiting.results(result))


def _next(verb: Enqueue, program: Program, results: Results) -> Next:
    if verb.action is None:
        return Flow.CONTINUE
    return GoTo(program.resolve(verb.action), verb.method, results)


def _tell_last(verb: Enqueue, program: Program, results: Results) -> None:
    """The action is asked although the caller has gone, or another document took over."""
    if verb.action is not None:
        action = GoTo(program.resolve(verb.action), verb.method, results)
        program.last_words.append(LastWord(action, is_for_redirect=True))


class _Waiting:
    """One call in one queue. Raises, when made: QueueFullError, QueueClosedError."""

    def __init__(self, verb: Enqueue, program: Program, queue: Queue[ChildCall]) -> None:
        self._verb = verb
        self._program = program
        self._queue = queue
        self._guest = ChildCall(program.call, has_prelude=True)
        self._member: Member[ChildCall] = queue.join(program.call, self._guest)
        self._happened("joined", (("position", queue.position(self._member)),))

    def _happened(self, what: str, facts: Facts = ()) -> None:
        self._program.call.happened(Kind.QUEUE, what, (("queue", self._verb.name), *facts))

    def results(self, result: QueueResult) -> Results:
        """What the action is told."""
        self._happened("left", (("result", result.value),))
        return (
            ("QueueResult", result.value),
            ("QueueSid", self._queue.sid),
            ("QueueTime", str(self._queue.wait_s(self._member))),
        )

    def result_of_end(self) -> QueueResult:
        """What has become of it when its call ends, or another document takes over."""
        is_ended = self._program.call.leg.is_ended
        match self._member.state:
            case MemberState.BRIDGED:
                return QueueResult.BRIDGED if is_ended else QueueResult.REDIRECTED_FROM_BRIDGED
            case MemberState.CALLED:
                return QueueResult.BRIDGING
            case _:
                return QueueResult.HANGUP if is_ended else QueueResult.REDIRECTED

    def leave(self) -> None:
        """It waits no more, and whoever talks with it is told."""
        self._queue.leave(self._member)
        self._guest.leave()

    async def run(self) -> QueueResult:
        """Wait, and talk."""
        while True:
            result = await self._wait()
            if result is not None:
                return result
            if await self._talk():
                return QueueResult.BRIDGED

    # Waiting

    async def _wait(self) -> QueueResult | None:
        """Run the wait document until somebody takes the call: None; or what else ends the wait."""
        start = self._start()
        if self._member.called.is_set:
            return None  # put back, and taken by the next one in the same moment
        if start is None:
            await self._member.called.wait(yes=True)
            return None
        side = SideDocument(self._program, WAIT_IN_QUEUE)
        end = await _unless(self._member.called.wait(yes=True), side.run(start, self._position, repeats=True))
        if end is None:
            return None
        match end.ending:
            case SideEnding.LEFT:
                return QueueResult.LEAVE
            case SideEnding.FAILED:
                return QueueResult.ERROR
            case SideEnding.HUNG_UP:
                self._program.call.inbox.put(CallCommand.END)
                await self._program.call.finished.wait()  # its owner stops this program before
                return QueueResult.HANGUP
            case _:
                await self._member.called.wait(yes=True)  # in silence
                return None

    def _start(self) -> GoTo | Clip | None:
        verb, program = self._verb, self._program
        if verb.wait_url is None:
            return program.voice.hold_music()
        return GoTo(program.resolve(verb.wait_url), verb.wait_method) if verb.wait_url else None

    def _position(self) -> Results:
        """What each request for the wait document is told."""
        queue = self._queue
        return (
            ("QueuePosition", str(queue.position(self._member))),
            ("QueueSid", queue.sid),
            ("QueueTime", str(queue.wait_s(self._member))),
            ("AvgQueueTime", str(queue.average_wait_s)),
            ("CurrentQueueSize", str(len(queue))),
            ("MaxQueueSize", str(queue.max_size)),
        )

    # Talking

    async def _talk(self) -> bool:
        """Hear what comes before the bridge, and talk; False when who took it has gone before that."""
        gone = self._member.called.wait(yes=False)
        return await _unless(gone, self._be_guest()) is not None

    async def _be_guest(self) -> bool:
        guest, program, pickup = self._guest, self._program, self._member.pickup
        guest.ready.clear()
        self._happened("taken", (("by", None if pickup is None else pickup.call_sid),))
        if pickup is not None and pickup.url is not None:
            told = (
                ("QueueSid", self._queue.sid),
                ("QueueTime", str(self._queue.wait_s(self._member))),
                ("DequeingCallSid", pickup.call_sid),
            )
            await SideDocument(program).run(GoTo(pickup.url, pickup.method), lambda: told)
        guest.ready.set()
        await stay(guest, program.run_transfer, program.dialler)
        return True


async def _unless(stop: Coroutine[Any, Any, object], work: Coroutine[Any, Any, T]) -> T | None:
    """What the work gives, unless something happens before that: then it is cancelled."""
    stopping, working = asyncio.ensure_future(stop), asyncio.ensure_future(work)
    try:
        await asyncio.wait([stopping, working], return_when=asyncio.FIRST_COMPLETED)
        return None if stopping.done() else working.result()
    finally:
        for each in (stopping, working):
            each.cancel()
        await asyncio.gather(stopping, working, return_exceptions=True)
