"""Participant: a call's seat in a conference, what its peer hears, and whom it is heard by.

    what it hears:  waiting -> the wait document, once, then silence
                    held    -> the hold document, or the music of the node
                    talking -> the others
                    an announcement breaks off the first two and comes on top of the third

Made by `conference.py`, which alone changes it. `run` is awaited by whoever holds the call
(`verbs/dial_conference.py`). States: `states.py`. Source: reference/twiml 6.7.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from offhook.call.call import Call
from offhook.conference.performer import Performer
from offhook.conference.plan import SeatPlan, Target
from offhook.conference.states import SEATS, Seat, SeatInput
from offhook.media.ports import MediaBusyError
from offhook.media.ports.event import VoiceStarted
from offhook.media.ports.room import MemberPlan, Room
from offhook.model.conference import Participant as ParticipantRecord

ANNOUNCEMENTS_MAX: Final = 16
"""Announcements to one participant, or to all, that wait for their turn; further ones fail."""
NOBODY: Final = 0
"""Id of no port: whoever coaches it is heard by nobody."""
PAUSE_OF_SPEECH_S: Final = 0.5
"""Silence that ends what somebody says, as told to who listens for speakers. Ours."""


@dataclass(frozen=True, slots=True)
class Announced:
    """How an announcement ended."""

    target: Target
    failure: str | None
    """Why it was not heard; None when it was."""


class Participant:
    """See the head of the file."""

    def __init__(
        self,
        call: Call,
        plan: SeatPlan,
        room: Room,
        performer: Performer,
        record: ParticipantRecord,
        *,
        tell_announced: Callable[["Participant", Announced], None],
        tell_speech: "Callable[[Participant, bool], None] | None",
        give_up: "Callable[[Participant, str], None]",
    ) -> None:
        """Make it; `enter` lets it in.

        tell_announced: told of each announcement's end. tell_speech: told when its peer begins and ends to
        speak; None is not told. give_up: told when its wait document failed, and why.
        """
        self.call = call
        self.plan = plan
        self.performer = performer
        self.seat = Seat.WAITING
        self.gone = asyncio.Event()
        """Set once it has left, or was made to."""
        self.failure: str | None = None
        """Why it could not stay, where that was its own fault."""
        self._record = record
        self._room = room
        self._tell_announced = tell_announced
        self._tell_speech = tell_speech
        self._give_up = give_up
        self._hold: Target | None = None
        self._wait = plan.wait
        self._coached_port = NOBODY
        self._hears_early = False
        self._announcements: deque[Target] = deque()
        self._news = asyncio.Event()

    @property
    def record(self) -> ParticipantRecord:
        """As of now."""
        return replace(
            self._record,
            call_status=self.call.record.status,
            is_on_hold=self.seat.is_held if self.seat is not Seat.GONE else self._record.is_on_hold,
        )

    @property
    def port_id(self) -> int:
        """Of its call's port."""
        port = self.call.leg.media.port
        return NOBODY if port is None else port.port_id

    @property
    def _member_plan(self) -> MemberPlan:
        talks = self.seat is Seat.TALKING
        return MemberPlan(
            is_heard=talks and not self._record.is_muted,
            hears=talks or (self._hears_early and self.seat is Seat.WAITING),
            coaches=self._coached_port if self._record.is_coaching else None,
            jitter_buffer=self.plan.jitter_buffer,
        )

    # What the conference does with it

    def enter(self) -> None:
        """Into the room, where it waits."""
        self.call.leg.media.enter(self._room, self._member_plan)

    def start(self) -> None:
        """The conference starts."""
        self._step(SeatInput.STARTED)

    def hold(self, target: Target | None) -> bool:
        """Hear `target` alone from now on, None the music; whether it was not on hold before."""
        was_held = self.seat.is_held
        self._hold = target
        self._step(SeatInput.HOLD)
        if was_held:
            self._news.set()  # another document
        return not was_held

    def unhold(self) -> bool:
        """Be back; whether it was on hold."""
        return self._step(SeatInput.UNHOLD)

    def change(self, record: ParticipantRecord) -> None:
        """Have another record: muted, coaching, what its leaving does."""
        self._record = record
        self.apply()

    def coach(self, port_id: int) -> None:
        """Whom it coaches has this port; `NOBODY` when that one is not there."""
        self._coached_port = port_id
        self.apply()

    def hear_early(self, *, is_there: bool) -> None:
        """Whether somebody who is dialled can be heard: who waits hears that on top of its music."""
        self._hears_early = is_there
        self.apply()

    def wait_with(self, target: Target | None) -> None:
        """Hear another wait document, from its beginning, while it waits."""
        self._wait = target
        if self.seat is Seat.WAITING:
            self._news.set()

    def announce(self, target: Target) -> None:
        """Have a document heard, behind those that wait."""
        if len(self._announcements) >= ANNOUNCEMENTS_MAX:
            failure = f"{ANNOUNCEMENTS_MAX} announcements to it wait already"
            self._tell_announced(self, Announced(target, failure))
            return
        self._announcements.append(target)
        self._news.set()

    def leave(self) -> bool:
        """Out of the room; whether it was there."""
        was_held = self.seat.is_held
        if not self._step(SeatInput.LEAVE):
            return False
        self._record = replace(self._record, is_on_hold=was_held)  # its seat tells no more
        self.call.leg.media.leave(self._room)
        self.gone.set()
        return True

    def apply(self) -> None:
        """Have the room know what it may do now."""
        if self.seat is not Seat.GONE:
            self.call.leg.media.change_in(self._room, self._member_plan)

    def _step(self, step: SeatInput) -> bool:
        seat = SEATS[self.seat, step]
        if seat is None:
            return False
        self.seat = seat
        self.apply()
        self._news.set()
        return True

    # What it hears beside the room

    async def run(self) -> None:
        """Have its documents heard until it has left; cancelling stops what plays."""
        following = self._start_following()
        try:
            while not self.gone.is_set():
                self._news.clear()
                if self._announcements:
                    await self._announce(self._announcements.popleft())
                else:
                    await self._hear()
        finally:
            if following is not None:
                following.cancel()
                await asyncio.wait([following])

    async def _announce(self, target: Target) -> None:
        failure = await self.performer.perform(target, self._results)
        self._tell_announced(self, Announced(target, failure))

    @property
    def _results(self) -> tuple[tuple[str, str], ...]:
        return (("ConferenceSid", self._record.conference_sid),)

    async def _hear(self) -> None:
        """The document of its seat, until there is news."""
        seat = self.seat
        target = self._hold if seat.is_held else self._wait
        if seat in (Seat.TALKING, Seat.GONE) or (target is not None and not target.url):
            await self._news.wait()
            return
        hearing = asyncio.ensure_future(self.performer.perform(target, self._results))
        news = asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait([hearing, news], return_when=asyncio.FIRST_COMPLETED)
            if not hearing.done():
                return
            failure = hearing.result()
            if failure is not None and seat is Seat.WAITING:
                self._give_up(self, failure)
            await news  # it ran out: silence follows
        finally:
            news.cancel()
            hearing.cancel()
            await asyncio.wait([hearing])  # it falls silent before anything else is heard

    def _start_following(self) -> "asyncio.Task[None] | None":
        if self._tell_speech is None:
            return None
        return asyncio.create_task(self._follow_speech(self._tell_speech), name="conference.speech")

    async def _follow_speech(self, tell: "Callable[[Participant, bool], None]") -> None:
        """Tell of what the others hear: who is muted, held or waits says nothing to them."""
        speaks = False
        try:
            with self.call.leg.audio.following_voice(PAUSE_OF_SPEECH_S) as voices:
                while True:
                    begins = isinstance(await voices.get(), VoiceStarted)
                    if begins != speaks and (speaks or self._member_plan.is_heard):
                        speaks = begins
                        tell(self, begins)
        except MediaBusyError as error:
            self.call.note(12400, f"whether the participant speaks cannot be told: {error}")
