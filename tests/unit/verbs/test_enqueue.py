"""`<Enqueue>` and `<Dial><Queue>` in virtual time: who waits, who is taken, what both actions are told."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from offhook.model.call import Call as CallRecord
from offhook.model.queue import Queue as QueueRecord
from offhook.phone.phone_call import PhoneCall
from offhook.queue.queues import QueueNotEmptyError, Settings
from offhook.store.ports import StoreBusyError
from offhook.switchboard.update_call import CallUpdate
from offhook.verbs.runner import InlineDocument
from offhook.verbs.verb import GoTo
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


def test_the_caller_waits_and_talks_with_who_dials_the_queue() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(30)
        assert shop.waiting == 1
        agent = await shop.agent()
        await asyncio.sleep(12)
        assert (shop.waiting, shop.pairs) == (0, 1)
        assert not shop.small.media.ports[0].is_playing, "the wait document is over"
        shop.phones[0].legs[0].hang_up()
        await asyncio.sleep(1)
        told, served = shop.told(DONE), shop.told(SERVED)
        assert told == {"QueueResult": "bridged", "QueueSid": shop.sid, "QueueTime": "30"}
        member = shop.small.store.calls.history[0].sid
        assert served == {
            "DialCallStatus": "completed",
            "DialBridged": "true",
            "DialCallSid": member,
            "QueueSid": shop.sid,
            "QueueTime": "30",
            "DequeingCallSid": agent.sid,
            "DialCallDuration": "12",
        }

    shop = in_shop(act)
    assert shop.small.voice.texts == ["Please hold.", "Done."]
    assert shop.small.store.notifications.codes == []


def test_the_agent_goes_on_when_the_caller_hangs_up() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await shop.agent()
        await asyncio.sleep(5)
        await caller.hang_up()
        await asyncio.sleep(1)
        assert shop.told(DONE)["QueueResult"] == "bridged"
        assert shop.told(SERVED)["DialCallStatus"] == "completed"
        assert shop.phones[0].legs[0].end is None or shop.small.voice.texts[-1] == "Served."

    shop = in_shop(act)
    assert shop.small.voice.texts == ["Please hold.", "Served."]


def test_without_actions_both_go_on_with_the_next_verb() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await shop.agent(dial="<Dial timeLimit='5'><Queue>support</Queue></Dial>")
        await asyncio.sleep(10)

    shop = in_shop(act, "<Enqueue waitUrl=''>support</Enqueue>")
    assert sorted(shop.small.voice.texts) == ["After.", "Next."]


def test_the_wait_document_is_told_where_the_caller_stands() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(10)
        second = await shop.small.call()
        await asyncio.sleep(30)
        await second.hang_up()
        first = shop.small.store.calls.history[0].sid
        told = [dict(a.results) for a in shop.small.bookshelf.asked if a.url == WAIT]
        of = [a.call.sid for a in shop.small.bookshelf.asked if a.url == WAIT]
        assert told[0] == {
            "QueuePosition": "1",
            "QueueSid": shop.sid,
            "QueueTime": "0",
            "AvgQueueTime": "0",
            "CurrentQueueSize": "1",
            "MaxQueueSize": "100",
        }
        (other,) = [each for each, sid in zip(told, of, strict=True) if sid != first][:1]
        assert (other["QueuePosition"], other["CurrentQueueSize"]) == ("2", "2")
        assert other["AvgQueueTime"] == "5"
        again = [each for each, sid in zip(told, of, strict=True) if sid == first][1]
        assert (again["QueuePosition"], again["CurrentQueueSize"]) == ("1", "2")
        assert int(again["QueueTime"]) >= 20

    in_shop(act)


@pytest.mark.parametrize(
    ("wait_url", "plays"), [("", False), (None, True)], ids=["empty is silence", "absent is our music"]
)
def test_what_is_heard_without_a_wait_document(wait_url: str | None, plays: bool) -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(100)
        (port,) = shop.small.media.ports
        assert port.is_playing is plays
        assert [clip.duration_ms for clip in port.played] == [16_000] * plays
        assert len(shop.small.bookshelf.asked) == 1

    attribute = "" if wait_url is None else f"waitUrl='{wait_url}'"
    in_shop(act, f"<Enqueue {attribute}>support</Enqueue>")


def test_agents_are_served_in_the_order_in_which_they_dial_and_wait_with_a_ringback() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await caller.hang_up()  # the queue exists now
        agents = [await shop.agent(index) for index in range(2)]
        await asyncio.sleep(3)
        assert all(port.is_playing for port in shop.small.media.ports[1:]), "they hear it ring"
        for number in range(2):
            await shop.small.call()
            await asyncio.sleep(1)
            assert shop.pairs == number + 1
            assert shop.small.media.ports[1 + number].joined_to is shop.small.media.ports[3 + number]
        for call in shop.small.calls:
            await call.hang_up()
        await asyncio.sleep(1)
        served = [dict(a.results) for a in shop.small.bookshelf.asked if a.url == SERVED]
        assert [each["DequeingCallSid"] for each in served] == [agent.sid for agent in agents]

    in_shop(act, agents=2)


def test_nobody_comes_within_the_timeout() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await caller.hang_up()
        await shop.agent(dial=DIAL.replace("<Dial", "<Dial timeout='10'"))
        await asyncio.sleep(14)
        assert shop.asked(SERVED) == 0
        await asyncio.sleep(3)
        assert shop.told(SERVED) == {"DialCallStatus": "no-answer", "DialBridged": "false"}

    in_shop(act)


def test_a_queue_that_nobody_made_fails() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await shop.agent(dial=DIAL.replace("support", "sales"))
        await asyncio.sleep(1)
        assert shop.told(SERVED) == {"DialCallStatus": "failed", "DialBridged": "false"}

    in_shop(act)


def test_the_star_of_the_agent_ends_the_wait_and_the_talk() -> None:
    dial = DIAL.replace("<Dial", "<Dial hangupOnStar='true'")

    async def act(shop: Shop, caller: PhoneCall) -> None:
        await shop.agent(0, dial)
        await asyncio.sleep(5)
        assert shop.pairs == 1
        shop.small.media.ports[0].press("*")
        await asyncio.sleep(1)
        assert shop.pairs == 1, "the member's star does nothing"
        shop.small.media.ports[1].press("1*")
        await asyncio.sleep(1)
        assert shop.told(DONE)["QueueResult"] == "bridged"
        assert shop.told(SERVED)["DialCallStatus"] == "completed"
        await shop.agent(1, dial.replace("served", "done"))
        await asyncio.sleep(5)
        shop.small.media.ports[2].press("*")
        await asyncio.sleep(1)
        told = [dict(a.results) for a in shop.small.bookshelf.asked if a.url == DONE][-1]
        assert told["DialCallStatus"] == "canceled"

    in_shop(act, agents=2)


# The document before the bridge

WHISPER = DIAL.replace("<Queue>", "<Queue url='http://app.test/before'>")


def test_the_caller_hears_a_document_before_the_bridge() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(7)
        agent = await shop.agent(dial=WHISPER)
        await asyncio.sleep(3)
        assert shop.pairs == 0
        assert shop.told(BEFORE) == {
            "QueueSid": shop.sid,
            "QueueTime": "7",
            "DequeingCallSid": agent.sid,
        }
        (asked,) = [asked for asked in shop.small.bookshelf.asked if asked.url == BEFORE]
        assert asked.call.sid == shop.small.store.calls.history[0].sid
        await asyncio.sleep(4)
        assert shop.pairs == 1

    in_shop(act, documents={BEFORE: "<Response><Pause length='5'/></Response>"})


def test_a_document_before_the_bridge_that_fails_does_not_keep_the_two_apart() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await shop.agent(dial=WHISPER)
        await asyncio.sleep(3)
        assert shop.pairs == 1

    shop = in_shop(act, documents={BEFORE: 11200})
    assert shop.small.store.notifications.codes == [11200]


def test_who_hangs_up_before_the_bridge_is_followed_by_the_next_one() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(1)
        await shop.small.call()
        await asyncio.sleep(1)
        await shop.agent(dial=WHISPER)
        await asyncio.sleep(2)
        await caller.hang_up()
        await asyncio.sleep(7)
        assert shop.told(DONE)["QueueResult"] == "bridging-in-process"
        assert shop.pairs == 1
        assert shop.small.media.ports[1].joined_to is shop.small.media.ports[2]

    in_shop(act, documents={BEFORE: "<Response><Pause length='5'/></Response>"})


def test_an_agent_who_hangs_up_before_the_bridge_leaves_the_caller_at_the_front() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(1)
        await shop.agent(dial=WHISPER)
        await asyncio.sleep(2)
        assert shop.waiting == 0
        shop.phones[0].legs[0].hang_up()
        await asyncio.sleep(1)
        assert shop.waiting == 1
        assert shop.small.voice.texts[-1] == "Please hold.", "the wait goes on"
        assert shop.told(SERVED)["DialBridged"] == "false"
        await shop.agent(1)
        await asyncio.sleep(1)
        assert shop.pairs == 1

    in_shop(act, agents=2, documents={BEFORE: "<Response><Pause length='9'/></Response>"})


def test_the_timeout_of_the_agent_is_over_once_somebody_is_taken() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await shop.agent(dial=WHISPER.replace("<Dial", "<Dial timeout='5'"))
        await asyncio.sleep(25)
        assert shop.pairs == 0, "the caller still hears the document before the bridge"
        await asyncio.sleep(10)
        assert shop.pairs == 1

    in_shop(act, documents={BEFORE: "<Response><Pause length='30'/></Response>"})


def test_who_talks_still_does_not_take_a_queue_away_in_which_others_wait() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await shop.agent()
        await asyncio.sleep(1)
        assert shop.pairs == 1
        await shop.agent(1, DIAL.replace("<Dial", "<Dial timeout='5'"))
        await asyncio.sleep(12)  # nobody came: nobody is in the queue now
        second = await shop.small.call()
        await asyncio.sleep(1)
        assert shop.waiting == 1
        await caller.hang_up()
        await asyncio.sleep(1)
        assert shop.waiting == 1
        await second.hang_up()

    in_shop(act, agents=2)


# Other ends


def test_a_caller_who_hangs_up_has_left() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(8)
        await caller.hang_up()
        await asyncio.sleep(1)
        assert shop.waiting == 0
        assert shop.told(DONE) == {"QueueResult": "hangup", "QueueSid": shop.sid, "QueueTime": "8"}

    assert in_shop(act).small.voice.texts == ["Please hold."]


def test_leave_goes_on_at_once() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(6)
        assert shop.told(DONE) == {"QueueResult": "leave", "QueueSid": shop.sid, "QueueTime": "5"}

    shop = in_shop(act, documents={WAIT: "<Response><Pause length='5'/><Leave/></Response>"})
    assert shop.small.voice.texts == ["Done."]


def test_a_hangup_in_the_wait_document_ends_the_call() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await caller.ended()
        await asyncio.sleep(1)
        assert shop.told(DONE)["QueueResult"] == "hangup"

    shop = in_shop(act, documents={WAIT: "<Response><Hangup/></Response>"})
    assert shop.small.voice.texts == []


@pytest.mark.parametrize(
    ("wait", "code"),
    [(11200, 11200), (11750, 11750), ("<Response><Redirect/></Response>", 11215)],
    ids=["not there", "64 kB and a byte", "a loop"],
)
def test_a_wait_document_that_fails_is_an_error(wait: str | int, code: int) -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(1)
        assert shop.told(DONE)["QueueResult"] == "error"

    shop = in_shop(act, documents={WAIT: wait})
    assert shop.small.voice.texts == ["Done."]
    assert shop.small.store.notifications.codes == [code]


def test_a_verb_that_may_not_stand_there_leaves_silence_and_the_caller_in_the_line() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(100)
        assert shop.waiting == 1
        assert not shop.small.media.ports[0].is_playing
        await shop.agent()
        await asyncio.sleep(1)
        assert shop.pairs == 1

    shop = in_shop(act, documents={WAIT: "<Response><Record/></Response>"})
    assert shop.small.store.notifications.codes == [13238]
    assert shop.asked(WAIT) == 1


@pytest.mark.parametrize("is_bridged", [False, True], ids=["waiting", "talking"])
def test_an_update_over_the_api_takes_the_caller_out(is_bridged: bool) -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(4)
        if is_bridged:
            await shop.agent()
        await asyncio.sleep(1)
        update = CallUpdate(start=GoTo(ELSEWHERE, "POST"))
        sid = shop.small.store.calls.history[0].sid
        assert await shop.small.exchange.update(ACCOUNT.sid, sid, update) is not None
        await asyncio.sleep(1)
        result = shop.told(DONE)["QueueResult"]
        assert result == ("redirected-from-bridged" if is_bridged else "redirected")
        assert shop.waiting == 0
        assert shop.asked(SERVED) == is_bridged

    shop = in_shop(act)
    assert "Elsewhere." in shop.small.voice.texts
    assert "Done." not in shop.small.voice.texts, "nobody runs the answer"


def test_a_full_queue_takes_nobody() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        second = await shop.small.call()
        await asyncio.sleep(1)
        assert shop.told(DONE) == {"QueueResult": "queue-full"}
        await second.hang_up()
        assert shop.waiting == 1

    shop = in_shop(act, ENQUEUE.replace("<Enqueue", "<Enqueue maxQueueSize='1'"))
    assert shop.small.store.notifications.codes == [14207]
    (queue,) = shop.small.store.queues.known.values()
    assert queue.max_size == 1


def test_a_queue_that_exists_keeps_its_size() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(1)
        assert shop.told(WAIT)["MaxQueueSize"] == "100"

    in_shop(act, ENQUEUE.replace("<Enqueue", "<Enqueue maxQueueSize='1'"), known=QUEUE)


@pytest.mark.parametrize(
    ("enqueue", "code"),
    [
        ("<Enqueue action='/done' method='PUT'>support</Enqueue>", 14201),
        ("<Enqueue action='/done' waitUrl='http://'>support</Enqueue>", 14202),
        ("<Enqueue action='/done'/>", 14204),
        (f"<Enqueue action='/done'>{'q' * 65}</Enqueue>", 14205),
        ("<Enqueue action='/done' waitUrlMethod='PUT'>support</Enqueue>", 14206),
        ("<Enqueue action='/done' workflowSid='WW1'/>", 14204),
    ],
)
def test_a_fault_of_the_verb_is_an_error(enqueue: str, code: int) -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(1)
        assert shop.told(DONE) == {"QueueResult": "error"}

    shop = in_shop(act, enqueue)
    assert shop.small.store.notifications.codes[0] == code
    assert shop.small.store.queues.known == {}


def test_an_action_that_is_no_url_leaves_the_next_verb() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(1)

    shop = in_shop(act, "<Enqueue action='http://'>support</Enqueue>")
    assert shop.small.store.notifications.codes == [14203]
    assert shop.small.voice.texts == ["After."]


def test_a_database_that_does_not_answer_is_a_system_error() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        shop.small.store.queues.is_busy = True
        second = await shop.small.call()
        await asyncio.sleep(1)
        assert shop.told(DONE) == {"QueueResult": "system-error"}
        await second.hang_up()
        await shop.agent()
        await asyncio.sleep(1)
        assert shop.told(SERVED)["DialCallStatus"] == "failed"

    assert in_shop(act).small.store.notifications.codes == [12400, 12400]


def test_who_hangs_up_before_they_are_in_the_queue_is_a_system_error() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await caller.hang_up()
        await asyncio.sleep(1)
        queues = shop.small.store.queues
        find_named = queues.find_named

        async def slowly(account_sid: str, friendly_name: str) -> QueueRecord | None:
            await asyncio.sleep(5)
            return await find_named(account_sid, friendly_name)

        queues.find_named = slowly  # type: ignore[method-assign]
        shop.small.bookshelf.asked.clear()
        second = await shop.small.call()
        await asyncio.sleep(1)
        await second.hang_up()
        await asyncio.sleep(1)
        assert shop.told(DONE) == {"QueueResult": "system-error"}

    in_shop(act)


def test_a_smaller_size_leaves_those_who_wait_and_takes_nobody_more() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await shop.small.call()
        (record,) = shop.small.store.queues.known.values()
        await shop.small.queues.update(replace(record, max_size=1))
        third = await shop.small.call()
        await third.ended()
        assert shop.told(DONE) == {"QueueResult": "queue-full"}
        assert shop.waiting == 2
        for call in shop.small.calls:
            await call.hang_up()

    in_shop(act)


@pytest.mark.parametrize("code", [14210, 14211, 14212, 14213])
def test_a_fault_of_the_noun_fails_the_dial(code: int) -> None:
    noun = {
        14210: "<Queue method='PUT' url='/before'>support</Queue>",
        14211: "<Queue url='http://'>support</Queue>",
        14212: "<Queue/>",
        14213: f"<Queue>{'q' * 65}</Queue>",
    }[code]

    async def act(shop: Shop, caller: PhoneCall) -> None:
        await shop.agent(dial=f"<Dial action='http://app.test/served'>{noun}</Dial>")
        await asyncio.sleep(1)
        assert shop.told(SERVED)["DialCallStatus"] == "failed"
        assert shop.waiting == 1

    assert in_shop(act).small.store.notifications.codes == [code]


def test_a_recording_of_the_agents_dial_begins_with_the_bridge() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(3)
        await shop.agent(dial=DIAL.replace("<Dial", "<Dial record='record-from-answer-dual'"))
        await asyncio.sleep(5)
        shop.phones[0].legs[0].hang_up()
        await asyncio.sleep(2)
        told = shop.told(SERVED)
        assert told["RecordingSid"] == shop.small.store.recordings.last.sid
        assert shop.small.store.recordings.last.call_sid == told["DequeingCallSid"]

    in_shop(act)


def test_an_agent_may_be_left_ringing_until_somebody_comes() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await caller.hang_up()
        shelf = shop.small.bookshelf
        dial = DIAL.replace("<Dial", "<Dial answerOnBridge='true'")
        shelf.documents[VOICE] = f"<Response>{dial}</Response>"
        agent = await shop.small.dial()
        await asyncio.sleep(5)
        assert shop.small.store.calls.last.answered_at is None
        shelf.documents[VOICE] = f"<Response>{ENQUEUE}</Response>"
        await shop.small.call()
        await agent.answered()
        await asyncio.sleep(1)
        assert shop.pairs == 1
        await agent.hang_up()

    in_shop(act)


def test_the_callers_of_one_queue_are_told_apart_by_their_account() -> None:
    foreign = replace(QUEUE, account_sid="AC" + "b" * 32)

    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(1)
        assert shop.told(WAIT)["QueueSid"] != foreign.sid
        assert len(shop.small.store.queues.known) == 2

    in_shop(act, known=foreign)


# Over the API


def test_a_member_that_is_dequeued_runs_the_document_and_its_action_is_told() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(6)
        exchange, goto = shop.small.exchange, GoTo(ELSEWHERE, "POST")
        was = await exchange.dequeue(ACCOUNT.sid, shop.sid, None, goto)
        assert was is not None
        assert (was.call_sid, was.position, was.wait_s) == (shop.small.store.calls.history[0].sid, 1, 6)
        assert await exchange.dequeue(ACCOUNT.sid, shop.sid, None, goto) is None, "the line is empty at once"
        await asyncio.sleep(1)
        assert shop.told(DONE) == {"QueueResult": "redirected", "QueueSid": shop.sid, "QueueTime": "6"}

    assert in_shop(act).small.voice.texts == ["Please hold.", "Elsewhere."]


def test_of_two_who_ask_for_the_front_at_once_each_gets_another_one() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(1)
        second = await shop.small.call()
        await asyncio.sleep(1)
        goto = GoTo(ELSEWHERE, "POST")
        both = await asyncio.gather(
            *(shop.small.exchange.dequeue(ACCOUNT.sid, shop.sid, None, goto) for _ in range(2))
        )
        assert len({member.call_sid for member in both if member is not None}) == 2
        await asyncio.sleep(1)
        assert shop.asked(ELSEWHERE) == 2
        await second.ended()

    in_shop(act)


@pytest.mark.parametrize("whose", ["another account's", "not there", "taken already"])
def test_who_does_not_wait_is_not_dequeued(whose: str) -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        sid = shop.small.store.calls.history[0].sid
        if whose == "taken already":
            await shop.agent()
        await asyncio.sleep(1)
        account = "AC" + "0" * 32 if whose == "another account's" else ACCOUNT.sid
        wanted_sid = "CA" + "0" * 32 if whose == "not there" else sid
        goto = GoTo(ELSEWHERE, "POST")
        assert await shop.small.exchange.dequeue(account, shop.sid, wanted_sid, goto) is None
        await asyncio.sleep(1)
        assert shop.asked(ELSEWHERE) == 0

    in_shop(act)


def test_a_queue_is_not_deleted_under_its_members_and_those_who_dial_a_deleted_one_are_told() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        queues = shop.small.queues
        sid = shop.sid
        with pytest.raises(QueueNotEmptyError):
            await queues.delete(ACCOUNT.sid, sid)
        await caller.hang_up()
        await asyncio.sleep(1)
        await shop.agent()
        await asyncio.sleep(1)
        assert await queues.delete(ACCOUNT.sid, sid)
        await asyncio.sleep(1)
        assert shop.told(SERVED)["DialCallStatus"] == "failed"

    in_shop(act)


def test_a_queue_that_could_not_be_deleted_takes_calls_again() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await shop.agent()
        await caller.hang_up()
        await asyncio.sleep(1)
        await shop.agent(1)
        shop.small.store.queues.is_busy = True
        with pytest.raises(StoreBusyError):
            await shop.small.queues.delete(ACCOUNT.sid, shop.sid)
        shop.small.store.queues.is_busy = False
        await shop.small.call()
        await asyncio.sleep(1)
        await asyncio.sleep(1)
        assert shop.pairs == 1, "nothing has changed for the agent"
        for call in shop.small.calls:
            await call.hang_up()

    in_shop(act, agents=2)


def test_nobody_is_let_into_a_queue_while_it_is_deleted() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await caller.hang_up()
        await asyncio.sleep(1)
        shop.small.bookshelf.asked.clear()
        sid, queues = shop.sid, shop.small.store.queues
        delete = queues.delete

        async def slowly(account_sid: str, sid: str) -> bool:
            await asyncio.sleep(5)
            return await delete(account_sid, sid)

        queues.delete = slowly  # type: ignore[method-assign]
        deleting = asyncio.ensure_future(shop.small.queues.delete(ACCOUNT.sid, sid))
        await asyncio.sleep(1)
        second = await shop.small.call()
        await second.ended()
        assert shop.told(DONE) == {"QueueResult": "system-error"}
        assert await deleting
        third = await shop.small.call()
        await asyncio.sleep(1)
        assert shop.waiting == 1, "in a new queue of that name"
        assert shop.sid != sid
        await third.hang_up()

    in_shop(act)


def test_a_queue_is_not_deleted_while_somebody_may_come_back_to_it() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(1)
        await shop.agent(dial=WHISPER)
        await asyncio.sleep(1)
        assert shop.waiting == 0
        with pytest.raises(QueueNotEmptyError):
            await shop.small.queues.delete(ACCOUNT.sid, shop.sid)

    in_shop(act, documents={BEFORE: "<Response><Pause length='9'/></Response>"})


def test_an_account_has_so_many_queues_at_most() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        shop.small.queues._settings = Settings(per_account=1)
        shop.small.bookshelf.documents[VOICE] = f"<Response>{ENQUEUE.replace('support', 'sales')}</Response>"
        second = await shop.small.call()
        await asyncio.sleep(1)
        assert shop.told(DONE) == {"QueueResult": "system-error"}
        await second.ended()

    assert in_shop(act).small.store.notifications.codes == [12400]
