"""Calls as the Twilio SDK sees them (reference/rest-api 2.2, 3.1)."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException

from offhook.model.call import Call, CallStatus
from tests.support.api import ACCOUNT_SID, RunningApi, running_api
from tests.support.stores import call, notification, numbered

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def made(number: int, at: datetime = NOON, **changes: Any) -> Call:
    one = call(number, account_sid=ACCOUNT_SID)
    return replace(one, created_at=at, updated_at=at, started_at=at, **changes)


def test_fetch_shows_the_record(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.calls.post(
                made(
                    1,
                    status=CallStatus.COMPLETED,
                    from_="+13051913581",
                    answered_at=NOON,
                    ended_at=NOON + timedelta(seconds=4.2),
                    trunk_sid=numbered("TK", 1),
                )
            )
            shown = await api.ask(lambda c: c.calls(numbered("CA", 1)).fetch())
            assert shown.trunk_sid == numbered("TK", 1)
            assert (shown.status, shown.direction, shown.duration) == ("completed", "inbound", "4")
            assert (shown._from, shown.from_formatted) == ("+13051913581", "(305) 191-3581")
            assert shown.to == shown.to_formatted == "sip:help@office.sip.localhost"
            assert shown.start_time == NOON
            assert shown.end_time == NOON + timedelta(seconds=4)
            assert (shown.price, shown.price_unit, shown.answered_by) == (None, "USD", None)
            assert shown.account_sid == ACCOUNT_SID
            with pytest.raises(TwilioRestException) as caught:
                await api.ask(lambda c: c.calls(numbered("CA", 2)).fetch())
            assert (caught.value.status, caught.value.code) == (404, 20404)

    asyncio.run(run())


def test_120_calls_in_pages_of_50(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for number in range(120):
                api.store.calls.post(made(number, NOON + timedelta(seconds=number // 7)))
            listed = await api.ask(lambda c: c.calls.list(page_size=50))
            assert [one.sid for one in listed] == [numbered("CA", n) for n in reversed(range(120))]

            first = await api.ask(lambda c: c.calls.page(page_size=50))
            second = await asyncio.to_thread(first.next_page)
            third = await asyncio.to_thread(second.next_page)
            assert await asyncio.to_thread(third.next_page) is None
            assert [len(list(page)) for page in (third,)] == [20]
            back = await asyncio.to_thread(second.previous_page)
            assert [one.sid for one in back] == [numbered("CA", n) for n in reversed(range(70, 120))]
            assert len(await api.ask(lambda c: c.calls.list(limit=7))) == 7

    asyncio.run(run())


async def prepare_filters(api: RunningApi) -> None:
    api.store.calls.post(made(1, NOON - timedelta(days=1), to="sip:bob@office.sip.localhost"))
    api.store.calls.post(made(2, NOON, from_="+15551230000", parent_call_sid=numbered("CA", 1)))
    api.store.calls.post(
        made(3, NOON + timedelta(days=1), status=CallStatus.BUSY, ended_at=NOON + timedelta(days=1))
    )


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [3, 2, 1]),
        ({"to": "sip:bob@office.sip.localhost"}, [1]),
        ({"from_": "+15551230000"}, [2]),
        ({"parent_call_sid": numbered("CA", 1)}, [2]),
        ({"status": "busy"}, [3]),
        ({"status": "queued"}, []),
        ({"start_time": date(2026, 3, 4)}, [2]),
        ({"start_time_after": NOON}, [3, 2]),
        ({"start_time_before": NOON}, [1]),
        ({"start_time_after": datetime(2026, 3, 3, tzinfo=UTC), "start_time_before": NOON}, [1]),
        ({"end_time": date(2026, 3, 5)}, [3]),
        ({"end_time_after": NOON}, [3]),
        ({"end_time_before": NOON}, []),
    ],
)
def test_each_filter(tmp_path: Path, filters: dict[str, Any], numbers: list[int]) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await prepare_filters(api)
            listed = await api.ask(lambda c: c.calls.list(**filters))
            assert [one.sid for one in listed] == [numbered("CA", n) for n in numbers]

    asyncio.run(run())


def test_filters_go_along_from_page_to_page(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for number in range(9):
                status = CallStatus.BUSY if number % 3 else CallStatus.RINGING
                api.store.calls.post(made(number, NOON + timedelta(seconds=number), status=status))
            listed = await api.ask(lambda c: c.calls.list(status="busy", start_time_after=NOON, page_size=2))
            assert [one.sid for one in listed] == [numbered("CA", n) for n in (8, 7, 5, 4, 2, 1)]

    asyncio.run(run())


@pytest.mark.parametrize(
    "filters", [{"status": "initiated"}, {"parent_call_sid": "CA1"}, {"start_time": "yesterday"}]
)
def test_a_bad_filter_cannot_be_listed(tmp_path: Path, filters: dict[str, Any]) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            with pytest.raises(TwilioException, match="20422"):
                await api.ask(lambda c: c.calls.list(**filters))

    asyncio.run(run())


def test_pages_go_on_when_the_call_at_their_edge_is_deleted(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for number in range(4):
                at = NOON + timedelta(seconds=number)
                api.store.calls.post(made(number, at, status=CallStatus.BUSY))
            first = await api.ask(lambda c: c.calls.page(page_size=2))
            edge = [one.sid for one in first][-1]
            assert edge == numbered("CA", 2)
            assert await api.ask(lambda c: c.calls(edge).delete())
            second = await api.ask(lambda c: c.calls.get_page(first.next_page_url))
            assert [one.sid for one in second] == [numbered("CA", 1), numbered("CA", 0)]

    asyncio.run(run())


def test_a_token_that_was_not_taken_from_a_page_is_21481(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            with pytest.raises(TwilioException, match="21481"):
                await api.ask(lambda c: c.calls.page(page_token=f"PA{numbered('CA', 1)}", page_number=1))
            with pytest.raises(TwilioException, match="70002"):
                await api.ask(lambda c: c.calls.page(page_number=1))

    asyncio.run(run())


def test_delete_takes_what_ended_and_refuses_what_runs(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.calls.post(made(1, status=CallStatus.FAILED))
            api.store.calls.post(made(2))
            assert await api.ask(lambda c: c.calls(numbered("CA", 1)).delete())
            for number, status, code in ((1, 404, 20404), (2, 400, 20009)):
                with pytest.raises(TwilioRestException) as caught:
                    await api.ask(lambda c, n: c.calls(numbered("CA", n)).delete(), number)
                assert (caught.value.status, caught.value.code) == (status, code)

    asyncio.run(run())


def test_notifications_of_the_account_and_of_a_call(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.calls.post(made(1))
            own = replace(
                notification(1, call_sid=numbered("CA", 1)),
                account_sid=ACCOUNT_SID,
                message_date=NOON,
                response_body="<Response>",
            )
            api.store.notifications.post(own)
            api.store.notifications.post(replace(notification(2), account_sid=ACCOUNT_SID))
            for shown in (
                await api.ask(lambda c: c.api.v2010.account.notifications(own.sid).fetch()),
                await api.ask(lambda c: c.calls(numbered("CA", 1)).notifications(own.sid).fetch()),
            ):
                assert (shown.error_code, shown.log, shown.call_sid) == ("11200", "0", numbered("CA", 1))
                assert shown.more_info == "https://www.twilio.com/docs/errors/11200"
                assert (shown.request_method, shown.response_body) == ("POST", "<Response>")
            everything = await api.ask(lambda c: c.api.v2010.account.notifications.list())
            assert [n.sid for n in everything] == [own.sid, numbered("NO", 2)]
            of_call = await api.ask(lambda c: c.calls(numbered("CA", 1)).notifications.list(log=0))
            assert [n.sid for n in of_call] == [own.sid]
            for filters, found in (
                ({"message_date": date(2026, 3, 4)}, [own.sid]),
                ({"message_date_before": date(2026, 3, 4)}, [numbered("NO", 2)]),
                ({"message_date_after": date(2026, 3, 5)}, []),
                ({"log": 1}, []),
            ):
                listed = await api.ask(lambda c, f: c.api.v2010.account.notifications.list(**f), filters)
                assert [n.sid for n in listed] == found
            for act in (
                lambda c: c.calls(numbered("CA", 1)).notifications(numbered("NO", 2)).fetch(),
                lambda c: c.api.v2010.account.notifications(numbered("NO", 9)).fetch(),
            ):
                with pytest.raises(TwilioRestException) as caught:
                    await api.ask(act)
                assert caught.value.code == 20404
            with pytest.raises(TwilioException, match="20404"):
                await api.ask(lambda c: c.calls(numbered("CA", 9)).notifications.list())

    asyncio.run(run())
