"""`<Enqueue>` in virtual time: how one waits, what ends that, what is told of it, and what is an error."""

import asyncio

import pytest

from offhook.model.queue import Queue as QueueRecord
from offhook.phone.phone_call import PhoneCall
from tests.unit.verbs.shop import (
    DONE,
    ENQUEUE,
    SERVED,
    WAIT,
    Shop,
    in_shop,
)


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
