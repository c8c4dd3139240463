"""Call records: posted at once, read back right, listed newest first."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.model.call import CallStatus
from offhook.store.ports import CallFilter, Cursor, PageRequest
from tests.support.stores import ACCOUNT, BORN, OTHER_ACCOUNT, call, notification, numbered, opened

EVERYTHING = CallFilter()


def test_a_read_sees_what_was_posted_before(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.calls.post(call())
            assert await store.calls.fetch(ACCOUNT, call().sid) == call()

    asyncio.run(run())


def test_the_last_of_many_states_stays(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            ended = replace(
                call(),
                status=CallStatus.COMPLETED,
                answered_at=BORN + timedelta(seconds=1),
                ended_at=BORN + timedelta(seconds=9),
                sip_response_code=200,
            )
            store.calls.post(call())
            store.calls.post(replace(call(), status=CallStatus.IN_PROGRESS))
            store.calls.post(ended)
            assert await store.calls.fetch(ACCOUNT, call().sid) == ended

    asyncio.run(run())


def test_a_call_of_another_account_is_not_found(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.calls.post(call())
            assert await store.calls.fetch(OTHER_ACCOUNT, call().sid) is None
            page = await store.calls.list(OTHER_ACCOUNT, EVERYTHING, PageRequest())
            assert list(page.items) == []

    asyncio.run(run())


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (CallFilter(), [3, 2, 1]),
        (CallFilter(to="sip:bob@office.sip.localhost"), [2]),
        (CallFilter(from_="+15551230000"), [3]),
        (CallFilter(parent_call_sid=numbered("CA", 1)), [2]),
        (CallFilter(sip_call_id="2@192.0.2.7"), [2]),
        (CallFilter(status=CallStatus.RINGING), [2, 1]),
        (CallFilter(started_from=BORN + timedelta(seconds=2)), [3, 2]),
        (CallFilter(started_until=BORN + timedelta(seconds=2)), [1]),
        (CallFilter(ended_from=BORN + timedelta(seconds=9)), [3]),
        (CallFilter(ended_until=BORN + timedelta(seconds=9)), []),
        (CallFilter(status=CallStatus.RINGING, started_from=BORN + timedelta(seconds=2)), [2]),
    ],
)
def test_each_filter(url: str, wanted: CallFilter, numbers: list[int]) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.calls.post(call(1, seconds=1))
            store.calls.post(
                replace(
                    call(2, seconds=2),
                    to="sip:bob@office.sip.localhost",
                    parent_call_sid=numbered("CA", 1),
                )
            )
            store.calls.post(
                replace(
                    call(3, seconds=3),
                    from_="+15551230000",
                    status=CallStatus.NO_ANSWER,
                    ended_at=BORN + timedelta(seconds=9),
                )
            )
            page = await store.calls.list(ACCOUNT, wanted, PageRequest())
            assert [c.sid for c in page.items] == [numbered("CA", n) for n in numbers]

    asyncio.run(run())


def place(number: int) -> Cursor:
    """Where the call of that number stands, one a second."""
    return Cursor(BORN + timedelta(seconds=number), numbered("CA", number))


def test_a_page_goes_on_from_a_call_that_is_gone(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            for number in range(4):
                store.calls.post(replace(call(number, seconds=number), status=CallStatus.FAILED))
            assert await store.calls.delete(ACCOUNT, numbered("CA", 2))
            older = await store.calls.list(ACCOUNT, EVERYTHING, PageRequest(size=1, before=place(2)))
            newer = await store.calls.list(ACCOUNT, EVERYTHING, PageRequest(size=1, after=place(2)))
            assert [c.sid for c in (*older.items, *newer.items)] == [numbered("CA", 1), numbered("CA", 3)]

    asyncio.run(run())


def test_pages_forth_and_back(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            for number in range(5):
                store.calls.post(call(number, seconds=number))
            sids = [numbered("CA", n) for n in (4, 3, 2, 1, 0)]
            first = await store.calls.list(ACCOUNT, EVERYTHING, PageRequest(size=2))
            assert ([c.sid for c in first.items], first.has_older, first.has_newer) == (sids[:2], True, False)
            second = await store.calls.list(ACCOUNT, EVERYTHING, PageRequest(size=2, before=place(3)))
            assert ([c.sid for c in second.items], second.has_older, second.has_newer) == (
                sids[2:4],
                True,
                True,
            )
            last = await store.calls.list(ACCOUNT, EVERYTHING, PageRequest(size=2, before=place(1)))
            assert ([c.sid for c in last.items], last.has_older, last.has_newer) == (sids[4:], False, True)
            back = await store.calls.list(ACCOUNT, EVERYTHING, PageRequest(size=2, after=place(2)))
            assert ([c.sid for c in back.items], back.has_older, back.has_newer) == (sids[:2], True, False)

    asyncio.run(run())


@settings(max_examples=20)
@given(
    seconds=st.lists(st.integers(min_value=0, max_value=3), max_size=12),
    size=st.integers(min_value=1, max_value=5),
)
def test_pages_hold_every_call_once_in_order(seconds: list[int], size: int) -> None:
    async def run(url: str) -> None:
        async with opened(url) as store:
            for number, second in enumerate(seconds):
                store.calls.post(call(number, seconds=second))
            seen: list[str] = []
            page = await store.calls.list(ACCOUNT, EVERYTHING, PageRequest(size=size))
            seen += [c.sid for c in page.items]
            while page.has_older:
                last = Cursor(page.items[-1].created_at, seen[-1])
                page = await store.calls.list(ACCOUNT, EVERYTHING, PageRequest(size=size, before=last))
                seen += [c.sid for c in page.items]
            order = sorted(enumerate(seconds), key=lambda pair: (pair[1], pair[0]), reverse=True)
            assert seen == [numbered("CA", number) for number, _ in order]

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(f"sqlite:///{Path(folder) / 'offhook.db'}"))


def test_deleting_takes_the_notifications_along(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.calls.post(replace(call(), status=CallStatus.FAILED))
            store.notifications.post(notification(1, call_sid=call().sid))
            store.notifications.post(notification(2))
            assert not await store.calls.delete(OTHER_ACCOUNT, call().sid)
            assert await store.notifications.fetch(ACCOUNT, numbered("NO", 1)) is not None
            assert await store.calls.delete(ACCOUNT, call().sid)
            assert await store.calls.fetch(ACCOUNT, call().sid) is None
            assert await store.notifications.fetch(ACCOUNT, numbered("NO", 1)) is None
            assert await store.notifications.fetch(ACCOUNT, numbered("NO", 2)) is not None
            assert not await store.calls.delete(ACCOUNT, call().sid)

    asyncio.run(run())


def test_a_running_call_cannot_be_deleted(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.calls.post(call())
            store.notifications.post(notification(1, call_sid=call().sid))
            assert not await store.calls.delete(ACCOUNT, call().sid)
            assert await store.calls.fetch(ACCOUNT, call().sid) == call()
            assert await store.notifications.fetch(ACCOUNT, numbered("NO", 1)) is not None

    asyncio.run(run())


def test_what_a_crash_left_open_is_closed(url: str) -> None:
    now = BORN + timedelta(hours=1)

    async def run() -> None:
        async with opened(url) as store:
            heard = BORN + timedelta(minutes=5)
            answered = replace(call(1), status=CallStatus.IN_PROGRESS, answered_at=BORN, updated_at=heard)
            ended = replace(call(3), status=CallStatus.BUSY, ended_at=BORN)
            for one in (answered, call(2), ended):
                store.calls.post(one)
            assert await store.calls.close_left_open(now) == 2
            assert await store.calls.fetch(ACCOUNT, numbered("CA", 1)) == replace(
                answered, status=CallStatus.COMPLETED, ended_at=heard, updated_at=now
            )
            assert await store.calls.fetch(ACCOUNT, numbered("CA", 2)) == replace(
                call(2), status=CallStatus.FAILED, ended_at=BORN, updated_at=now
            )
            assert await store.calls.fetch(ACCOUNT, numbered("CA", 3)) == ended
            assert await store.calls.close_left_open(now) == 0

    asyncio.run(run())


def test_a_call_left_open_ends_at_the_last_sign_of_life(url: str) -> None:
    now, lived_until = BORN + timedelta(hours=1), BORN + timedelta(minutes=7)

    async def run() -> None:
        async with opened(url) as store:
            early = replace(call(1), status=CallStatus.IN_PROGRESS, answered_at=BORN, updated_at=BORN)
            late = replace(call(2), updated_at=lived_until + timedelta(seconds=1))
            for one in (early, late):
                store.calls.post(one)
            assert await store.calls.close_left_open(now, lived_until) == 2
            assert await store.calls.fetch(ACCOUNT, early.sid) == replace(
                early, status=CallStatus.COMPLETED, ended_at=lived_until, updated_at=now
            )
            assert await store.calls.fetch(ACCOUNT, late.sid) == replace(
                late, status=CallStatus.FAILED, ended_at=late.updated_at, updated_at=now
            )

    asyncio.run(run())
