"""What is told, after a restart, of calls and recordings that the death of the node cut."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance
from offhook.call.courier import Courier
from offhook.call.ledger import Ledger
from offhook.model.call import Call, CallStatus
from offhook.model.callback import Subscription
from offhook.model.conference import ConferenceStatus
from offhook.model.recording import Recording, RecordingSource, RecordingStatus
from offhook.recording.tell_left import PAGE, tell_left
from offhook.store.database import SqlStore
from offhook.webhook.ports import (
    CallRecording,
    ConferenceEvent,
    ConferenceNews,
    News,
    ProgressEvent,
    ProgressNews,
    RecordingNews,
)
from tests.support.bookshelf import Bookshelf
from tests.support.stores import ACCOUNT, BORN, account, call, conference, numbered, opened, recording

URL = "http://app.test/news"
API = "http://api.test:8080"


def over(number: int = 1) -> Call:
    return replace(call(number), status=CallStatus.COMPLETED, answered_at=BORN, ended_at=BORN)


def subscribed(one: Call | Recording, *events: str, number: int = 0) -> Subscription:
    return Subscription(one.sid, ACCOUNT, BORN, URL, "POST", frozenset(events or {"completed"}), number)


async def told(store: SqlStore) -> Sequence[News]:
    """Tell what is left, and carry it; nothing is left then."""
    shelf = Bookshelf({})
    courier = Courier(shelf, store, Ledger(store, SystemClock(), SystemChance()))
    await courier.open()
    await tell_left(store, courier, API)
    assert await store.subscriptions.load("", 1) == []
    await courier.carry_left()
    assert await tell_left(store, courier, API) == 0
    assert await store.callbacks.last_number() == 0
    return shelf.delivered


def test_the_end_of_a_call_is_told_with_the_next_number(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.accounts.save(account())
            store.calls.post(over())
            store.subscriptions.post(subscribed(over(), "completed", "answered", number=3))
            (news,) = await told(store)
            assert isinstance(news, ProgressNews)
            assert (news.url, news.method, news.event) == (URL, "POST", ProgressEvent.COMPLETED)
            assert (news.call, news.sequence_number, news.recording) == (over(), 3, None)
            assert news.auth_token.reveal() == account().auth_token.reveal()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("source", "status", "is_named"),
    [
        (RecordingSource.DIAL_VERB, RecordingStatus.COMPLETED, True),
        (RecordingSource.DIAL_VERB, RecordingStatus.ABSENT, False),
        (RecordingSource.RECORD_VERB, RecordingStatus.COMPLETED, False),
    ],
)
def test_the_end_of_a_call_names_the_recording_of_a_dial(
    url: str, source: RecordingSource, status: RecordingStatus, *, is_named: bool
) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.accounts.save(account())
            store.calls.post(over())
            store.recordings.post(replace(recording(), source=source, status=status))
            store.subscriptions.post(subscribed(over()))
            (news,) = await told(store)
            assert isinstance(news, ProgressNews)
            where = f"{API}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{recording().sid}"
            assert news.recording == (CallRecording(recording().sid, where, 3) if is_named else None)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "events", "is_told"),
    [
        (RecordingStatus.COMPLETED, ("completed",), True),
        (RecordingStatus.COMPLETED, ("absent", "in-progress"), False),
        (RecordingStatus.ABSENT, ("completed",), False),
        (RecordingStatus.ABSENT, ("completed", "absent"), True),
        (RecordingStatus.FAILED, ("completed",), True),
    ],
)
def test_the_end_of_a_recording_is_told_where_it_was_asked_for(
    url: str, status: RecordingStatus, events: tuple[str, ...], *, is_told: bool
) -> None:
    one = replace(recording(), status=status)

    async def run() -> None:
        async with opened(url) as store:
            await store.accounts.save(account())
            store.recordings.post(one)
            store.subscriptions.post(subscribed(one, *events))
            news = await told(store)
            assert len(news) == is_told
            for each in news:
                assert isinstance(each, RecordingNews)
                assert (each.recording, each.url) == (one, URL)
                assert each.recording_url == f"{API}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{one.sid}"

    asyncio.run(run())


def test_the_end_of_a_conference_that_was_cut_short_is_told_with_a_higher_number(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.accounts.save(account())
            for number in (1, 2):
                store.conferences.post(conference(number))
                store.subscriptions.post(
                    Subscription(numbered("CF", number), ACCOUNT, BORN, URL, "GET", frozenset({"end"}), 64)
                )
            store.subscriptions.post(
                Subscription(numbered("CF", 3), ACCOUNT, BORN, URL, "GET", frozenset({"end"}), 64)
            )
            await store.conferences.close_left_open(BORN)
            news = await told(store)
            assert len(news) == 2
            for each in news:
                assert isinstance(each, ConferenceNews)
                assert (each.event, each.sequence_number) == (ConferenceEvent.CONFERENCE_END, 64)
                assert each.conference.status is ConferenceStatus.COMPLETED

    asyncio.run(run())


def test_of_what_is_gone_nothing_is_told(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.accounts.save(account())
            store.calls.post(over(3))
            for one in (over(1), recording(1)):
                store.subscriptions.post(subscribed(one))
            store.subscriptions.post(replace(subscribed(over(3)), account_sid="AC" + "9" * 32))
            assert await told(store) == []

    asyncio.run(run())


def test_hundreds_are_told_page_by_page(url: str) -> None:
    many = PAGE + 20

    async def run() -> None:
        async with opened(url) as store:
            await store.accounts.save(account())
            for number in range(many):
                store.calls.post(over(number))
                store.subscriptions.post(subscribed(over(number)))
            sids = [news.call.sid for news in await told(store) if isinstance(news, ProgressNews)]
            assert sorted(sids) == [numbered("CA", number) for number in range(many)]

    asyncio.run(run())
