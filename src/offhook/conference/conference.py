"""Conference: participants, the room that they meet in, and what the application is told of it.

    the first joins -> INIT -> two, one of whom may start it -> IN_PROGRESS -> the last leaves, one who ends
    it does, or the API says so -> everybody leaves -> COMPLETED

Made and found by `conferences.py`. Participants are let in and let go here; everything happens on the
loop's thread, in order. Source: reference/twiml 6.7, 12.3; rest-api 2.3. Where the pages are silent: beeps
are heard once the conference has started; an announcement to all too; who is dialled counts among the
participants as soon as it is.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from offhook.call.call import Call
from offhook.call.inbox import CallCommand
from offhook.call.outbox import CallOfNews
from offhook.conference.change import SeatChange
from offhook.conference.desk import Desk
from offhook.conference.edges import Edges
from offhook.conference.participant import ANNOUNCEMENTS_MAX, NOBODY, Announced, Participant
from offhook.conference.performer import Performer
from offhook.conference.plan import ConferencePlan, JoinError, SeatPlan, Target
from offhook.conference.states import CONFERENCE, ConferenceEffect, ConferenceInput
from offhook.conference.telling import Teller, sentence_of
from offhook.media.ports.engine import NoFreePortError
from offhook.media.ports.room import MemberPlan
from offhook.model.conference import Conference as ConferenceRecord
from offhook.model.conference import ConferenceEnding, ConferenceStatus, Departure
from offhook.model.conference import Participant as ParticipantRecord
from offhook.model.recording import Recording
from offhook.recording.recorder import LiveRecording, RecordingError, RecordingOrder
from offhook.store.ports import StoreBusyError
from offhook.webhook.ports import ConferenceEvent, ConferenceSubscription

log = structlog.get_logger("offhook.conference")

FULL: Final = 16020
LABEL_TAKEN: Final = 16025
NOT_TO_COACH: Final = 13240
NOT_RECORDED: Final = 12400
COACHED_HELD: Final = 16027
COACHED_ABSENT: Final = 16028


@dataclass(slots=True)
class Expected:
    """Who is being dialled for a conference, and has not joined."""

    call: Call
    record: ParticipantRecord
    waiting: "asyncio.Task[None]"
    """Notices when it will not come."""


class Conference:
    """See the head of the file."""

    def __init__(
        self,
        record: ConferenceRecord,
        plan: ConferencePlan,
        edges: Edges,
        over: "Callable[[Conference], None]",
    ) -> None:
        """over: told when it is completed. Raises: NoFreePortError."""
        self.record = record
        self.plan = plan
        self._edges = edges
        self._over = over
        self._room = edges.media.open_room()
        try:
            self._desk = Desk(edges.media, self._room)
        except NoFreePortError:
            self._room.close()
            raise
        self._teller = Teller(plan, edges.courier, edges.ledger)
        self._participants: dict[str, Participant] = {}
        self._expected: dict[str, Expected] = {}
        self._early: set[str] = set()
        """Calls that are dialled and can be heard already."""
        self._recording: RecordingOrder | None = None
        self._live_recording: LiveRecording | None = None
        self._announcements: deque[Target] = deque()
        self._announcing: asyncio.Task[None] | None = None
        self._first_call_sid = ""
        self._departure = Departure.CONFERENCE_ENDED_BY_API
        """Why those leave who are let go of at the end."""
        self._write()
        self._teller.begin(record)

    # Who is there

    @property
    def sid(self) -> str:
        """ConferenceSid."""
        return self.record.sid

    @property
    def is_over(self) -> bool:
        """Whether nobody joins it any more."""
        return self.record.status is ConferenceStatus.COMPLETED

    def participants(self) -> Iterable[ParticipantRecord]:
        """Those who are there or are dialled, in the order in which they came."""
        yield from (participant.record for participant in self._participants.values())
        for expected in self._expected.values():
            yield replace(expected.record, call_status=expected.call.record.status)

    def find(self, call_sid_or_label: str) -> ParticipantRecord | None:
        """One of them, by its call or by its label."""
        for record in self.participants():
            if call_sid_or_label in (record.call_sid, record.label):
                return record
        return None

    def check(self, plan: SeatPlan, call_sid: str = "") -> None:
        """Whether somebody could join. call_sid: its call's, if it has one. Raises: JoinError."""
        others = [each for each in self.participants() if each.call_sid != call_sid]
        if len(others) >= self.plan.participants_max:
            raise JoinError(FULL, f"the conference has {self.plan.participants_max} participants: it is full")
        if plan.label is not None and any(each.label == plan.label for each in others):
            raise JoinError(LABEL_TAKEN, f"another participant has the label {plan.label}")
        if plan.coaches is not None and plan.coaches not in self._participants:
            raise JoinError(NOT_TO_COACH, f"{plan.coaches} is no participant of the conference")

    def expect(self, call: Call, plan: SeatPlan) -> None:
        """Somebody is dialled for it, and joins once the call is answered. Raises: JoinError."""
        self.check(plan, call.sid)
        self._first_call_sid = self._first_call_sid or call.sid

        async def until_ended() -> None:
            hearing = asyncio.create_task(self._hear_early(call)) if plan.has_early_media else None
            try:
                await call.ended.wait()
            finally:
                if hearing is not None:
                    hearing.cancel()
            self._give_up_on(call.sid)

        waiting = asyncio.create_task(until_ended(), name="conference.expected")
        self._expected[call.sid] = Expected(call, self._new_record(call, plan, has_joined=False), waiting)

    async def _hear_early(self, call: Call) -> None:
        """Let those who are there hear what a callee sends before its answer."""
        media = call.leg.media
        while not call.answered.is_set():
            await call.audible.wait(yes=True)
            expected = self._expected.get(call.sid)
            if expected is None or self.is_over:
                return
            media.enter(self._room, MemberPlan(is_heard=not expected.record.is_muted, hears=False))
            self._put_early(call.sid, is_there=True)
            await call.audible.wait(yes=False)
            media.leave(self._room)
            self._put_early(call.sid, is_there=False)

    def _put_early(self, call_sid: str, *, is_there: bool) -> None:
        (self._early.add if is_there else self._early.discard)(call_sid)
        for participant in self._participants.values():
            participant.hear_early(is_there=bool(self._early))

    def join(self, call: Call, plan: SeatPlan, performer: Performer) -> Participant:
        """Let an answered call in. Raises: JoinError."""
        self.check(plan, call.sid)
        expected = self._expected.pop(call.sid, None)
        if expected is not None:
            expected.waiting.cancel()
        self._first_call_sid = self._first_call_sid or call.sid
        tells_speech = self._teller.is_told(ConferenceSubscription.SPEAKER)
        participant = Participant(
            call,
            plan,
            self._room,
            performer,
            self._new_record(call, plan) if expected is None else replace(expected.record, has_joined=True),
            tell_announced=self._tell_announced,
            tell_speech=self._tell_speech if tells_speech else None,
            give_up=self._give_up,
        )
        participant.enter()
        self._participants[call.sid] = participant
        self._put_early(call.sid, is_there=False)
        self._lay_routes()
        self._recording = self._recording or plan.recording
        log.info("conference.joined", conference_sid=self.sid, call_sid=call.sid)
        self._tell(ConferenceEvent.PARTICIPANT_JOIN, participant.record)
        if self.record.status is ConferenceStatus.IN_PROGRESS:
            participant.start()
            self._record()
        elif len(self._participants) > 1 and any(
            each.record.starts_conference for each in self._participants.values()
        ):
            self._step(ConferenceInput.SUFFICIENT)
        if plan.beeps_on_enter and self.record.status is ConferenceStatus.IN_PROGRESS:
            self._desk.beep(enters=True)
        return participant

    def _new_record(self, call: Call, plan: SeatPlan, *, has_joined: bool = True) -> ParticipantRecord:
        now = self._edges.ledger.now()
        return ParticipantRecord(
            call_sid=call.sid,
            account_sid=self.record.account_sid,
            conference_sid=self.sid,
            created_at=now,
            updated_at=now,
            call_status=call.record.status,
            label=plan.label,
            is_muted=plan.is_muted,
            starts_conference=plan.starts_conference,
            ends_conference=plan.ends_conference,
            is_coaching=plan.coaches is not None,
            call_sid_to_coach=plan.coaches,
            has_joined=has_joined,
        )

    # Who leaves

    def leave(
        self, participant: Participant, departure: Departure = Departure.HUNG_UP, *, is_kicked: bool = False
    ) -> None:
        """Let one go: its Dial is over. Twice is once."""
        if not self._let_go(participant, departure):
            return
        if participant.record.ends_conference:
            ending = ConferenceEnding.MODERATOR_KICKED if is_kicked else ConferenceEnding.MODERATOR_LEFT
            self._end(ending, participant.record)
        elif not self._participants and not self._expected:
            self._end(
                ConferenceEnding.LAST_KICKED if is_kicked else ConferenceEnding.LAST_LEFT, participant.record
            )
        elif participant.plan.beeps_on_exit and self.record.status is ConferenceStatus.IN_PROGRESS:
            self._desk.beep(enters=False)

    def end(self) -> None:
        """Let everybody go, because the account says so. Twice is once."""
        if not self.is_over:
            self._end(ConferenceEnding.BY_API, None)

    def kick(self, call_sid: str) -> None:
        """Let one go because the account says so; one that is dialled is called no more."""
        participant = self._participants.get(call_sid)
        if participant is not None:
            self.leave(participant, Departure.UPDATED_BY_API, is_kicked=True)
        elif (expected := self._expected.get(call_sid)) is not None:
            expected.call.inbox.put(CallCommand.CANCEL)

    def _let_go(self, participant: Participant, departure: Departure) -> bool:
        if not participant.leave():
            return False
        del self._participants[participant.call.sid]
        self._lay_routes()
        self._tell(ConferenceEvent.PARTICIPANT_LEAVE, participant.record, departure=departure)
        return True

    def _give_up(self, participant: Participant, failure: str) -> None:
        """Its wait document failed: the join is not completed (reference/twiml 6.7)."""
        participant.failure = failure
        self.leave(participant, Departure.ADD_FAILED)

    def _give_up_on(self, call_sid: str) -> None:
        """Somebody who was dialled will not come."""
        expected = self._expected.pop(call_sid, None)
        if expected is None or self.is_over:
            return
        self._put_early(call_sid, is_there=False)
        record = replace(expected.record, call_status=expected.call.record.status)
        self._tell(ConferenceEvent.PARTICIPANT_LEAVE, record, departure=Departure.ADD_FAILED)
        if not self._participants and not self._expected:
            self._end(ConferenceEnding.LAST_LEFT, record)

    def _end(self, ending: ConferenceEnding, by: ParticipantRecord | None) -> None:
        by_api = ending is ConferenceEnding.BY_API
        self.record = replace(
            self.record, reason_ended=ending, ending_call_sid=None if by is None else by.call_sid
        )
        self._departure = Departure.CONFERENCE_ENDED_BY_API if by_api else Departure.MODERATOR_ENDED
        self._step(ConferenceInput.END)
        self._teller.tell(ConferenceEvent.CONFERENCE_END, self.record, by, reason=sentence_of(ending, by))
        self._over(self)

    # The machine

    def _step(self, step: ConferenceInput) -> None:
        transition = CONFERENCE[self.record.status, step]
        if transition is None:
            return
        status, effects = transition
        self.record = replace(self.record, status=status, updated_at=self._edges.ledger.now())
        self._write()
        log.info("conference.status", conference_sid=self.sid, status=status.value)
        for effect in effects:
            match effect:
                case ConferenceEffect.LET_TALK:
                    self._let_talk()
                case ConferenceEffect.LET_GO:
                    self._let_all_go()

    def _let_talk(self) -> None:
        for participant in self._participants.values():
            participant.start()
        self._record()
        self._tell(ConferenceEvent.CONFERENCE_START)

    def _let_all_go(self) -> None:
        for participant in tuple(self._participants.values()):
            self._let_go(participant, self._departure)
        expected, self._expected = self._expected, {}
        for each in expected.values():
            each.waiting.cancel()
            each.call.inbox.put(CallCommand.CANCEL)
            record = replace(each.record, call_status=each.call.record.status)
            self._tell(ConferenceEvent.PARTICIPANT_LEAVE, record, departure=self._departure)
        if self._announcing is not None:
            self._announcing.cancel()
        self._announcements.clear()
        self._desk.close()
        self._room.close()

    # What changes

    def change(self, call_sid: str, change: SeatChange) -> ParticipantRecord | None:
        """Change one that is there or is dialled; None when it is neither. Raises: JoinError."""
        expected = self._expected.get(call_sid)
        if expected is not None:
            expected.record = change.of(expected.record, self._edges.ledger.now())
            return expected.record
        participant = self._participants.get(call_sid)
        if participant is None:
            return None
        self._check_coaching(participant, change)
        before = participant.record
        now = change.of(before, self._edges.ledger.now())
        participant.change(now)
        self._lay_routes()
        if now.is_muted != before.is_muted:
            self._tell(_MUTE[now.is_muted], participant.record)
        if change.is_on_hold is not None:
            has_changed = participant.hold(change.hold) if change.is_on_hold else participant.unhold()
            if has_changed:
                self._tell(_HOLD[change.is_on_hold], participant.record)
        if change.beeps_on_exit is not None:
            participant.plan = replace(participant.plan, beeps_on_exit=change.beeps_on_exit)
        if change.changes_wait:
            participant.wait_with(change.wait)
        if change.modifies:
            self._tell(ConferenceEvent.PARTICIPANT_MODIFY, participant.record)
        if change.announce is not None:
            participant.announce(change.announce)
        return participant.record

    def _check_coaching(self, participant: Participant, change: SeatChange) -> None:
        coached = change.coaches
        if coached is None:
            return
        other = self._participants.get(coached)
        if other is None or other is participant:
            raise JoinError(COACHED_ABSENT, f"{coached} is no other participant of the conference")
        if other.seat.is_held:
            raise JoinError(COACHED_HELD, f"{coached} is on hold")

    def _lay_routes(self) -> None:
        """Whoever coaches is heard by whom it coaches, while that one is there."""
        for participant in self._participants.values():
            coached = participant.record.call_sid_to_coach if participant.record.is_coaching else None
            other = None if coached is None else self._participants.get(coached)
            participant.coach(NOBODY if other is None else other.port_id)

    # Announcements to all

    def announce(self, target: Target) -> None:
        """Have a document heard by all who hear the conference, behind those that wait."""
        if len(self._announcements) >= ANNOUNCEMENTS_MAX:
            failure = f"{ANNOUNCEMENTS_MAX} announcements wait already"
            self._tell_announced(None, Announced(target, failure))
            return
        self._announcements.append(target)
        if self._announcing is None:
            self._announcing = asyncio.create_task(self._announce_all(), name="conference.announce")
            self._announcing.add_done_callback(self._handle_announced)

    async def _announce_all(self) -> None:
        while self._announcements and self._participants:
            target = self._announcements.popleft()
            try:
                desk = Desk(self._edges.media, self._room)
            except NoFreePortError as error:
                self._tell_announced(None, Announced(target, str(error)))
                continue
            performer = next(iter(self._participants.values())).performer
            results = (("ConferenceSid", self.sid), ("FriendlyName", self.record.friendly_name))
            try:
                failure = await performer.perform(target, results, desk.audio)
            finally:
                desk.close()
            self._tell_announced(None, Announced(target, failure))

    def _handle_announced(self, task: "asyncio.Task[None]") -> None:
        self._announcing = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("conference.announcement_failed", conference_sid=self.sid, exc_info=error)
            self._announcements.clear()

    # The recording

    def record_now(self, order: RecordingOrder) -> Recording | None:
        """Record from now on; None where it has not started, is over, or is recorded.

        Raises: RecordingError.
        """
        if self.record.status is not ConferenceStatus.IN_PROGRESS or self._live_recording is not None:
            return None
        self._live_recording = self._edges.recorder.begin_conference(self, self._desk.audio, order)
        return self._live_recording.recording

    def _record(self) -> None:
        if self._recording is None:
            return
        try:
            self.record_now(self._recording)
        except RecordingError as error:
            self.note(NOT_RECORDED, str(error))  # and they talk all the same

    def recording_began(self, recording: Recording) -> None:
        """One of it is under way."""
        log.info("conference.recording", conference_sid=self.sid, recording_sid=recording.sid)

    def recording_ended(self, recording: Recording, url: str) -> None:
        """It is whole."""
        del url
        log.info("conference.recorded", conference_sid=self.sid, recording_sid=recording.sid)

    # What is told

    def note(self, error_code: int, text: str) -> None:
        """Write a notification about it, with the call that came first."""
        call = CallOfNews(self._first_call_sid, self.record.account_sid)
        self._edges.ledger.note(call, error_code, f"Conference {self.sid}: {text}")

    def _tell(
        self,
        event: ConferenceEvent,
        participant: ParticipantRecord | None = None,
        *,
        departure: Departure | None = None,
    ) -> None:
        self._teller.tell(event, self.record, participant, departure=departure)

    def _tell_announced(self, participant: Participant | None, announced: Announced) -> None:
        if self.is_over:
            return
        event = ConferenceEvent.ANNOUNCEMENT_END
        if announced.failure is not None:
            event = ConferenceEvent.ANNOUNCEMENT_FAIL
        self._teller.tell(
            event,
            self.record,
            None if participant is None else participant.record,
            announce_url=announced.target.url,
            reason=announced.failure or "",
        )

    def _tell_speech(self, participant: Participant, begins: bool) -> None:
        start, stop = ConferenceEvent.PARTICIPANT_SPEECH_START, ConferenceEvent.PARTICIPANT_SPEECH_STOP
        if not self.is_over:
            self._tell(start if begins else stop, participant.record)

    def _write(self) -> None:
        try:
            self._edges.records.post(self.record)
        except StoreBusyError as error:
            log.error("conference.record_lost", conference_sid=self.sid, error=str(error))


_MUTE: Final = {True: ConferenceEvent.PARTICIPANT_MUTE, False: ConferenceEvent.PARTICIPANT_UNMUTE}
_HOLD: Final = {True: ConferenceEvent.PARTICIPANT_HOLD, False: ConferenceEvent.PARTICIPANT_UNHOLD}
