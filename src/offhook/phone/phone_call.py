"""One call of the phone: dial or be called, press, play, record, hang up.

A Leg and one task that reads its inbox; the caller awaits what it wants to know. Called by `phone/script.py`,
`cli/call.py`, `cli/phone.py` and the tests' phones.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from offhook.base.errors import PeerError
from offhook.base.ids import Chance
from offhook.call.audio import LegAudio, LegRecording
from offhook.call.destination import Attempt, Destination
from offhook.call.inbox import CallCommand, Inbox, ProgramEnded, RunProgram, SetTimeLimit
from offhook.call.leg import Leg
from offhook.call.leg_state import LegEnd, LegState
from offhook.call.message_carrier import MessageReceiver
from offhook.media.ports import Clip
from offhook.media.ports.engine import MediaEngine
from offhook.media.ports.event import MediaFailed, MediaTimedOut, RecordingEnded
from offhook.sip.invitation import Invitation
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.uri import SipUri
from offhook.transport.ports import SipEndpoint
from offhook.waiting.timeout import timeout

GOODBYE_S: Final = 1.0
"""How long the last BYE or CANCEL may take to be answered before the phone lets go."""


class CallNotAnsweredError(Exception):
    """The call was refused, timed out or could not be sent.

    end: why, with the SIP status if there was one.
    """

    def __init__(self, end: LegEnd) -> None:
        super().__init__(f"{end.sip_status or ''} {end.text}".strip())
        self.end = end


class CallEndedError(Exception):
    """The other side hung up before a step was done."""

    def __init__(self, end: LegEnd) -> None:
        super().__init__(end.text)
        self.end = end


class PhoneCall:
    """A call from `dial` or `take` to its end. Use as an async context manager: leaving it hangs up."""

    def __init__(
        self, endpoint: SipEndpoint, media: MediaEngine, chance: Chance, *, is_secure: bool = False
    ) -> None:
        """is_secure: whether it speaks SRTP and nothing else; else plain RTP and nothing else."""
        self._endpoint = endpoint
        self._is_secure = is_secure
        self._inbox = Inbox()
        self._leg = Leg(endpoint, media, chance, self._inbox.put)
        self._answered = asyncio.Event()
        self._ended = asyncio.Event()
        self._finished = asyncio.Event()
        self._recording: LegRecording | None = None
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def audio(self) -> LegAudio:
        """What it hears and says, once answered."""
        return self._leg.audio

    @property
    def is_audible(self) -> bool:
        """Whether the other side can be heard: it answered, or sends early media."""
        return self._leg.is_audible

    @property
    def end(self) -> LegEnd | None:
        """How it ended, once it has."""
        return self._leg.end if self._leg.is_ended else None

    async def dial(self, invitation: Invitation) -> None:
        """Send the INVITE.

        Raises: NoRouteError, NoFreePortError.
        """
        target: SipUri = invitation.next_hop or invitation.uri
        targets = await self._endpoint.locate(target)
        media_host = self._endpoint.media_host_towards(targets[0])
        destination = Destination(
            invitation.uri,
            tuple(each.as_uri for each in targets),
            is_transport_open=target.parameter("transport") is None,
        )
        self._leg.dial(Attempt(invitation, (destination,), media_host, self._is_secure))
        self._reading = asyncio.create_task(self._read())

    def take(self, session: InviteSession) -> None:
        """Become the call of a peer's INVITE, and ring.

        Raises: PeerError when its offer cannot be answered; it has then been refused.
        """
        self._leg.take(session)
        self._reading = asyncio.create_task(self._read())
        try:
            self._leg.consider_offer(is_secure=self._is_secure)
        except PeerError as error:
            self._leg.refuse(error.status or 488)
            self._note()
            raise
        self._leg.ring()

    def answer(self) -> None:
        """Accept the call that was taken; nothing happens when the caller has given up.

        Raises: NoFreePortError; it has then been refused with 503.
        """
        try:
            self._leg.answer()
        finally:
            self._note()

    async def answered(self) -> None:
        """Wait until the other side answers. Raises: CallNotAnsweredError."""
        await _first_of(self._answered.wait(), self._ended.wait())
        if not self._answered.is_set():
            raise CallNotAnsweredError(self._known_end())

    async def ended(self) -> LegEnd:
        """Wait until the call is over."""
        await self._ended.wait()
        return self._known_end()

    async def ended_within(self, seconds: float) -> bool:
        """Wait until the call is over, but not longer than that; whether it is."""
        with contextlib.suppress(TimeoutError):
            async with timeout(seconds):
                await self._ended.wait()
        return self._ended.is_set()

    async def press(self, digits: str) -> None:
        """Press keys: `0-9 * # A-D`, `w` waits 0.5 s, `W` 1 s.

        Raises: CallEndedError when the other side hung up meanwhile; ValueError for another character.
        """
        self._check_alive()
        await self._complete(self.audio.send_digits(digits))

    async def play(self, clip: Clip) -> None:
        """Play a clip to the other side. Raises: CallEndedError."""
        self._check_alive()
        await self._complete(self.audio.enqueue(clip))

    def hear_messages(self, receiver: MessageReceiver) -> None:
        """Give what the other side sends beside its audio to this one from now on."""
        self._leg.messages.listen(receiver)

    async def send_message(self, content: str) -> None:
        """Send a message, JSON that `check_content` lets pass, and wait until the other side has it.

        Raises: CallEndedError when the other side has hung up; CarrierError when it takes none, refuses this
        one or does not answer.
        """
        self._check_alive()
        await self._leg.messages.send(content)

    def record(self, path: Path) -> None:
        """Record what is heard from now to the end of the call.

        Raises: CallEndedError when the other side has hung up, which it may in one breath with its answer;
        OSError.
        """
        self._check_alive()
        self._recording = self.audio.record(path)

    async def recorded(self) -> RecordingEnded | None:
        """Wait until the recording's file is whole, after the call; None when nothing was recorded."""
        if self._recording is None:
            return None
        return await self._recording.whole

    async def hang_up(self) -> None:
        """End the call and wait until it is over."""
        self._inbox.put(CallCommand.END)
        await self._ended.wait()

    async def close(self) -> None:
        """Hang up if need be, let the other side answer that for a second, stop reading events."""
        if self._reading is None:
            return
        if not self._ended.is_set():
            await self.hang_up()
        await self.recorded()
        with contextlib.suppress(TimeoutError):  # a far end that is gone was told: that is all one can do
            async with timeout(GOODBYE_S):
                await self._finished.wait()
        self._reading.cancel()
        await asyncio.wait([self._reading])

    async def _complete(self, playback: "asyncio.Future[bool]") -> None:
        finished = await playback
        if not finished:
            await self._ended.wait()
            raise CallEndedError(self._known_end())

    def _check_alive(self) -> None:
        if self._leg.is_ended:
            raise CallEndedError(self._known_end())

    def _known_end(self) -> LegEnd:
        if self._leg.end is None:
            raise AssertionError("a leg that ended says why")
        return self._leg.end

    async def _read(self) -> None:
        while True:
            match await self._inbox.next():
                case CallCommand() | RunProgram() | SetTimeLimit() | ProgramEnded():
                    self._leg.hang_up()
                case MediaTimedOut() if self._leg.state is not LegState.ANSWERED:
                    pass  # early media: nobody has to speak before the answer
                case MediaTimedOut():
                    self._leg.hang_up(text="nothing was heard for too long")
                case MediaFailed():
                    self._leg.hang_up(text="the media core failed")
                case event:
                    self._leg.handle_event(event)
            self._note()

    def _note(self) -> None:
        """Wake who waits for what the leg has become."""
        if self._leg.state is LegState.ANSWERED:
            self._answered.set()
        if self._leg.is_ended:
            self._ended.set()
        if self._leg.is_finished:
            self._finished.set()


async def _first_of(*waits: Coroutine[object, None, object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
