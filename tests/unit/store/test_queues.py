"""Queues come back whole, have one name each in an account, and are changed and deleted."""

import asyncio
from dataclasses import replace

import pytest

from offhook.model.queue import Queue
from offhook.store.ports import DuplicateError, PageRequest, UnknownRecordError
from tests.support.stores import ACCOUNT, BORN, OTHER_ACCOUNT, numbered, opened

QUEUE = Queue(numbered("QU", 1), ACCOUNT, "support", 100, BORN, BORN)


def test_a_queue_is_kept_found_by_its_name_changed_and_deleted(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.queues.insert(QUEUE)
            assert await store.queues.fetch(ACCOUNT, QUEUE.sid) == QUEUE
            assert await store.queues.find_named(ACCOUNT, "support") == QUEUE
            assert await store.queues.find_named(ACCOUNT, "Support") is None, "names are case-sensitive"
            assert await store.queues.find_named(OTHER_ACCOUNT, "support") is None
            larger = replace(QUEUE, friendly_name="help", max_size=5000)
            await store.queues.update(larger)
            assert await store.queues.find_named(ACCOUNT, "help") == larger
            assert await store.queues.find_named(ACCOUNT, "support") is None
            assert not await store.queues.delete(OTHER_ACCOUNT, QUEUE.sid)
            assert await store.queues.delete(ACCOUNT, QUEUE.sid)
            assert await store.queues.fetch(ACCOUNT, QUEUE.sid) is None
            with pytest.raises(UnknownRecordError):
                await store.queues.update(larger)

    asyncio.run(run())


def test_a_name_is_given_once_in_an_account(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.queues.insert(QUEUE)
            with pytest.raises(DuplicateError):
                await store.queues.insert(replace(QUEUE, sid=numbered("QU", 2)))
            await store.queues.insert(replace(QUEUE, sid=numbered("QU", 3), account_sid=OTHER_ACCOUNT))
            other = replace(QUEUE, sid=numbered("QU", 4), friendly_name="sales")
            await store.queues.insert(other)
            with pytest.raises(DuplicateError):
                await store.queues.update(replace(other, friendly_name="support"))
            assert await store.queues.count(ACCOUNT) == 2
            page = await store.queues.list(ACCOUNT, PageRequest())
            assert {queue.sid for queue in page.items} == {QUEUE.sid, other.sid}

    asyncio.run(run())
