"""Somebody who is dialled for a conference, in virtual time: joins with the answer, or has left."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from offhook.base.redact import Secret
from offhook.call.progress import StatusCallback
from offhook.conference.change import SeatChange
from offhook.conference.conference import Conference
from offhook.conference.plan import ConferencePlan, JoinError, News, SeatPlan
from offhook.media.ports.room import MemberPlan
from offhook.model.call import CallStatus
from offhook.model.conference import ConferenceEnding, ConferenceStatus, Participant
from offhook.phone.phone_call import PhoneCall
from offhook.sip.uri import SipUri
from offhook.switchboard.place_call import CallToPlace, ClientToCall
from offhook.verbs.dialler import OverloadError
from offhook.verbs.runner import InlineDocument
from offhook.webhook.callback import parameters_of
from offhook.webhook.ports import ConferenceNews, ConferenceSubscription, ProgressEvent
from tests.support.callee import Callee
from tests.support.memory_store import ACCOUNT
from tests.support.small_exchange import SmallExchange
from tests.support.virtual_time import run
from tests.unit.switchboard.test_place_call import office

NEWS = News("http://app.test/news", "POST", frozenset(ConferenceSubscription))
ROOM = ConferencePlan(ACCOUNT.sid, "room", Secret("token"), news=NEWS)
VOICE = "http://app.test/voice"

Act = Callable[[SmallExchange, list[Callee]], Awaitable[None]]


def document(conference_sid: str) -> InlineDocument:
    noun = f"<Conference waitUrl='' participantLabel='bob'>{conference_sid}</Conference>"
    return InlineDocument(f"<Response><Dial>{noun}</Dial></Response>")


def wanted() -> CallToPlace:
    return CallToPlace(
        account_sid=ACCOUNT.sid,
        auth_token=ACCOUNT.auth_token,
        to=ClientToCall("bob"),
        from_="desk",
        from_uri=SipUri.parse("sip:desk@sip.localhost"),
        start=InlineDocument(""),
        fallback_url=None,
        fallback_method="POST",
        timeout_s=20.0,
        time_limit_s=3600.0,
    )


def add(small: SmallExchange, seat: SeatPlan | None = None, plan: ConferencePlan = ROOM) -> Participant:
    return small.exchange.add_participant(wanted(), plan, seat or SeatPlan(label="bob"), document)


def told(small: SmallExchange) -> list[dict[str, str]]:
    news = [each for each in small.bookshelf.delivered if isinstance(each, ConferenceNews)]
    return [dict(parameters_of(each)) for each in news]


def events(small: SmallExchange) -> list[str]:
    return [each["StatusCallbackEvent"] for each in told(small)]


def dialling(act: Act) -> SmallExchange:
    async def scenario() -> SmallExchange:
        shelf = {VOICE: "<Response><Dial><Conference waitUrl=''>room</Conference></Dial></Response>"}
        async with office(40, documents=shelf) as (small, callees):
            await act(small, callees)
            assert await small.exchange.drain(120)
            await asyncio.sleep(5)
            assert len(small.conferences) == 0
        return small

    return run(scenario())


def status_of(conference: Conference) -> ConferenceStatus:
    return conference.record.status


async def ring(callee: Callee) -> None:
    await callee.ringing()


def test_it_joins_with_its_answer_whoever_waits_already() -> None:
    async def act(small: SmallExchange, callees: list[Callee]) -> None:
        caller: PhoneCall = await small.call()
        await asyncio.sleep(1)
        participant = add(small)
        assert (participant.label, participant.has_joined) == ("bob", False)
        leg = await callees[0].ringing()
        conference = small.conferences.find(ACCOUNT.sid, "room")
        assert conference is not None
        assert conference.sid == participant.conference_sid
        assert [each.has_joined for each in conference.participants()] == [True, False]
        assert status_of(conference) is ConferenceStatus.INIT
        changed = conference.change(participant.call_sid, SeatChange(is_muted=True))
        assert changed is not None
        leg.answer()
        await asyncio.sleep(1)
        joined = conference.find("bob")
        assert joined is not None
        assert (joined.has_joined, joined.is_muted) == (True, True), "what was changed meanwhile stays"
        assert status_of(conference) is ConferenceStatus.IN_PROGRESS
        leg.hang_up()
        await asyncio.sleep(1)
        await caller.hang_up()

    small = dialling(act)
    assert events(small) == [], "the first participant had no callback, and fixed that"


def test_it_begins_a_conference_of_an_unknown_name_which_ends_with_it_if_nobody_answers() -> None:
    async def act(small: SmallExchange, callees: list[Callee]) -> None:
        participant = add(small)
        await ring(callees[0])
        conference = small.conferences.find(ACCOUNT.sid, participant.conference_sid)
        assert conference is not None
        await asyncio.sleep(40)

    small = dialling(act)
    assert events(small) == ["participant-leave", "conference-end"]
    left, ended = told(small)
    assert (left["ReasonParticipantLeft"], left["ParticipantCallStatus"]) == (
        "participant_add_failed",
        "no-answer",
    )
    assert ended["CallSidEndingConference"] == left["CallSid"]
    record = small.store.conferences.last
    assert (record.status, record.reason_ended) == (ConferenceStatus.COMPLETED, ConferenceEnding.LAST_LEFT)


def test_it_is_called_no_more_when_it_is_kicked_while_it_rings() -> None:
    async def act(small: SmallExchange, callees: list[Callee]) -> None:
        participant = add(small)
        await ring(callees[0])
        conference = small.conferences.find(ACCOUNT.sid, "room")
        assert conference is not None
        conference.kick(participant.call_sid)
        await asyncio.sleep(1)

    small = dialling(act)
    assert small.store.calls.last.status is CallStatus.CANCELED
    assert events(small) == ["participant-leave", "conference-end"]
    assert told(small)[0]["ParticipantCallStatus"] == "canceled"


def test_the_call_of_one_that_is_kicked_while_it_rings_is_told_its_end() -> None:
    async def act(small: SmallExchange, callees: list[Callee]) -> None:
        order = replace(wanted(), status_callback=StatusCallback("http://app.test/leg"))
        participant = small.exchange.add_participant(order, ROOM, SeatPlan(label="bob"), document)
        await ring(callees[0])
        conference = small.conferences.find(ACCOUNT.sid, "room")
        assert conference is not None
        conference.kick(participant.call_sid)
        await asyncio.sleep(1)

    (news,) = dialling(act).bookshelf.progress
    assert (news.event, news.call.status) == (ProgressEvent.COMPLETED, CallStatus.CANCELED)


def test_a_conference_that_ends_calls_off_who_is_dialled() -> None:
    async def act(small: SmallExchange, callees: list[Callee]) -> None:
        participant = add(small)
        await ring(callees[0])
        conference = small.conferences.find(ACCOUNT.sid, participant.conference_sid)
        assert conference is not None
        conference.end()
        conference.end()
        await asyncio.sleep(1)

    small = dialling(act)
    assert small.store.calls.last.status is CallStatus.CANCELED
    assert events(small) == ["participant-leave", "conference-end"]
    assert told(small)[1]["ReasonConferenceEnded"] == "conference-ended-via-api"


def test_one_that_is_answered_as_its_conference_ends_begins_no_other() -> None:
    async def act(small: SmallExchange, callees: list[Callee]) -> None:
        participant = add(small)
        leg = await callees[0].ringing()
        conference = small.conferences.find(ACCOUNT.sid, participant.conference_sid)
        assert conference is not None
        leg.answer()
        conference.end()
        await asyncio.sleep(5)

    small = dialling(act)
    assert len(small.media.rooms) == 1
    assert small.store.calls.last.status in (CallStatus.CANCELED, CallStatus.COMPLETED)


@pytest.mark.parametrize("has_early_media", [True, False])
def test_early_media_is_heard_by_those_who_wait_if_it_is_wanted(*, has_early_media: bool) -> None:
    async def act(small: SmallExchange, callees: list[Callee]) -> None:
        caller = await small.call()
        await asyncio.sleep(1)
        add(small, SeatPlan(has_early_media=has_early_media))
        leg = await callees[0].ringing()
        room = small.media.rooms[0]
        waits = MemberPlan(is_heard=False, hears=False)
        assert list(room.members.values()) == [MemberPlan(is_desk=True), waits]
        leg.open_early_media()
        await asyncio.sleep(1)
        if has_early_media:
            hears = MemberPlan(is_heard=False)
            assert list(room.members.values())[1:] == [hears, MemberPlan(hears=False)]
        else:
            assert len(room.members) == 2
        leg.answer()
        await asyncio.sleep(1)
        assert list(room.members.values())[1:] == [MemberPlan(), MemberPlan()]
        leg.hang_up()
        await asyncio.sleep(1)
        await caller.hang_up()

    dialling(act)


def test_early_media_of_who_refuses_is_heard_no_more() -> None:
    async def act(small: SmallExchange, callees: list[Callee]) -> None:
        caller = await small.call()
        await asyncio.sleep(1)
        add(small, SeatPlan(has_early_media=True))
        leg = await callees[0].ringing()
        leg.open_early_media()
        await asyncio.sleep(1)
        leg.refuse(486)
        await asyncio.sleep(1)
        assert len(small.media.rooms[0].members) == 2
        assert list(small.media.rooms[0].members.values())[1] == MemberPlan(is_heard=False, hears=False)
        await caller.hang_up()

    dialling(act)


@pytest.mark.parametrize(
    ("seat", "code"),
    [
        (SeatPlan(label="bob"), 16025),
        (SeatPlan(label="ann", coaches="CA" + "0" * 32), 13240),
        (SeatPlan(label="ann"), 16020),
    ],
)
def test_who_could_not_join_is_not_dialled(seat: SeatPlan, code: int) -> None:
    async def act(small: SmallExchange, callees: list[Callee]) -> None:
        plan = replace(ROOM, participants_max=2)
        add(small, plan=plan)
        if code == 16020:
            add(small, SeatPlan(label="carol"))
        calls = small.exchange.calls
        with pytest.raises(JoinError) as refused:
            add(small, seat)
        assert refused.value.code == code
        assert small.exchange.calls == calls
        conference = small.conferences.find(ACCOUNT.sid, "room")
        assert conference is not None
        conference.end()
        await asyncio.sleep(1)

    dialling(act)


def test_a_node_that_is_full_begins_no_conference_for_it() -> None:
    async def act(small: SmallExchange, callees: list[Callee]) -> None:
        small.exchange._calls_max = 0
        with pytest.raises(OverloadError):
            add(small)
        assert len(small.conferences) == 0

    dialling(act)
