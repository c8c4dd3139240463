"""Conferences and their participants as the Twilio SDK sees them (reference/rest-api 2.3, 3.2, 4.2)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from offhook.base.redact import Secret
from offhook.call.call import Call
from offhook.conference.conference import Conference
from offhook.conference.plan import ConferencePlan, SeatPlan
from offhook.model.call import CallStatus
from offhook.model.conference import Conference as ConferenceRecord
from offhook.model.conference import ConferenceEnding, ConferenceStatus
from tests.support.api import ACCOUNT_SID, AUTH_TOKEN, BORN, RunningApi, running_api
from tests.support.stores import call, numbered, recording

CF = "CF" + "1" * 32
ROOM = ConferencePlan(ACCOUNT_SID, "room", Secret(AUTH_TOKEN))


async def refused(api: RunningApi, question: Any) -> tuple[int, int]:
    """HTTP status and code of the error that a question is answered with."""
    with pytest.raises(TwilioRestException) as caught:
        await api.ask(question)
    return caught.value.status, caught.value.code


def dialled(api: RunningApi, number: int, seat: SeatPlan = SeatPlan()) -> Conference:  # noqa: B008 (frozen)
    """The conference of one more who is dialled for it."""
    record = replace(call(number, account_sid=ACCOUNT_SID), status=CallStatus.RINGING)
    puts: list[object] = []
    inbox = SimpleNamespace(put=puts.append, puts=puts)
    live = SimpleNamespace(sid=record.sid, record=record, ended=asyncio.Event(), inbox=inbox)
    return api.conferences.expect(ROOM, seat, cast(Call, live))


def over(number: int, **changes: Any) -> ConferenceRecord:
    moment = BORN + timedelta(days=number)
    record = ConferenceRecord(
        sid=numbered("CF", number),
        account_sid=ACCOUNT_SID,
        friendly_name=f"room {number}",
        status=ConferenceStatus.COMPLETED,
        created_at=moment,
        updated_at=moment + timedelta(days=1),
        region="ie1",
        reason_ended=ConferenceEnding.LAST_LEFT,
        ending_call_sid=numbered("CA", number),
    )
    return replace(record, **changes)


def test_conferences_are_found_and_listed_by_what_is_asked(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            for number in (1, 2, 3):
                api.store.conferences.post(over(number))
            foreign = over(9, account_sid="AC" + "9" * 32)
            api.store.conferences.post(foreign)
            live = dialled(api, 1)
            found = await api.ask(lambda c: c.conferences(numbered("CF", 2)).fetch())
            assert (found.friendly_name, found.status, found.region) == ("room 2", "completed", "ie1")
            assert found.reason_conference_ended == "last-participant-left"
            assert found.call_sid_ending_conference == numbered("CA", 2)
            assert set(found.subresource_uris) == {"participants", "recordings"}
            running = await api.ask(lambda c: c.conferences(live.sid).fetch())
            assert (running.status, running.reason_conference_ended) == ("init", None)

            async def names(**wanted: Any) -> list[str]:
                listed = await api.ask(lambda c: c.conferences.list(**wanted))
                return [each.friendly_name for each in listed]

            assert sorted(await names()) == ["room", "room 1", "room 2", "room 3"]
            assert await names(status="init") == ["room"]
            assert await names(status="in-progress") == []
            assert await names(friendly_name="room 3") == ["room 3"]
            day = BORN.date() + timedelta(days=2)
            assert await names(date_created=day) == ["room 2"]
            assert await names(date_created_before=day) == ["room 1"]
            assert await names(date_updated=day) == ["room 1"]
            assert sorted(await names(page_size=1)) == ["room", "room 1", "room 2", "room 3"]
            assert await refused(api, lambda c: c.conferences(foreign.sid).fetch()) == (404, 20404)
            with pytest.raises(TwilioException, match="20422"):
                await api.ask(lambda c: c.conferences.list(status="begun"))
            live.end()

    asyncio.run(run())


def test_what_is_over_is_not_changed_and_has_no_participants(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.conferences.post(over(1))
            sid = numbered("CF", 1)
            gone = (400, 16022)
            assert await refused(api, lambda c: c.conferences(sid).update(status="completed")) == gone
            assert (
                await refused(api, lambda c: c.conferences(sid).update(announce_url="http://x.test/a"))
                == gone
            )
            assert await api.ask(lambda c: c.conferences(sid).participants.list()) == []
            for wanted in (numbered("CA", 1), "ann"):
                assert await refused(api, lambda c, w=wanted: c.conferences(sid).participants(w).fetch()) == (
                    404,
                    20404,
                )
                assert await refused(
                    api, lambda c, w=wanted: c.conferences(sid).participants(w).update(muted=True)
                ) == (404, 20404)
            dial = {"from_": "sip:a@b.test", "to": "sip:c@d.test"}
            for name in (sid, CF):
                assert (
                    await refused(api, lambda c, n=name: c.conferences(n).participants.create(**dial)) == gone
                )
            assert await refused(api, lambda c: c.conferences(CF).update(status="completed")) == (404, 20404)

    asyncio.run(run())


def test_who_is_dialled_is_seen_changed_and_called_off(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            live = dialled(api, 1, SeatPlan(label="ann b", is_muted=True))
            dialled(api, 2)

            def participants(client: Client) -> Any:
                return client.conferences(live.sid).participants

            first, second = await api.ask(lambda c: participants(c).list())
            assert (first.label, first.muted, first.status, first.queue_time) == (
                "ann b",
                True,
                "ringing",
                None,
            )
            assert (first.start_conference_on_enter, first.end_conference_on_exit) == (True, False)
            assert [p.call_sid for p in await api.ask(lambda c: participants(c).list(muted=True))] == [
                first.call_sid
            ]
            found = await api.ask(lambda c: participants(c)("ann b").fetch())
            assert found.call_sid == first.call_sid
            changed = await api.ask(
                lambda c: participants(c)("ann b").update(muted=False, end_conference_on_exit=True)
            )
            assert (changed.muted, changed.end_conference_on_exit) == (False, True)
            pages = await api.ask(lambda c: participants(c).list(page_size=1))
            assert [each.call_sid for each in pages] == [first.call_sid, second.call_sid]
            assert await api.ask(lambda c: participants(c)(second.call_sid).delete())
            assert await refused(
                api, lambda c: c.conferences(live.sid).update(announce_url="http://x.test/a")
            ) == (400, 16001)
            ended = await api.ask(lambda c: c.conferences(live.sid).update(status="completed"))
            assert (ended.status, ended.reason_conference_ended) == ("completed", "conference-ended-via-api")
            assert len(api.conferences) == 0

    asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "wanted", "status", "code"),
    [
        ("room", {"label": "a/b"}, 400, 16024),
        ("room", {"label": f"CA{'0' * 32}"}, 400, 16024),
        ("room", {"label": "l" * 129}, 400, 16024),
        ("room", {"coaching": True}, 400, 16028),
        ("room", {"max_participants": 1}, 422, 20422),
        ("room", {"timeout": 4}, 400, 21208),
        ("room", {"beep": "loud"}, 422, 20422),
        ("room", {"jitter_buffer_size": "huge"}, 422, 20422),
        ("room", {"conference_status_callback_event": ["begin"]}, 400, 21626),
        ("room", {"conference_record": "maybe"}, 422, 20422),
        ("room", {"region": "mars1"}, 422, 20422),
        ("room", {"to": "not a uri"}, 400, 21211),
        ("n" * 129, {}, 400, 16003),
        ("room", {}, 503, 20503),
    ],
)
def test_what_cannot_be_dialled_is_refused(
    tmp_path: Path, name: str, wanted: dict[str, Any], status: int, code: int
) -> None:
    """The last: nothing is wrong with it, but for the exchange that is not there."""

    async def run() -> None:
        async with running_api(tmp_path) as api:
            asked = {"from_": "sip:a@b.test", "to": "sip:c@d.test", **wanted}
            assert await refused(api, lambda c: c.conferences(name).participants.create(**asked)) == (
                status,
                code,
            )

    asyncio.run(run())


def test_recordings_of_a_conference(tmp_path: Path) -> None:
    async def run() -> None:
        async with running_api(tmp_path) as api:
            api.store.conferences.post(over(1))
            sid = numbered("CF", 1)
            mixed = replace(
                recording(1, account_sid=ACCOUNT_SID, call_sid=None), conference_sid=sid, call_sid=None
            )
            api.store.recordings.post(mixed)
            api.store.recordings.post(recording(2, account_sid=ACCOUNT_SID))
            (listed,) = await api.ask(lambda c: c.conferences(sid).recordings.list())
            assert (listed.sid, listed.conference_sid, listed.call_sid) == (mixed.sid, sid, None)
            assert listed.uri.endswith(f"/Conferences/{sid}/Recordings/{mixed.sid}.json")
            fetched = await api.ask(lambda c: c.conferences(sid).recordings(mixed.sid).fetch())
            assert fetched.duration == listed.duration
            other = numbered("RE", 2)
            assert await refused(api, lambda c: c.conferences(sid).recordings(other).fetch()) == (404, 20404)
            pause = lambda c: c.conferences(sid).recordings(mixed.sid).update(status="paused")  # noqa: E731
            assert await refused(api, pause) == (400, 21220)
            stop = lambda c: c.conferences(sid).recordings(mixed.sid).update(status="stopped")  # noqa: E731
            assert await refused(api, stop) == (422, 20422)
            assert await api.ask(lambda c: c.conferences(sid).recordings(mixed.sid).delete())
            assert await api.ask(lambda c: c.conferences(sid).recordings.list()) == []

    asyncio.run(run())
