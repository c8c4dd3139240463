"""`<Dial>`: call somebody and talk (reference/twiml 6). Called by `verbs/runner.py`.

    nouns --all at once, or one after the other--> child calls
    first to answer: the others are let go of, its whisper runs, the two are bridged
    the bridge ends with either side, the time limit, or `*` of the caller
    then `action`, with what came of it, or the next verb

What the caller hears meanwhile: `dial_ringing.py`. Either of the two may transfer the other by REFER:
`talk.py`. A caller whose callee transferred it goes on with what `referUrl` says; `action` is not asked then.
"""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import ClassVar, Final

from offhook.call.leg_state import LegState
from offhook.call.progress import StatusCallback
from offhook.model.answered_by import DetectionMode, DetectionPlan
from offhook.twiml.dial.application import Application
from offhook.twiml.dial.conference import Conference
from offhook.twiml.dial.number import Number
from offhook.twiml.dial.queue import Queue
from offhook.twiml.dial.sip import Sip
from offhook.twiml.dial.status_callback import Whisper
from offhook.twiml.dial.undiallable import Undiallable
from offhook.twiml.verbs.dial import CalleeNoun, Dial
from offhook.verbs.detection import DetectionOrder
from offhook.verbs.dial_caller_id import CallerIds, caller_ids
from offhook.verbs.dial_conference import run_conference
from offhook.verbs.dial_outcome import DialOutcome
from offhook.verbs.dial_queue import dial_queue
from offhook.verbs.dial_recording import DialRecording
from offhook.verbs.dial_ringing import DialRinging
from offhook.verbs.dial_waiting import GRACE_S, STAR, either, pressed
from offhook.verbs.dialler import Callee, ChildCall, OverloadError
from offhook.verbs.program import DocumentError, LastWord, Program
from offhook.verbs.talk import Talk, TransferRules
from offhook.verbs.transfer import Transfer
from offhook.verbs.verb import Flow, GoTo, Needs, Next
from offhook.waiting.timeout import timeout, timeout_at
from offhook.webhook.ports import ProgressEvent

FAREWELL_S: Final = 1.5
"""How long the end of the callee is waited for, so that the action is told how it was and how long it lasted.

Less than the owner of a call grants a program that it ends."""
INSIDE_WHISPER: Final = 13201
OVERLOADED: Final = 12400


class RunDial:
    """Calls, bridges, and says what came of it."""

    needs: ClassVar = Needs.NOTHING
    """An unanswered caller may be left ringing until the bridge."""

    async def run(self, verb: Dial, program: Program) -> Next:
        """Raises: DocumentError 13201 inside a whisper, and when the caller cannot be answered."""
        if program.is_whisper:
            raise DocumentError(INSIDE_WHISPER, "<Dial> is not allowed in the document of a callee")
        if not verb.answer_on_bridge:
            program.answer()
        match verb.nouns[0]:
            case Conference() as conference:
                return await run_conference(verb, conference, program)
            case Queue() as queue:
                return await dial_queue(verb, queue, program)
            case _:
                pass
        dialled = _Dialled(verb, program)
        try:
            await dialled.run()
        except asyncio.CancelledError:
            if verb.action is not None:
                await dialled.farewell()
                action = GoTo(program.resolve(verb.action), verb.method, dialled.results)
                program.last_words.append(LastWord(action, is_for_redirect=True))
            raise
        finally:
            dialled.let_go()
        if dialled.is_transferred:
            return Flow.END
        if program.departure is not None and program.is_talking:
            program.departure.reached_nobody(dialled.outcome.status, dialled.outcome.child)
            return Flow.END
        if program.call.leg.state is LegState.INCOMING:
            program.left_ringing.append(dialled.outcome.status)
        if verb.action is None:
            return Flow.CONTINUE
        return GoTo(program.resolve(verb.action), verb.method, dialled.results)


class _Dialled:
    """One Dial under way."""

    def __init__(self, verb: Dial, program: Program) -> None:
        self._verb = verb
        self._program = program
        self.children: list[ChildCall] = []
        self.bridged: ChildCall | None = None
        """Whoever was bridged to the caller."""
        self.recording = DialRecording(verb, program)
        self._ringing = DialRinging(verb, program)
        self._is_called_off = False
        self.is_transferred = False
        """Whether another document has taken the place of this one, and has ended."""

    @property
    def outcome(self) -> DialOutcome:
        """What has come of it so far."""
        return DialOutcome.of(self.children, self.bridged)

    @property
    def results(self) -> tuple[tuple[str, str], ...]:
        """What its action is told."""
        returned = (pair for child in self.children for pair in child.returned)
        return (*self.outcome.results, *self.recording.results, *returned)

    def let_go(self) -> None:
        """End what was begun, and leave alone what has ended."""
        self._program.call.settle_bridge()
        self.recording.stop()
        for child in self.children:
            child.abandon()
            if child.replaced_by is not None:
                child.replaced_by.release()

    async def farewell(self) -> None:
        """Let go of everybody, and wait until it is known how long they talked, or how they ended."""
        self.let_go()
        if self.bridged is not None:
            await _until_finished(self.bridged)
        else:
            await _until_ended(child for child in self.children if not child.call.answered.is_set())

    async def run(self) -> None:
        """Call until somebody answers, and talk."""
        nouns = tuple(noun for noun in self._verb.nouns if isinstance(noun, CalleeNoun))
        rounds = [(noun,) for noun in nouns] if self._verb.sequential else [nouns]
        try:
            shown = await caller_ids(self._verb, self._program)
            for ringing in rounds:
                winner = await self._ring(ringing, shown)
                if winner is not None:
                    await self._talk(winner)
                if winner is not None or self._is_called_off:
                    break
        except OverloadError as error:
            self._program.call.note(OVERLOADED, f"nobody was called: {error}")
        finally:
            self._ringing.end()
        await self.recording.finish()

    # Ringing

    async def _ring(self, nouns: Sequence[CalleeNoun], shown: CallerIds) -> ChildCall | None:
        """Ring at once all that these nouns name; whoever answered first, None when nobody did."""
        ringing = [child for noun in nouns if (child := self._dial(noun, shown)) is not None]
        self._ringing.ring()
        self.recording.ringing()
        winner: ChildCall | None = None
        unwatch = [child.call.watch(partial(self._foresee, child)) for child in ringing]
        try:
            async with timeout(self._verb.timeout_s + GRACE_S), self._ringing.following(ringing):
                winner = await self._answer_or_star(ringing)
        except TimeoutError:
            pass
        finally:
            for end in unwatch:
                end()
            for child in ringing:
                if child is not winner:  # one that answered in the same moment is hung up
                    child.abandon(has_lost=winner is not None)
        if winner is None:
            await _until_ended(ringing)
        return winner

    async def _answer_or_star(self, ringing: Sequence[ChildCall]) -> ChildCall | None:
        """Whoever answered first; None when nobody will, or when the caller's `*` calls it off."""
        if not (self._verb.hangup_on_star and self._program.call.leg.is_audible):
            return await _first_answered(ringing)
        with self._program.call.leg.audio.collecting() as keys:
            answer = asyncio.ensure_future(_first_answered(ringing))
            star = asyncio.ensure_future(pressed(STAR, keys.next))
            try:
                await asyncio.wait([answer, star], return_when=asyncio.FIRST_COMPLETED)
                if answer.done():
                    return answer.result()
            finally:
                answer.cancel()
                star.cancel()
        self._is_called_off = True
        for child in ringing:
            child.cancel()
        await _until_ended(ringing)
        return None

    def _foresee(self, child: ChildCall) -> None:
        """With a callee's answer a talk is near: the caller's REFER may come before it."""
        if child.call.leg.state is LegState.ANSWERED:
            self._program.call.awaits_bridge = True

    def _dial(self, noun: CalleeNoun, shown: CallerIds) -> ChildCall | None:
        if isinstance(noun, Undiallable):
            return None  # noted with the document
        program, caller_id = self._program, shown.shown_to(noun)
        callee = Callee(
            noun=noun,
            parent=program.call.record,
            caller_id=caller_id.text,
            phone_number_sid=caller_id.phone_number_sid,
            whisper=_whisper(noun.whisper, program),
            status_callback=_status_callback(noun, program),
            auth_token=program.auth_token,
            conversation=program.conversation,
            detection=_detection(noun, program),
        )
        try:
            child = program.dialler.dial(callee)
        except OverloadError as error:
            program.call.note(OVERLOADED, f"nobody was called: {error}")
            return None
        child.call.transfers = program.call.transfers
        self.children.append(child)
        return child

    # Talking

    async def _talk(self, winner: ChildCall) -> None:
        """Wait for the whisper, bridge, and wait for the end of it."""
        if winner.has_prelude:
            self._ringing.stop_hearing()
        await either(winner.ready, winner.left)
        if not winner.ready.is_set():
            self._program.call.settle_bridge()
            return  # it hung up, or its whisper did
        program = self._program
        if program.departure is not None:
            program.departure.leave()
        program.answer()
        self._ringing.put_through(winner)
        self.bridged = winner
        self.recording.bridged()
        talk = Talk(program.call, winner, self._rules(), program.dialler, self.recording.stop)
        try:
            await self._until_over(talk)
        finally:
            talk.close()
            self.recording.stop()
        await _until_finished(winner)

    def _rules(self) -> TransferRules:
        verb = self._verb
        if verb.refer_url is None or isinstance(verb.nouns[0], Application):
            return TransferRules()
        refer = GoTo(self._program.resolve(verb.refer_url), verb.refer_method)
        return TransferRules(refer, waits=verb.answer_on_bridge)

    async def _until_over(self, talk: Talk) -> None:
        """Until somebody leaves, `timeLimit`, or the caller's `*`: then the document goes on."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._verb.time_limit_s
        while True:
            try:
                async with timeout_at(ends_at):
                    transfer = await self._next_transfer(talk)
            except TimeoutError:
                return
            if transfer is None:
                return
            if transfer.guest is not None:
                talk.swap(transfer, transfer.guest)
            elif await self._program.run_transfer(transfer):
                self.is_transferred = True
                return

    async def _next_transfer(self, talk: Talk) -> Transfer | None:
        if not self._verb.hangup_on_star:
            return await talk.next()
        with self._program.call.leg.audio.collecting() as keys:
            star = asyncio.ensure_future(pressed(STAR, keys.next))
            transfer = asyncio.ensure_future(talk.next())
            try:
                await asyncio.wait([star, transfer], return_when=asyncio.FIRST_COMPLETED)
                return transfer.result() if transfer.done() else None
            finally:
                star.cancel()
                transfer.cancel()


async def _until_ended(children: Iterable[ChildCall]) -> None:
    """Wait until calls that are let go of have ended for us, which their callees need not know yet.

    That takes but a moment, unless the node itself does not come to it: it still asks where one leads.
    """
    try:
        async with timeout(FAREWELL_S):
            for child in children:
                await child.call.ended.wait()
    except TimeoutError:
        return  # what is known by now is told to the action


async def _until_finished(child: ChildCall) -> None:
    """Wait until the callee has answered our BYE: what it says there is told to the action."""
    try:
        async with timeout(FAREWELL_S):
            await child.call.finished.wait()
    except TimeoutError:
        return  # it was taken over by another program and goes on, or does not answer


async def _first_answered(ringing: Sequence[ChildCall]) -> ChildCall | None:
    settling = {asyncio.ensure_future(child.settled()): child for child in ringing}
    pending = set(settling)
    try:
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for child in (settling[task] for task in settling if task in done):
                if child.replaced_by is not None or child.call.answered.is_set():
                    return child.replaced_by or child
        return None
    finally:
        for task in settling:
            task.cancel()


def _whisper(whisper: Whisper | None, program: Program) -> GoTo | None:
    return None if whisper is None else GoTo(program.resolve(whisper.url), whisper.method)


def _detection(noun: CalleeNoun, program: Program) -> DetectionOrder | None:
    """How a machine is told from a person: of numbers and SIP URIs."""
    wanted = noun.machine_detection if isinstance(noun, Number | Sip) else None
    if wanted is None:
        return None
    plan = DetectionPlan(
        DetectionMode(wanted.mode),
        round(wanted.timeout_s * 1000),
        wanted.speech_threshold_ms,
        wanted.speech_end_threshold_ms,
        wanted.silence_timeout_ms,
    )
    url = None if wanted.callback_url is None else program.resolve(wanted.callback_url)
    return DetectionOrder(plan, callback_url=url, callback_method=wanted.callback_method)


def _status_callback(noun: CalleeNoun, program: Program) -> StatusCallback | None:
    if isinstance(noun, Undiallable) or noun.callback is None:
        return None
    events = frozenset(map(ProgressEvent, noun.callback.events))
    return StatusCallback(program.resolve(noun.callback.url), noun.callback.method, events)
