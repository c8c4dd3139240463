"""Queues and their members as the Twilio SDK sees them (reference/rest-api 2.4, 3.7)."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from twilio.base.exceptions import TwilioRestException

from offhook.call.call import Call
from offhook.queue.member import Member
from offhook.verbs.dialler import ChildCall
from tests.support.api import ACCOUNT_SID, RunningApi, running_api
from tests.support.stores import account, numbered


async def refused(api: RunningApi, question: Any) -> tuple[int, int]:
    """HTTP status and code of the error that a question is answered with."""
    with pytest.raises(TwilioRestException) as caught:
        await api.ask(question)
    return caught.value.status, caught.value.code


async def joined(api: RunningApi, name: str, *sids: str) -> list[Member[ChildCall]]:
    """Calls that wait in a queue."""
    queue = await api.queues.open(ACCOUNT_SID, name)
    return [
        queue.join(cast(Call, SimpleNamespace(sid=sid)), cast(ChildCall, SimpleNamespace())) for sid in sids
    ]


def test_a_queue_is_made_found_listed_changed_and_deleted(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await api.ask(lambda c: c.queues.create(friendly_name="support"))
            assert made.sid.startswith("QU")
            assert (made.account_sid, made.friendly_name) == (ACCOUNT_SID, "support")
            assert (made.current_size, made.max_size, made.average_wait_time) == (0, 1000, 0)
            assert made.uri == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Queues/{made.sid}.json"
            other = await api.ask(lambda c: c.queues.create(friendly_name="sales", max_size=3))
            assert other.max_size == 3
            assert [each.sid for each in await api.ask(lambda c: c.queues.list())] == [other.sid, made.sid]
            fetched = await api.ask(lambda c: c.queues(made.sid).fetch())
            assert fetched.date_created == made.date_created
            changed = await api.ask(lambda c: c.queues(made.sid).update(max_size=5000))
            assert (changed.friendly_name, changed.max_size) == ("support", 5000)
            changed = await api.ask(lambda c: c.queues(made.sid).update(friendly_name="help"))
            assert (changed.friendly_name, changed.max_size) == ("help", 5000)
            assert await api.ask(lambda c: c.queues(made.sid).delete())
            assert await refused(api, lambda c: c.queues(made.sid).fetch()) == (404, 20404)
            assert await refused(api, lambda c: c.queues(made.sid).delete()) == (404, 20404)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"friendly_name": ""}, 400, 20002),
        ({"friendly_name": "x" * 65}, 400, 20002),
        ({"friendly_name": "x", "max_size": 0}, 422, 20422),
        ({"friendly_name": "x", "max_size": 5001}, 422, 20422),
    ],
)
def test_what_is_wrong_with_a_queue_is_told(
    tmp_path: Path, sent: dict[str, Any], status: int, code: int
) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            assert await refused(api, lambda c: c.queues.create(**sent)) == (status, code)
            assert await api.ask(lambda c: c.queues.list()) == []

    asyncio.run(run())


def test_a_name_is_given_once_in_an_account(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            await api.ask(lambda c: c.queues.create(friendly_name="support"))
            assert await refused(api, lambda c: c.queues.create(friendly_name="support")) == (400, 22003)
            other = await api.ask(lambda c: c.queues.create(friendly_name="sales"))
            taken = await refused(api, lambda c: c.queues(other.sid).update(friendly_name="support"))
            assert taken == (400, 22003)
            await api.store.accounts.save(account(sid=numbered("AC", 7)))
            assert (await api.queues.open(numbered("AC", 7), "support")).sid != other.sid

    asyncio.run(run())


def test_a_queue_of_another_account_is_not_there(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            foreign = await api.queues.open(numbered("AC", 7), "support")
            foreign.join(cast(Call, SimpleNamespace(sid="CA1")), cast(ChildCall, None))
            for question in (
                lambda c: c.queues(foreign.sid).fetch(),
                lambda c: c.queues(foreign.sid).delete(),
                lambda c: c.queues(foreign.sid).update(max_size=1),
                lambda c: c.queues(foreign.sid).members("Front").fetch(),
                lambda c: c.queues(foreign.sid).members("Front").update(url="http://x.test/"),
            ):
                assert await refused(api, question) == (404, 20404)
            assert len(foreign) == 1

    asyncio.run(run())


def test_those_who_wait_are_shown_front_first(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            sids = [numbered("CA", number) for number in range(1, 6)]
            members = await joined(api, "support", *sids)
            queue = members[0].queue
            shown = await api.ask(lambda c: c.queues(queue.sid).fetch())
            assert (shown.current_size, shown.average_wait_time) == (5, 0)
            listed = await api.ask(lambda c: c.queues(queue.sid).members.list())
            assert [each.call_sid for each in listed] == sids
            assert [each.position for each in listed] == [1, 2, 3, 4, 5]
            assert listed[0].queue_sid == queue.sid
            assert abs((listed[0].date_enqueued - members[0].enqueued_at).total_seconds()) < 1
            front = await api.ask(lambda c: c.queues(queue.sid).members("Front").fetch())
            assert (front.call_sid, front.position, front.wait_time) == (sids[0], 1, 0)
            third = await api.ask(lambda c: c.queues(queue.sid).members(sids[2]).fetch())
            assert third.position == 3
            absent = await refused(api, lambda c: c.queues(queue.sid).members(numbered("CA", 9)).fetch())
            assert absent == (404, 20404)

    asyncio.run(run())


def test_a_long_line_comes_page_by_page_although_the_front_leaves_meanwhile(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            sids = [numbered("CA", number) for number in range(1, 8)]
            members = await joined(api, "support", *sids)
            queue = members[0].queue
            first = await api.ask(lambda c: c.queues(queue.sid).members.page(page_size=3))
            assert [each.call_sid for each in first] == sids[:3]
            queue.leave(members[2])
            queue.leave(members[0])
            second = await api.ask(lambda c: first.next_page())
            assert [each.call_sid for each in second] == sids[3:6]
            back = await api.ask(lambda c: second.previous_page())
            assert [each.call_sid for each in back] == [sids[1]]
            last = await api.ask(lambda c: second.next_page())
            assert [each.call_sid for each in last] == sids[6:]

    asyncio.run(run())


def test_a_queue_in_which_somebody_waits_is_not_deleted_and_keeps_them_when_it_changes(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            (member,) = await joined(api, "support", numbered("CA", 1))
            queue = member.queue
            assert await refused(api, lambda c: c.queues(queue.sid).delete()) == (409, 20409)
            await api.ask(lambda c: c.queues(queue.sid).update(friendly_name="help", max_size=1))
            assert (queue.record.friendly_name, queue.max_size, len(queue)) == ("help", 1, 1)
            assert await api.queues.find(ACCOUNT_SID, "help") is queue
            queue.leave(member)
            assert await api.ask(lambda c: c.queues(queue.sid).delete())

    asyncio.run(run())


def test_nobody_is_at_the_front_of_an_empty_queue(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            made = await api.ask(lambda c: c.queues.create(friendly_name="support"))
            assert await api.ask(lambda c: c.queues(made.sid).members.list()) == []
            assert await refused(api, lambda c: c.queues(made.sid).members("Front").fetch()) == (404, 20404)

    asyncio.run(run())
