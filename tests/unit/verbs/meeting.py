"""Callers of a small exchange who meet in a conference, and what was told of it."""

import asyncio
from collections.abc import Awaitable, Callable

from offhook.conference.conference import Conference
from offhook.media.ports.room import MemberPlan
from offhook.model.conference import ConferenceStatus
from offhook.model.conference import Participant as ParticipantRecord
from offhook.phone.phone_call import PhoneCall
from offhook.webhook.callback import parameters_of
from offhook.webhook.ports import ConferenceNews
from tests.support.memory_store import ACCOUNT
from tests.support.silent_media import SilentPort, SilentRoom
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
DONE = "http://app.test/done"
WAIT = "http://app.test/wait"
HOLD = "http://app.test/hold"
NEWS = "http://app.test/news"
ALL = "start end join leave mute hold modify speaker announcement"
TOLD = f"statusCallback='{NEWS}' statusCallbackEvent='{ALL}'"
SHELF: dict[str, str | int] = {
    DONE: "<Response><Say>Done.</Say></Response>",
    WAIT: "<Response><Say>Please wait.</Say></Response>",
    HOLD: "<Response><Say>On hold.</Say></Response>",
}
TALKS = MemberPlan()
WAITS = MemberPlan(is_heard=False, hears=False)


class Meeting:
    """Callers of one exchange, who meet in `room` unless their document says otherwise."""

    def __init__(self, small: SmallExchange) -> None:
        self.small = small
        self.callers: list[PhoneCall] = []

    async def call(self, attributes: str = "", dial: str = "", name: str = "room") -> PhoneCall:
        """One more of them, who has joined when this returns."""
        noun = f"<Conference {attributes}>{name}</Conference>"
        self.small.bookshelf.documents[VOICE] = (
            f"<Response><Dial {dial}>{noun}</Dial><Say>After.</Say></Response>"
        )
        caller = await self.small.call()
        self.callers.append(caller)
        await asyncio.sleep(0.5)
        return caller

    @property
    def conference(self) -> Conference:
        found = self.small.conferences.find(ACCOUNT.sid, "room")
        assert found is not None
        return found

    @property
    def room(self) -> SilentRoom:
        return self.small.media.rooms[-1]

    @property
    def ports(self) -> list[SilentPort]:
        """Of the callers, in the order in which they called."""
        return [port for port in self.small.media.ports if port.plan is not None]

    @property
    def plans(self) -> list[MemberPlan | None]:
        """What each caller may do in the room; None of one that is not there."""
        return [self.room.members.get(port.port_id) for port in self.ports]

    def hears_its_own(self, caller: int) -> bool:
        """Whether something plays that one caller alone hears."""
        return self.ports[caller].is_playing

    @property
    def desk(self) -> SilentPort:
        return next(port for port in self.small.media.ports if port.plan is None)

    @property
    def people(self) -> list[ParticipantRecord]:
        return list(self.conference.participants())

    @property
    def told(self) -> list[dict[str, str]]:
        news = [each for each in self.small.bookshelf.delivered if isinstance(each, ConferenceNews)]
        return [dict(parameters_of(each)) for each in news]

    @property
    def events(self) -> list[str]:
        return [each["StatusCallbackEvent"] for each in self.told]

    def statuses(self) -> list[ConferenceStatus]:
        return [each.status for each in self.small.store.conferences.history]


def meet(act: Callable[[Meeting], Awaitable[None]], **shelf: str | int) -> Meeting:
    """What callers do, until all of them have hung up."""

    async def scenario() -> Meeting:
        documents = {**SHELF, **{f"http://app.test/{name}": text for name, text in shelf.items()}}
        async with small_exchange(documents, conferences_max=2) as small:
            meeting = Meeting(small)
            await act(meeting)
            for caller in meeting.callers:
                await caller.hang_up()
            assert await small.exchange.drain(60)
            await asyncio.sleep(5)
            assert len(small.conferences) == 0, "a conference is still there"
            assert all(room.is_closed for room in small.media.rooms)
        return meeting

    return run(scenario())
