"""`<Dial><Queue>` in virtual time: who is taken, who talks with whom, and what both actions are told."""

import asyncio

import pytest

from offhook.phone.phone_call import PhoneCall
from tests.unit.verbs.shop import (
    BEFORE,
    DIAL,
    DONE,
    ENQUEUE,
    SERVED,
    VOICE,
    WHISPER,
    Shop,
    in_shop,
)


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
