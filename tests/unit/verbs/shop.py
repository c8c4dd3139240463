"""A queue of a small exchange: who waits in it, the agents who dial it, and what happened."""

import asyncio
from collections.abc import Awaitable, Callable

from offhook.model.call import Call as CallRecord
from offhook.model.queue import Queue as QueueRecord
from offhook.phone.phone_call import PhoneCall
from offhook.verbs.runner import InlineDocument
from tests.support.callee import Callee
from tests.support.memory_store import ACCOUNT, MOMENT
from tests.support.silent_media import SilentPort
from tests.support.small_exchange import SmallExchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import office, wanted

VOICE = "http://app.test/voice"
WAIT = "http://app.test/wait"
DONE = "http://app.test/done"
SERVED = "http://app.test/served"
BEFORE = "http://app.test/before"
ELSEWHERE = "http://app.test/elsewhere"
AFTER = "<Say>After.</Say>"
QUEUE = QueueRecord("QU" + "9" * 32, ACCOUNT.sid, "support", 100, MOMENT, MOMENT)
ENQUEUE = "<Enqueue action='/done' waitUrl='/wait'>support</Enqueue>"
DIAL = "<Dial action='http://app.test/served'><Queue>support</Queue></Dial>"
PATIENT: dict[str, str | int] = {WAIT: "<Response><Say>Please hold.</Say><Pause length='20'/></Response>"}


class Shop:
    """A node, its agents' phones, and what happened."""

    def __init__(self, small: SmallExchange, phones: list[Callee]) -> None:
        self.small = small
        self.phones = phones

    def call_agent(self, index: int = 0, dial: str = DIAL) -> CallRecord:
        """Call an agent, whose document dials the queue."""
        start = InlineDocument(f"<Response>{dial}<Say>Next.</Say></Response>")
        to = f"sip:agent{index}@{self.phones[index].address}"
        return self.small.exchange.place(wanted(to, start=start))

    async def agent(self, index: int = 0, dial: str = DIAL) -> CallRecord:
        """An agent who has answered and dials the queue."""
        record = self.call_agent(index, dial)
        leg = await self.phones[index].ringing()
        leg.answer()
        await asyncio.sleep(0.1)
        return record

    def told(self, url: str) -> dict[str, str]:
        """What the only request for a URL was told."""
        (asked,) = [asked for asked in self.small.bookshelf.asked if asked.url == url]
        return dict(asked.results)

    def asked(self, url: str) -> int:
        return [asked.url for asked in self.small.bookshelf.asked].count(url)

    @property
    def waiting(self) -> int:
        """How many wait in the queue."""
        queue = self.small.queues.live(self.sid)
        return 0 if queue is None else len(queue)

    @property
    def sid(self) -> str:
        (queue,) = self.small.store.queues.known.values()
        return queue.sid

    @property
    def pairs(self) -> int:
        """How many ports are joined to another one, two by two."""
        return sum(port.joined_to is not None for port in self.small.media.ports) // 2


Act = Callable[[Shop, PhoneCall], Awaitable[None]]


def in_shop(
    act: Act,
    document: str = ENQUEUE,
    agents: int = 1,
    documents: dict[str, str | int] | None = None,
    *,
    known: QueueRecord | None = None,
) -> Shop:
    """A caller whose document is this; `act` is what everybody does."""

    async def scenario() -> Shop:
        shelf: dict[str, str | int] = {
            VOICE: f"<Response>{document}{AFTER}</Response>",
            DONE: "<Response><Say>Done.</Say></Response>",
            SERVED: "<Response><Say>Served.</Say></Response>",
            ELSEWHERE: "<Response><Say>Elsewhere.</Say></Response>",
            **PATIENT,
            **(documents or {}),
        }
        async with office(*range(40, 40 + agents), documents=shelf) as (small, phones):
            if known is not None:
                small.store.queues.known[known.sid] = known
            shop = Shop(small, phones)
            caller = await small.call()
            await act(shop, caller)
            await caller.hang_up()
            for phone in phones:
                for leg in phone.legs:
                    leg.hang_up()
            assert await small.exchange.drain(60)
        assert small.queues._live == {}, "nobody is in a queue any more"
        return shop

    return run(scenario())


async def joined(shop: Shop, port: SilentPort) -> SilentPort:
    assert port.joined_to is not None
    return port.joined_to


WHISPER = DIAL.replace("<Queue>", "<Queue url='http://app.test/before'>")
