"""A queue as the API sees it, in virtual time: members that are sent elsewhere, sizes, and its end."""

import asyncio
from dataclasses import replace

import pytest

from offhook.phone.phone_call import PhoneCall
from offhook.queue.queues import QueueNotEmptyError, Settings
from offhook.store.ports import StoreBusyError
from offhook.switchboard.update_call import CallUpdate
from offhook.verbs.verb import GoTo
from tests.support.memory_store import ACCOUNT
from tests.unit.verbs.shop import (
    BEFORE,
    DONE,
    ELSEWHERE,
    ENQUEUE,
    QUEUE,
    SERVED,
    VOICE,
    WAIT,
    WHISPER,
    Shop,
    in_shop,
)


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


def test_a_queue_that_exists_keeps_its_size() -> None:
    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(1)
        assert shop.told(WAIT)["MaxQueueSize"] == "100"

    in_shop(act, ENQUEUE.replace("<Enqueue", "<Enqueue maxQueueSize='1'"), known=QUEUE)


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


def test_the_callers_of_one_queue_are_told_apart_by_their_account() -> None:
    foreign = replace(QUEUE, account_sid="AC" + "b" * 32)

    async def act(shop: Shop, caller: PhoneCall) -> None:
        await asyncio.sleep(1)
        assert shop.told(WAIT)["QueueSid"] != foreign.sid
        assert len(shop.small.store.queues.known) == 2

    in_shop(act, known=foreign)


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
