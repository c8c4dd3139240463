"""Records of conferences."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from offhook.model.conference import ConferenceEnding, ConferenceStatus
from offhook.store.ports import ConferenceFilter, PageRequest
from tests.support.stores import ACCOUNT, BORN, OTHER_ACCOUNT, conference, numbered, opened


def test_the_last_of_many_states_stays(url: str) -> None:
    begun = conference()
    over = replace(
        begun,
        status=ConferenceStatus.COMPLETED,
        region="ie1",
        reason_ended=ConferenceEnding.MODERATOR_KICKED,
        ending_call_sid=numbered("CA", 1),
        updated_at=BORN + timedelta(days=1),
    )

    async def run() -> None:
        async with opened(url) as store:
            for state in (begun, replace(begun, status=ConferenceStatus.IN_PROGRESS), over):
                store.conferences.post(state)
            assert await store.conferences.fetch(ACCOUNT, begun.sid) == over
            assert await store.conferences.fetch(OTHER_ACCOUNT, begun.sid) is None

    asyncio.run(run())


def test_they_are_listed_newest_first_and_by_what_is_asked(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            for number in (1, 2, 3):
                store.conferences.post(conference(number))
            store.conferences.post(conference(4, account_sid=OTHER_ACCOUNT))
            store.conferences.post(replace(conference(2), status=ConferenceStatus.COMPLETED))

            async def found(wanted: ConferenceFilter) -> list[int]:
                page = await store.conferences.list(ACCOUNT, wanted, PageRequest())
                return [int(each.sid.removeprefix("CF"), 16) for each in page.items]

            assert await found(ConferenceFilter()) == [3, 2, 1]
            assert await found(ConferenceFilter(status=ConferenceStatus.INIT)) == [3, 1]
            assert await found(ConferenceFilter(friendly_name=conference(3).friendly_name)) == [3]
            second = BORN + timedelta(hours=2)
            assert await found(ConferenceFilter(created_from=second)) == [3, 2]
            assert await found(ConferenceFilter(created_until=second)) == [1]
            assert await found(ConferenceFilter(updated_from=second, updated_until=second)) == []

    asyncio.run(run())


def test_what_a_crash_left_open_is_completed(url: str) -> None:
    later = BORN + timedelta(days=2)

    async def run() -> None:
        async with opened(url) as store:
            over = replace(
                conference(2), status=ConferenceStatus.COMPLETED, reason_ended=ConferenceEnding.BY_API
            )
            store.conferences.post(conference(1))
            store.conferences.post(over)
            assert await store.conferences.close_left_open(later) == 1
            assert await store.conferences.close_left_open(later) == 0
            closed = await store.conferences.fetch(ACCOUNT, numbered("CF", 1))
            assert closed == replace(
                conference(1),
                status=ConferenceStatus.COMPLETED,
                reason_ended=ConferenceEnding.LAST_LEFT,
                updated_at=later,
            )
            assert await store.conferences.fetch(ACCOUNT, over.sid) == over

    asyncio.run(run())
