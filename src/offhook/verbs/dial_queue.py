"""`<Dial><Queue>`: talk to whoever waits first, or to the next one who joins (reference/twiml 7.2).

    no such queue          --> `failed`
    nobody waits           --> a ringback; who dials first is served first; `timeout`: `no-answer`
    a member               --> hears its document, then the two are bridged --> `completed`
    it hung up before that --> the next member

What is told to the action besides that of any Dial: `QueueSid`, `QueueTime`, `DequeingCallSid`, and the
member as `DialCallSid`, since `CallSid` is that of the call whose action it is. Called by `dial.py`.
"""

import asyncio
from typing import Final

from offhook.call.leg_state import LegState
from offhook.model.call import CallStatus
from offhook.queue.member import Member, Pickup
from offhook.queue.queue import Queue as Line
from offhook.queue.queue import QueueClosedError
from offhook.store.ports import StoreBusyError
from offhook.trace.ports import Kind
from offhook.twiml.dial.queue import Queue
from offhook.twiml.verbs.dial import Dial
from offhook.verbs.dial_recording import DialRecording
from offhook.verbs.dial_ringing import DialRinging
from offhook.verbs.dial_waiting import GRACE_S, StarredError, either, until_star
from offhook.verbs.dialler import ChildCall
from offhook.verbs.program import LastWord, Program
from offhook.verbs.talk import Talk, TransferRules
from offhook.verbs.verb import Flow, GoTo, Next
from offhook.waiting.timeout import timeout, timeout_at

FAILED: Final = 12400
NO_SUCH_QUEUE: Final = 12200


async def dial_queue(verb: Dial, noun: Queue, program: Program) -> Next:
    """Dial it. Raises: DocumentError when the caller cannot be answered."""
    dialled = _Dialled(verb, noun, program)
    try:
        await dialled.run()
    except asyncio.CancelledError:
        if verb.action is not None:
            action = GoTo(program.resolve(verb.action), verb.method, dialled.results)
            program.last_words.append(LastWord(action, is_for_redirect=True))
        raise
    if program.departure is not None and program.is_talking:
        program.departure.reached_nobody(dialled.status, None)
        return Flow.END
    if program.call.leg.state is LegState.INCOMING:
        program.left_ringing.append(dialled.status)
    if verb.action is None:
        return Flow.CONTINUE
    return GoTo(program.resolve(verb.action), verb.method, dialled.results)


class _Dialled:
    """One Dial to a queue under way."""

    def __init__(self, verb: Dial, noun: Queue, program: Program) -> None:
        self._verb = verb
        self._noun = noun
        self._program = program
        self._recording = DialRecording(verb, program)
        self._ringing = DialRinging(verb, program)
        self._loop = asyncio.get_running_loop()
        self._member: Member[ChildCall] | None = None
        self._bridged_at: float | None = None
        self._talked_s: float | None = None
        self.status = CallStatus.FAILED
        """DialCallStatus."""

    @property
    def results(self) -> tuple[tuple[str, str], ...]:
        """What the action is told."""
        results = [
            ("DialCallStatus", self.status.value),
            ("DialBridged", str(self._bridged_at is not None).lower()),
        ]
        member = self._member
        if member is not None:
            results += [
                ("DialCallSid", member.sid),
                ("QueueSid", member.queue.sid),
                ("QueueTime", str(member.queue.wait_s(member))),
                ("DequeingCallSid", self._program.call.sid),
            ]
        if self._bridged_at is not None:
            talked_s = self._talked_s if self._talked_s is not None else self._loop.time() - self._bridged_at
            results.append(("DialCallDuration", str(int(talked_s))))
        return (*results, *self._recording.results)

    async def run(self) -> None:
        """Wait for a member, and talk."""
        program, name = self._program, self._noun.name
        try:
            queue = await program.queues.find(program.call.record.account_sid, name)
        except StoreBusyError as error:
            program.call.note(FAILED, f"the queue {name} was not dialled: {error}")
            return
        if queue is None:
            text = f"<Queue>: there is no queue {name}: the first <Enqueue> or the REST API makes it"
            program.call.note(NO_SUCH_QUEUE, text)
            return
        self.status = CallStatus.NO_ANSWER
        try:
            await self._connect(queue)
        finally:
            self._ringing.end()
            self._recording.stop()
        await self._recording.finish()

    async def _connect(self, queue: Line[ChildCall]) -> None:
        self._ringing.ring()
        self._recording.ringing()
        verb, leg = self._verb, self._program.call.leg
        try:
            async with until_star(leg, on=verb.hangup_on_star):
                member = await self._next_member(queue)
        except TimeoutError:
            return
        except StarredError:
            self.status = CallStatus.CANCELED
            return
        except QueueClosedError as error:
            self.status = CallStatus.FAILED
            self._program.call.note(NO_SUCH_QUEUE, str(error))
            return
        await self._talk(queue, member)

    async def _next_member(self, queue: Line[ChildCall]) -> Member[ChildCall]:
        """The first member that stays until it can be bridged.

        The timeout is for the waiting alone: who is taken may hear the document before the bridge to its end.
        Raises: TimeoutError, QueueClosedError.
        """
        pickup = self._pickup()
        gives_up_at = self._loop.time() + self._verb.timeout_s + GRACE_S
        while True:
            async with timeout_at(gives_up_at):
                member = await queue.take(pickup)
            guest = member.party
            try:
                await either(guest.ready, guest.left)
            except asyncio.CancelledError:
                guest.ready.clear()
                queue.put_back(member)
                raise
            if guest.ready.is_set() and not guest.left.is_set() and queue.bridge(member):
                return member

    def _pickup(self) -> Pickup:
        call_sid, whisper = self._program.call.sid, self._noun.whisper
        if whisper is None:
            return Pickup(call_sid)
        return Pickup(call_sid, self._program.resolve(whisper.url), whisper.method)

    async def _talk(self, queue: Line[ChildCall], member: Member[ChildCall]) -> None:
        program, guest = self._program, member.party
        try:
            if program.departure is not None:
                program.departure.leave()
            program.answer()
            self._member, self.status = member, CallStatus.COMPLETED
            program.call.happened(Kind.QUEUE, "bridged", (("queue", self._noun.name), ("with", member.sid)))
            self._bridged_at = self._loop.time()
            self._ringing.put_through(guest)
            self._recording.bridged()
            talk = Talk(program.call, guest, TransferRules(), program.dialler, self._recording.stop)
            try:
                await self._until_over(talk)
            finally:
                talk.close()
        finally:
            self._talked_s = None if self._bridged_at is None else self._loop.time() - self._bridged_at
            guest.release()

    async def _until_over(self, talk: Talk) -> None:
        """Until somebody leaves, `timeLimit`, or the caller's `*`: then the document goes on."""
        verb, leg = self._verb, self._program.call.leg
        try:
            async with timeout(verb.time_limit_s), until_star(leg, on=verb.hangup_on_star):
                while (transfer := await talk.next()) is not None:
                    if transfer.guest is not None:
                        talk.swap(transfer, transfer.guest)
        except (TimeoutError, StarredError):
            return
