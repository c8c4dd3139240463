"""Several nodes on one database: what one has open is not another one's to close."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from offhook.model.call import CallStatus
from offhook.model.callback import PendingCallback, Subscription
from offhook.model.conference import ConferenceStatus
from offhook.model.recording import RecordingStatus
from tests.support.stores import (
    ACCOUNT,
    BORN,
    account,
    call,
    conference,
    credential_list,
    numbered,
    opened,
    recording,
    sip_domain,
)

A, B = "0000000a", "ffffffff"


def test_each_node_closes_its_own_calls_or_those_of_a_named_one(url: str) -> None:
    async def run() -> None:
        later = BORN + timedelta(hours=1)
        async with opened(url, A) as one, opened(url, B) as other:
            one.calls.post(call(1))
            other.calls.post(call(2))
            await one.flushed()
            assert await other.calls.close_left_open(later) == 1
            assert await other.calls.close_left_open(later) == 0
            found = await other.calls.fetch(ACCOUNT, call(1).sid)
            assert found == call(1), "it is alive"
            assert await other.calls.close_left_open(later, node=A) == 1

    asyncio.run(run())


def test_a_call_and_a_conference_tell_which_other_node_has_them_while_they_live(url: str) -> None:
    """Where the database is one node's, there is no other."""

    async def run() -> None:
        async with opened(url, A) as one, opened(url, B) as other:
            one.calls.post(call(1))
            one.conferences.post(conference(1))
            await one.flushed()
            there = A if one.is_shared else None
            assert await other.calls.elsewhere(ACCOUNT, call(1).sid) == there
            assert await other.conferences.elsewhere(ACCOUNT, conference(1).sid) == there
            assert await one.calls.elsewhere(ACCOUNT, call(1).sid) is None
            assert await one.conferences.elsewhere(ACCOUNT, conference(1).sid) is None
            assert await other.calls.elsewhere("AC" + "0" * 32, call(1).sid) is None
            assert await other.calls.elsewhere(ACCOUNT, call(2).sid) is None
            one.calls.post(replace(call(1), status=CallStatus.COMPLETED))
            one.conferences.post(replace(conference(1), status=ConferenceStatus.COMPLETED))
            await one.flushed()
            assert await other.calls.elsewhere(ACCOUNT, call(1).sid) is None
            assert await other.conferences.elsewhere(ACCOUNT, conference(1).sid) is None

    asyncio.run(run())


def test_recordings_left_open_are_those_of_the_node(url: str) -> None:
    async def run() -> None:
        being_made = replace(recording(1), status=RecordingStatus.IN_PROGRESS)
        async with opened(url, A) as one, opened(url, B) as other:
            one.recordings.post(being_made)
            await one.flushed()
            assert await other.recordings.left_open(9) == []
            assert await one.recordings.left_open(9) == [being_made]

    asyncio.run(run())


def test_callbacks_are_numbered_by_each_node_for_itself(url: str) -> None:
    async def run() -> None:
        def pending(number: int, text: str) -> PendingCallback:
            return PendingCallback(number, ACCOUNT, numbered("CA", 1), BORN, text)

        async with opened(url, A) as one, opened(url, B) as other:
            one.callbacks.post(pending(1, "of a"))
            other.callbacks.post(pending(1, "of b"))
            other.callbacks.post(pending(2, "of b too"))
            await other.flushed()
            assert await one.callbacks.last_number() == 1
            assert await one.callbacks.last_number(node=B) == 2
            assert await one.callbacks.load(0, 9, 9) == [pending(1, "of a")]
            assert [each.news for each in await one.callbacks.load(1, 9, 9, node=B)] == ["of b too"]
            one.callbacks.post_removal(1, node=B)
            assert await one.callbacks.load(0, 9, 9) == [pending(1, "of a")]
            await one.flushed()
            assert [each.number for each in await other.callbacks.load(0, 9, 9)] == [2]

    asyncio.run(run())


def test_subscriptions_are_the_node_s(url: str) -> None:
    async def run() -> None:
        wanted = Subscription(
            numbered("CA", 1), ACCOUNT, BORN, "http://a.test/", "POST", frozenset({"completed"})
        )
        async with opened(url, A) as one, opened(url, B) as other:
            one.subscriptions.post(wanted)
            await one.flushed()
            assert await other.subscriptions.load("", 9) == []
            assert await other.subscriptions.load("", 9, node=A) == [wanted]

    asyncio.run(run())


def test_another_node_notices_who_may_call_where_the_database_is_shared(url: str) -> None:
    async def run() -> None:
        async with opened(url, A) as one, opened(url, B) as other:
            await one.accounts.save(account())
            await other.refresh_access()
            before = other.access_revision
            await other.refresh_access()
            assert other.access_revision == before, "nothing was changed"
            await one.sip_domains.insert(sip_domain())
            await other.refresh_access()
            assert (other.access_revision > before) == other.is_shared
            before = other.access_revision
            await one.credential_lists.insert(credential_list())
            await other.refresh_access()
            assert (other.access_revision > before) == other.is_shared

    asyncio.run(run())


def test_a_kept_setting_is_removed_by_one_alone(url: str) -> None:
    async def run() -> None:
        async with opened(url) as store:
            await store.kept_settings.save("lived_until:a", "1")
            await store.kept_settings.save("lived_until:b", "2")
            await store.kept_settings.save("lived-until:c", "3")
            assert await store.kept_settings.fetch_all("lived_until:") == {"a": "1", "b": "2"}
            assert not await store.kept_settings.remove("lived_until:a", "2")
            assert await store.kept_settings.remove("lived_until:a", "1")
            assert not await store.kept_settings.remove("lived_until:a", "1")

    asyncio.run(run())
