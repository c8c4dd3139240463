"""Callbacks that are not delivered yet, and who is to be told of the end of what lives."""

import asyncio
from dataclasses import replace

from offhook.model.callback import PendingCallback, Subscription
from tests.support.stores import ACCOUNT, BORN, numbered, opened


def pending(number: int) -> PendingCallback:
    return PendingCallback(number, ACCOUNT, numbered("CA", number % 3), BORN, '{"kind":"ProgressNews"}')


def subscription(number: int) -> Subscription:
    return Subscription(
        numbered("CA", number),
        ACCOUNT,
        BORN,
        "https://user:pä\0ss@app.test/news#rc=2",
        "POST",
        frozenset({"completed", "answered"}),
        number,
    )


def test_what_is_not_delivered_is_there_after_a_restart_in_its_order(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            assert await store.callbacks.last_number() == 0
            for number in (3, 1, 2**30, 2):
                store.callbacks.post(pending(number))
            store.callbacks.post_removal(2)
            store.callbacks.post_removal(99)
        async with opened(url) as store:
            assert await store.callbacks.last_number() == 2**30
            assert await store.callbacks.load(0, 2**31 - 1, 2) == [pending(1), pending(3)]
            assert await store.callbacks.load(1, 2**30, 9) == [pending(3), pending(2**30)]
            assert await store.callbacks.load(0, 3, 9) == [pending(1), pending(3)]
            assert await store.callbacks.load(2**30, 2**31 - 1, 9) == []

    asyncio.run(run())


def test_a_subscription_is_replaced_and_goes(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            for number in (2, 1, 3):
                store.subscriptions.post(subscription(number))
            store.subscriptions.post(
                replace(subscription(1), sequence_number=7, events=frozenset({"absent"}))
            )
            store.subscriptions.post_removal(subscription(2).sid)
        async with opened(url) as store:
            first, second = await store.subscriptions.load("", 9)
            assert first == replace(
                subscription(1),
                sequence_number=7,
                events=frozenset({"absent"}),
                url="https://user:pä\ufffdss@app.test/news#rc=2",
            )
            assert (second.sid, second.sequence_number) == (subscription(3).sid, 3)
            assert await store.subscriptions.load(first.sid, 9) == [second]
            assert await store.subscriptions.load("", 1) == [first]

    asyncio.run(run())
