"""The phones of all rows: those that call, and those that are called. Real SIP over UDP, real RTP.

One driver and one media engine for all that call, one driver for all that are called. A callee is known by
the user of the Request-URI, `<row>-<name>`.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import numpy as np

from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.base.redact import Secret
from offhook.call.audio import Keys, LegAudio
from offhook.call.inbox import Inbox, OwnerCommand
from offhook.call.leg import Leg
from offhook.media.native import NativeMediaEngine
from offhook.media.ports import Clip
from offhook.media.ports.engine import MediaEngine
from offhook.media.ports.event import RecordingEnded
from offhook.media.settings import Settings as MediaSettings
from offhook.phone.phone_call import CallEndedError, CallNotAnsweredError, PhoneCall
from offhook.sip.digest.algorithm import Algorithm, ha1
from offhook.sip.digest.credentials import Credentials
from offhook.sip.digest.server import DigestGate, Outcome
from offhook.sip.digest.settings import Settings as DigestSettings
from offhook.sip.event import Answered, Event, Invited, Unanswered
from offhook.sip.headers.authorization import Authorization
from offhook.sip.invitation import Invitation
from offhook.sip.message import Request
from offhook.sip.outgoing_request import OutgoingRequest, StandaloneRequest
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.settings import Settings as SipSettings
from offhook.sip.uri import SipUri
from offhook.sip.user_agent import UserAgent
from offhook.transport.driver import SipDriver
from offhook.transport.settings import Settings as TransportSettings
from tests.contract.twiml.row import (
    Act,
    Callee,
    Caller,
    Companion,
    Press,
    Refers,
    Row,
    Speak,
    Talk,
    Wait,
)
from tests.contract.twiml.seen import CalleeSide, Key, PhoneSide, Seen
from tests.support.another_voice import another_voice
from tests.support.office import OFFICE, PASSWORD
from tests.support.sound import RATE_HZ, read_wav, tone
from tests.support.transferee import following

REALM: Final = "callee.test"
USER: Final = "callee"
ANNOUNCES_AFTER_S: Final = 0.5


def now() -> float:
    """The loop's clock, by which everything here is noted."""
    return asyncio.get_running_loop().time()


@dataclass
class Studio:
    """Media, tones and a folder for what is heard."""

    folder: Path
    media: MediaEngine
    _numbers: "count[int]" = field(default_factory=count)
    _clips: dict[Talk | Speak, Clip] = field(default_factory=dict)

    def path(self) -> Path:
        """Where one more recording goes."""
        return self.folder / f"{next(self._numbers)}.wav"

    def clip(self, talk: Talk | Speak) -> Clip:
        """A tone of this length, or what is said."""
        if isinstance(talk, Speak) and talk not in self._clips:
            self._clips[talk] = self.media.decode_clip(another_voice(talk.text))
        elif isinstance(talk, Talk) and talk not in self._clips:
            samples = (tone(talk.hz) * 60)[: round(talk.lasts_s * RATE_HZ) * 2]
            self._clips[talk] = self.media.load_clip(samples, RATE_HZ)
        return self._clips[talk]

    async def act(self, leg: Leg, side: PhoneSide, does: tuple[Act, ...]) -> None:
        """Talk, press and transfer, one after the other, until all is done or the call has ended."""
        audio = leg.audio
        for each in does:
            if leg.is_ended:
                return
            if isinstance(each, Refers):
                side.refer = leg.referrals.ask(each.to)
            elif isinstance(each, Wait):
                await asyncio.sleep(each.lasts_s)
            elif not await self._sound(audio, each):
                return

    def _sound(self, audio: LegAudio, act: Talk | Speak | Press) -> "asyncio.Future[bool]":
        return audio.send_digits(act.keys) if isinstance(act, Press) else audio.enqueue(self.clip(act))


@contextmanager
def running_studio(folder: Path) -> Iterator[Studio]:
    """Open the media engine, close it at the end."""
    media = NativeMediaEngine(MediaSettings(ports_low=0, ports_high=0, workers=1))
    try:
        yield Studio(folder, media)
    finally:
        media.close()


def new_driver(product: str) -> SipDriver:
    """A driver on a free UDP port of loopback."""
    chance = SystemChance()
    settings = TransportSettings(listen=(("127.0.0.1", 0),))
    return SipDriver(UserAgent(SipSettings(product=product), chance), settings, SystemClock(), chance)


class Callers:
    """Places the rows' calls."""

    def __init__(self, studio: Studio, node_port: int) -> None:
        self._studio = studio
        self._node_port = node_port
        self.driver = new_driver("caller")

    async def open(self) -> None:
        """Listen; nobody calls it."""
        await self.driver.listen(_called_unexpectedly)

    async def call(self, index: int, row: Row, seen: Seen) -> None:
        """One row's calls, from dialling to their end; what a caller sees is noted at its side in `seen`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._call(f"row-{index}", row.caller, seen.caller))
            for name, companion in row.companions.items():
                side = seen.companions[name] = PhoneSide()
                group.create_task(self._join(f"row-{index}-{name}", companion, side))

    async def _join(self, user: str, companion: Companion, side: PhoneSide) -> None:
        await asyncio.sleep(companion.after_s)
        await self._call(user, companion, side)

    async def _call(self, user: str, caller: Caller, side: PhoneSide) -> None:
        path = self._studio.path()
        call = PhoneCall(self.driver, self._studio.media, SystemChance())
        if caller.follows is not None:
            phone = following(call._leg, self.driver, caller.follows)
            phone.on_asked = lambda event: side.referred_to.append(event.refer_to)
        side.began = now()
        async with call:
            await call.dial(
                Invitation(
                    uri=SipUri.parse(f"sip:{user}@app.sip.localhost"),
                    from_uri=SipUri.parse("sip:alice@caller.test"),
                    next_hop=SipUri.parse(f"sip:127.0.0.1:{self._node_port};transport=udp"),
                )
            )
            try:
                async with asyncio.timeout_at(side.began + caller.stays_s):
                    await call.answered()
                    side.answered = now()
                    call.record(path)
                    await _until_ended(call, self._studio, caller, side)
            except CallEndedError:
                side.heard = np.zeros(0)  # the node hung up as it answered
            except (TimeoutError, CallNotAnsweredError):
                await call.hang_up()
            side.end, side.ended = await call.ended(), side.ended or now()
            if await call.recorded() is not None:
                side.heard = read_wav(path)


async def _until_ended(call: PhoneCall, studio: Studio, caller: Caller, side: PhoneSide) -> None:
    with call.audio.collecting() as keys:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(_note_keys(keys, side))
            acting = group.create_task(studio.act(call._leg, side, caller.does))
            await call.ended()
            side.ended = now()
            listening.cancel()
            acting.cancel()


async def _note_keys(keys: Keys, side: PhoneSide) -> None:
    while True:
        digit = await keys.next()
        side.keys.append(Key(now(), digit))


def _called_unexpectedly(event: Event) -> None:
    raise AssertionError(f"a caller's phone is called: {event}")


@dataclass
class Invitee:
    """One callee of one row."""

    plan: Callee
    calls: list[CalleeSide] = field(default_factory=list)
    challenged: CalleeSide | None = None


class Callees:
    """Takes the calls that Dials make."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._tasks: set[asyncio.Task[None]] = set()
        self._registering: dict[OutgoingRequest, asyncio.Future[Answered | Unanswered]] = {}
        self._gate = DigestGate(DigestSettings(REALM), SystemChance())
        self.driver = new_driver("callee")
        self.known: dict[str, Invitee] = {}
        """By the user of the Request-URI."""

    async def open(self) -> None:
        """Listen."""
        await self.driver.listen(self._handle_event)

    async def register(self, user: str, node_port: int) -> None:
        """Register a user of the office, with a Contact that leads here."""
        answer: asyncio.Future[Answered | Unanswered] = asyncio.get_running_loop().create_future()
        request = StandaloneRequest(
            method="REGISTER",
            uri=SipUri.parse(f"sip:{OFFICE}"),
            from_uri=SipUri.parse(f"sip:{user}@{OFFICE}"),
            to_uri=SipUri.parse(f"sip:{user}@{OFFICE}"),
            next_hop=SipUri.parse(f"sip:127.0.0.1:{node_port};transport=udp"),
            headers=(("Contact", f"<sip:{user}@{self.address}>;expires=600"),),
            credentials=Credentials(user, Secret(PASSWORD)),
        )
        self._registering[self.driver.user_agent.request(request, self.driver.now())] = answer
        self.driver.flush()
        event = await answer
        assert isinstance(event, Answered), event
        assert event.response.status == 200, event.response

    async def finished(self) -> None:
        """Wait until every call that came is over. Raises: what went wrong in one."""
        await asyncio.gather(*self._tasks)

    @property
    def address(self) -> str:
        """Where it listens."""
        return str(self.driver.addresses[0])

    def _handle_event(self, event: Event) -> None:
        if isinstance(event, Answered | Unanswered):
            self._registering.pop(event.outgoing).set_result(event)
            return
        assert isinstance(event, Invited), event
        invitee = self.known[SipUri.parse(event.session.request.request_uri).username or ""]
        task = asyncio.create_task(self._take(event.session, invitee))
        self._tasks.add(task)

    async def _take(self, session: InviteSession, invitee: Invitee) -> None:
        inbox = Inbox()
        leg = Leg(self.driver, self._studio.media, SystemChance(), inbox.put)
        leg.take(session)
        side = invitee.challenged or CalleeSide(began=now())
        side.invites.append(session.request)
        plan = invitee.plan
        if plan.password and not self._knows(session.request, plan.password):
            invitee.challenged = side
            headers = tuple(("WWW-Authenticate", each) for each in self._gate.challenge(self.driver.now()))
            leg.refuse(401, headers=headers)
            return
        invitee.challenged = None
        invitee.calls.append(side)
        leg.consider_offer()
        leg.ring()
        await _Answerer(leg, inbox, plan, side, self._studio).run()

    def _knows(self, request: Request, password: str) -> bool:
        given = request.headers.get("Authorization")
        if given is None:
            return False

        def find_ha1(user: str, algorithm: Algorithm) -> list[str]:
            return [ha1(USER, REALM, password, algorithm)] if user == USER else []

        verdict = self._gate.check(
            Authorization.parse(given), request.method, find_ha1, self.driver.now(), source="127.0.0.1"
        )
        return verdict.outcome is Outcome.ACCEPTED


class _Answerer:
    """One call to a callee, from its ringing to its end."""

    def __init__(self, leg: Leg, inbox: Inbox, plan: Callee, side: CalleeSide, studio: Studio) -> None:
        self._leg = leg
        self._inbox = inbox
        self._plan = plan
        self._side = side
        self._studio = studio
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Ring, answer or refuse, talk, hang up."""
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(self._read())
            await self._behave()
            while not self._leg.is_finished:
                await self._next_news()
            reading.cancel()

    async def _read(self) -> None:
        while True:
            item = await self._inbox.next()
            assert not isinstance(item, OwnerCommand), "nobody commands a callee's leg"
            self._leg.handle_event(item)
            if self._leg.is_ended:
                self._note_end()
            self._news.set()

    async def _next_news(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _note_end(self) -> None:
        self._side.ended, self._side.end = self._side.ended or now(), self._leg.end

    async def _ring(self, until: float | None) -> bool:
        """Whether the caller has waited so long."""
        try:
            async with asyncio.timeout_at(until):
                while not self._leg.is_ended:
                    await self._next_news()
                return False
        except TimeoutError:
            return True

    async def _behave(self) -> None:
        plan = self._plan
        until = None if plan.rings_s is None else self._side.began + plan.rings_s
        if plan.announces is not None:
            if not await self._ring(self._side.began + ANNOUNCES_AFTER_S):
                return
            self._leg.open_early_media()
            self._leg.audio.enqueue(self._studio.clip(plan.announces))
        if not await self._ring(until):
            return
        if plan.status != 200:
            self._leg.refuse(plan.status, headers=plan.headers)
            self._note_end()
            return
        path = self._studio.path()
        self._leg.answer(headers=plan.headers)
        self._side.answered = now()
        recording = self._leg.audio.record(path)
        try:
            async with asyncio.timeout(plan.stays_s):
                await self._talk(recording.whole)
        except TimeoutError:
            self._leg.hang_up()
            self._note_end()
        await recording.whole
        self._side.heard = read_wav(path)

    async def _talk(self, until: "asyncio.Future[RecordingEnded]") -> None:
        with self._leg.audio.collecting() as keys:
            listening = asyncio.ensure_future(_note_keys(keys, self._side))
            acting = asyncio.ensure_future(self._studio.act(self._leg, self._side, self._plan.does))
            try:
                await asyncio.shield(until)
            finally:
                listening.cancel()
                acting.cancel()
                await asyncio.wait([listening, acting])
