"""`<Dial><Conference>` in virtual time: who joins, when it starts, how it ends, and what is told of it."""

import asyncio

import pytest

from offhook.conference.change import SeatChange
from offhook.model.call import CallStatus
from offhook.model.conference import ConferenceStatus
from offhook.webhook.ports import ConferenceNews
from tests.unit.verbs.meeting import (
    ALL,
    DONE,
    NEWS,
    TALKS,
    TOLD,
    VOICE,
    WAITS,
    Meeting,
    meet,
)


def test_two_talk_and_the_last_to_leave_ends_it() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call()
        await meeting.call()
        assert meeting.plans == [TALKS, TALKS]
        assert not any(port.is_playing for port in meeting.ports), "the music has stopped"
        assert len(meeting.desk.played) == 1, "the beep of who came when it began"
        await meeting.callers[0].hang_up()
        await asyncio.sleep(1)
        assert meeting.plans == [None, TALKS]
        assert meeting.conference.record.status is ConferenceStatus.IN_PROGRESS
        assert len(meeting.desk.played) == 2

    meeting = meet(act)
    assert meeting.statuses() == [
        ConferenceStatus.INIT,
        ConferenceStatus.IN_PROGRESS,
        ConferenceStatus.COMPLETED,
    ]
    assert meeting.small.voice.texts == []


def test_without_one_who_may_start_it_all_wait() -> None:
    async def act(meeting: Meeting) -> None:
        for _ in range(2):
            await meeting.call("startConferenceOnEnter='false'")
        assert meeting.plans == [WAITS, WAITS]
        await meeting.call()
        assert meeting.plans == [TALKS] * 3
        await meeting.call("startConferenceOnEnter='false'")
        assert meeting.plans == [TALKS] * 4, "once it has started, it has"

    meet(act)


def test_one_who_ends_it_takes_all_along_and_each_goes_on() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"{TOLD}", f"action='{DONE}'")
        await meeting.call()
        await meeting.call("endConferenceOnExit='true' participantLabel='boss'")
        await asyncio.sleep(10)
        await meeting.callers[2].hang_up()
        await asyncio.sleep(1)
        assert len(meeting.small.conferences) == 0
        await asyncio.sleep(10)

    meeting = meet(act)
    assert sorted(meeting.small.voice.texts) == ["After.", "Done."]
    (asked,) = [each for each in meeting.small.bookshelf.asked if each.url == DONE]
    results = dict(asked.results)
    assert results == {"DialCallStatus": "answered"}
    last = meeting.told[-1]
    assert meeting.events == [
        "participant-join",
        "participant-join",
        "conference-start",
        "participant-join",
        "participant-leave",
        "participant-leave",
        "participant-leave",
        "conference-end",
    ]
    assert [each["SequenceNumber"] for each in meeting.told] == [str(n) for n in range(1, 9)]
    assert last["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
    assert last["ParticipantLabelEndingConference"] == "boss"
    assert last["CallSidEndingConference"] == meeting.told[3]["CallSid"]
    reasons = [each["ReasonParticipantLeft"] for each in meeting.told[4:7]]
    assert reasons == ["participant_hung_up", "moderator_ended_conference", "moderator_ended_conference"]
    statuses = [each["ParticipantCallStatus"] for each in meeting.told[4:7]]
    assert statuses == ["completed", "in-progress", "in-progress"]


def test_hangup_on_star_leaves_and_answered_is_told() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call("", f"hangupOnStar='true' action='{DONE}'")
        await meeting.call()
        meeting.ports[0].press("12")
        await asyncio.sleep(1)
        assert meeting.plans == [TALKS, TALKS]
        meeting.ports[0].press("*")
        await asyncio.sleep(1)
        assert meeting.plans == [None, TALKS]

    meeting = meet(act)
    (asked,) = [each for each in meeting.small.bookshelf.asked if each.url == DONE]
    assert dict(asked.results) == {"DialCallStatus": "answered"}


def test_the_time_limit_of_the_dial_counts_for_its_participant() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call("", "timeLimit='60'")
        await meeting.call()
        await asyncio.sleep(58)
        assert meeting.plans == [TALKS, TALKS]
        await asyncio.sleep(2)
        assert meeting.plans == [None, TALKS]

    meet(act)


def test_first_participant_fixes_conference_callback_settings() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"statusCallback='{NEWS}' statusCallbackEvent='start' statusCallbackMethod='GET'")
        await meeting.call(f"statusCallback='{DONE}' statusCallbackEvent='{ALL}'")

    meeting = meet(act)
    news = [each for each in meeting.small.bookshelf.delivered if isinstance(each, ConferenceNews)]
    assert [(each.url, each.method) for each in news] == [(NEWS, "GET")]
    assert meeting.events == ["conference-start"]
    assert meeting.told[0]["FriendlyName"] == "room"


def test_the_end_is_told_by_the_next_node_with_a_higher_number_if_this_one_dies() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        kept = meeting.small.store.subscriptions.kept
        subscription = kept[meeting.conference.sid]
        assert (subscription.url, subscription.events) == (NEWS, frozenset({"end"}))
        assert subscription.sequence_number == 64
        for is_muted in (True, False) * 40:
            meeting.conference.change(meeting.people[0].call_sid, SeatChange(is_muted=is_muted))
            await asyncio.sleep(1)
        assert len(meeting.told) == 81
        assert kept[meeting.conference.sid].sequence_number > 82

    meeting = meet(act)
    assert meeting.small.store.subscriptions.kept == {}
    assert meeting.told[-1]["SequenceNumber"] == "83"


def test_a_callback_without_events_is_told_nothing() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"statusCallback='{NEWS}'")

    assert meet(act).events == []


@pytest.mark.parametrize(
    ("before", "attributes", "name", "code"),
    [
        ("participantLabel='ann'", "participantLabel='ann'", "room", 16025),
        ("maxParticipants='2'", "maxParticipants='200'", "room", 16020),
        ("", f"coach='CA{'0' * 32}'", "room", 13240),
        ("", f"coach='CA{'0' * 32}'", "another", 13240),
        ("", "", f"CF{'0' * 32}", 13236),
        ("", "", "n" * 129, 13237),
        ("", "", "", 13237),
    ],
)
def test_who_cannot_join_goes_on_with_the_action(before: str, attributes: str, name: str, code: int) -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(before)
        await meeting.call()
        await meeting.call(attributes, f"action='{DONE}'", name)
        assert len(meeting.people) == 2

    meeting = meet(act)
    assert code in meeting.small.store.notifications.codes
    (asked,) = [each for each in meeting.small.bookshelf.asked if each.url == DONE]
    assert dict(asked.results)["DialCallStatus"] == "failed"


def test_a_node_that_has_all_the_conferences_it_takes_begins_no_other() -> None:
    async def act(meeting: Meeting) -> None:
        for name in ("room", "second", "third"):
            await meeting.call(name=name)
        assert len(meeting.small.conferences) == 2
        await meeting.call()
        assert len(meeting.people) == 2, "one that runs is joined"

    meeting = meet(act)
    assert meeting.small.store.notifications.codes == [16021]


def test_a_conference_may_be_named_by_its_sid_while_it_runs() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call()
        await meeting.call(name=meeting.conference.sid)
        assert meeting.plans == [TALKS, TALKS]

    meet(act)


def test_a_member_whose_media_dies_leaves_as_one_that_hangs_up() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        meeting.ports[0].fail("a defect")
        await asyncio.sleep(2)
        assert meeting.plans == [None, TALKS]

    meeting = meet(act)
    assert meeting.small.store.notifications.codes == [12400]
    left = [each for each in meeting.told if each["StatusCallbackEvent"] == "participant-leave"]
    assert left[0]["ParticipantCallStatus"] == CallStatus.COMPLETED.value


def test_a_noun_beside_it_is_skipped_and_it_beside_others_too() -> None:
    async def act(meeting: Meeting) -> None:
        noun = "<Conference>room</Conference>"
        meeting.small.bookshelf.documents[VOICE] = (
            f"<Response><Dial>{noun}<Number>+15005550006</Number></Dial></Response>"
        )
        meeting.callers.append(await meeting.small.call())
        await asyncio.sleep(1)
        assert len(meeting.people) == 1

    assert meet(act).small.store.notifications.codes == [13000]
