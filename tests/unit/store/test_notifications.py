"""The debugger log."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from offhook.model.notification import LogLevel
from offhook.store.ports import Cursor, PageRequest
from tests.support.stores import ACCOUNT, BORN, OTHER_ACCOUNT, notification, numbered, opened

CALL = numbered("CA", 7)


def test_a_notification_comes_back_whole(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            whole = replace(
                notification(call_sid=CALL),
                request_variables="From=sip%3Aalice",
                response_headers="Content-Type=text/xml",
                response_body="<Response>",
            )
            store.notifications.post(whole)
            assert await store.notifications.fetch(ACCOUNT, whole.sid) == whole
            assert await store.notifications.fetch(OTHER_ACCOUNT, whole.sid) is None

    asyncio.run(run())


@pytest.mark.parametrize(
    ("conditions", "numbers"),
    [
        ({}, [3, 2, 1]),
        ({"call_sid": CALL}, [2]),
        ({"log": 1}, [3]),
        ({"log": 0, "call_sid": CALL}, [2]),
        ({"message_from": BORN + timedelta(seconds=2)}, [3, 2]),
        ({"message_until": BORN + timedelta(seconds=2)}, [1]),
    ],
)
def test_each_condition(url: str, conditions: dict[str, str | int | datetime], numbers: list[int]) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.notifications.post(notification(1, seconds=1))
            store.notifications.post(notification(2, call_sid=CALL, seconds=2))
            store.notifications.post(replace(notification(3, seconds=3), log=LogLevel.WARNING))
            keywords: dict[str, Any] = dict(conditions)
            page = await store.notifications.list(ACCOUNT, PageRequest(), **keywords)
            assert [n.sid for n in page.items] == [numbered("NO", n) for n in numbers]
            assert (
                list((await store.notifications.list(OTHER_ACCOUNT, PageRequest(), **keywords)).items) == []
            )

    asyncio.run(run())


def test_pages_by_date(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            for number in range(3):
                store.notifications.post(notification(number, seconds=number))
            first = await store.notifications.list(ACCOUNT, PageRequest(size=2))
            assert [n.sid for n in first.items] == [numbered("NO", 2), numbered("NO", 1)]
            last = Cursor(first.items[-1].message_date, first.items[-1].sid)
            rest = await store.notifications.list(ACCOUNT, PageRequest(size=2, before=last))
            assert [n.sid for n in rest.items] == [numbered("NO", 0)]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("heard", "kept"),
    [("a\0b", "a\ufffdb"), ("\udc80\udcff", "\ufffd\ufffd"), ("grüß \U0001f600", "grüß \U0001f600")],
)
def test_what_no_database_holds_is_kept_as_a_replacement(url: str, heard: str, kept: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.notifications.post(replace(notification(), response_body=heard))
            found = await store.notifications.fetch(ACCOUNT, notification().sid)
            assert found is not None
            assert found.response_body == kept

    asyncio.run(run())
