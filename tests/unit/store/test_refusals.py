"""The log of refusals: what is alike shares a record, and the oldest go."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import func, select

from offhook.model.refusal import Refusal
from offhook.store import refusals as module
from offhook.store.database import SqlStore
from offhook.store.ports import PageRequest, RefusalFilter
from offhook.store.tables import refusals
from tests.support.stores import ACCOUNT, BORN, OTHER_ACCOUNT, numbered, opened, refusal

ANY = RefusalFilter()


async def listed(
    store: SqlStore, wanted: RefusalFilter = ANY, *, account_sid: str = ACCOUNT, nobodys: bool = False
) -> list[Refusal]:
    page = await store.refusals.list(account_sid, wanted, PageRequest(size=1000), nobodys=nobodys)
    return list(page.items)


def test_a_refusal_is_kept_whole(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.refusals.post(refusal())
            assert await listed(store) == [refusal()]
            assert await listed(store, account_sid=OTHER_ACCOUNT) == []

    asyncio.run(run())


def again(number: int, seconds: float) -> Refusal:
    """The same phone tries again with the same Call-ID."""
    return replace(refusal(number, seconds=seconds), sip_call_id="1@203.0.113.9")


def test_the_first_call_ids_of_a_minute_have_a_record_each(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            for number in range(10):
                store.refusals.post(refusal(number, seconds=number))
                store.refusals.post(refusal(0, seconds=number))
            found = sorted((each.sip_call_id, each.count) for each in await listed(store))
            assert found == [(f"{n}@203.0.113.9", {0: 11, 9: 7}.get(n, 1)) for n in (0, 1, 2, 9)]
            store.refusals.post(refusal(11, seconds=70))
            assert len(await listed(store)) == 5
            assert len(store.refusals._open) == 1, "what is over of a source is closed"

    asyncio.run(run())


def test_those_alike_within_a_minute_share_one_record(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            for number, seconds in enumerate((0, 10, 59)):
                store.refusals.post(again(number, seconds))
            (one,) = await listed(store)
            assert one == replace(again(2, 59), sid=numbered("RF", 0), first_at=BORN, count=3)
            store.refusals.post(again(3, 60))
            assert [(each.sid, each.count) for each in await listed(store)] == [
                (numbered("RF", 3), 1),
                (numbered("RF", 0), 3),
            ]

    asyncio.run(run())


@pytest.mark.parametrize(
    "other",
    [
        refusal(2, source="203.0.113.10"),
        refusal(2, domain="shop.sip.localhost"),
        refusal(2, code=32202),
        refusal(2, code=None),
    ],
)
def test_what_differs_has_a_record_of_its_own(url: str, other: Refusal) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.refusals.post(refusal(1))
            store.refusals.post(other)
            assert len(await listed(store)) == 2

    asyncio.run(run())


def test_the_count_survives_closing(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            for number in range(5):
                store.refusals.post(again(number, number))
        async with opened(url) as store:
            assert [each.count for each in await listed(store)] == [5]

    asyncio.run(run())


def test_a_clock_set_back_begins_a_new_record(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.refusals.post(refusal(1, seconds=3600))
            store.refusals.post(refusal(2))
            assert len(await listed(store)) == 2

    asyncio.run(run())


def test_those_of_no_account_are_seen_when_asked_for(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.refusals.post(refusal(1, seconds=1))
            store.refusals.post(refusal(2, account_sid=None, domain="nobody.example", code=None))
            assert [each.sid for each in await listed(store)] == [numbered("RF", 1)]
            both = await listed(store, nobodys=True)
            assert [each.sid for each in both] == [numbered("RF", 1), numbered("RF", 2)]

    asyncio.run(run())


def test_filters(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            store.refusals.post(refusal(1))
            store.refusals.post(refusal(2, source="203.0.113.10"))
            for wanted in (RefusalFilter(sip_call_id="2@203.0.113.10"), RefusalFilter(source="203.0.113.10")):
                assert [each.sid for each in await listed(store, wanted)] == [numbered("RF", 2)]

    asyncio.run(run())


def test_a_stranger_who_asks_for_nonsense_gets_few_records(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            for number in range(500):
                name = f"n{number}.example"
                store.refusals.post(refusal(number, account_sid=None, domain=name, code=None))
            found = await listed(store, nobodys=True)
            assert len(found) == module.NAMES_MAX + 1
            assert sum(each.count for each in found) == 500
            store.refusals.post(refusal(600, source="203.0.113.10", account_sid=None, code=None))
            assert len(await listed(store, nobodys=True)) == module.NAMES_MAX + 2

    asyncio.run(run())


def test_a_flood_from_many_sources_shares_one_record_and_loses_no_count(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            with patch.object(module, "OPEN_MAX", 3):
                for number in range(200):
                    store.refusals.post(refusal(number, source=f"203.0.113.{number}"))
                found = await listed(store)
                assert sorted(each.count for each in found) == [1, 1, 1, 197]
                # A minute later there is room again.
                for number in range(200, 203):
                    source = f"203.0.113.{number}"
                    store.refusals.post(refusal(number, source=source, seconds=61))
                assert len(await listed(store)) == 7
            assert sum(each.count for each in await listed(store)) == 203

    asyncio.run(run())


def test_the_oldest_go(url: str) -> None:
    async def run() -> None:
        with patch.object(module, "RECORDS_MAX", 150):
            async with opened(url) as store:
                for number in range(400):
                    store.refusals.post(refusal(number, seconds=number, source=f"198.51.100.{number}"))
                found = await listed(store)
                assert 50 <= len(found) <= 150
                assert found[0].first_at == BORN + timedelta(seconds=399)
                newest = [numbered("RF", number) for number in range(399, 399 - len(found), -1)]
                assert [each.sid for each in found] == newest
                (row,) = await store._database.rows(select(func.count().label("all")).select_from(refusals))
                assert row["all"] <= 150

    asyncio.run(run())
