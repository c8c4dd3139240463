"""What a participant of `<Conference>` may do, in virtual time: mute, hold, coaches, kicks, speakers."""

import asyncio

import pytest

from offhook.conference.change import SeatChange
from offhook.conference.plan import JoinError, Target
from offhook.media.ports.room import JitterBuffer, MemberPlan
from offhook.switchboard.update_call import CallUpdate
from offhook.verbs.runner import InlineDocument
from tests.support.memory_store import ACCOUNT
from tests.unit.verbs.meeting import (
    HOLD,
    TALKS,
    TOLD,
    WAIT,
    WAITS,
    Meeting,
    meet,
)


def test_update_of_a_participant_removes_it_and_drops_everyone_if_it_ends_it() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call("endConferenceOnExit='true'")
        calls = meeting.people
        update = CallUpdate(start=InlineDocument("<Response><Say>Elsewhere.</Say></Response>"))
        await meeting.small.exchange.update(ACCOUNT.sid, calls[1].call_sid, update)
        await asyncio.sleep(5)
        assert len(meeting.small.conferences) == 0

    meeting = meet(act)
    assert sorted(meeting.small.voice.texts) == ["After.", "Elsewhere."]
    assert meeting.told[3]["ReasonParticipantLeft"] == "participant_updated_via_api"
    assert meeting.told[-1]["StatusCallbackEvent"] == "conference-end"


def test_a_muted_participant_hears_all_and_is_not_heard() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call("muted='true' jitterBufferSize='small'")
        assert meeting.plans == [TALKS, MemberPlan(is_heard=False, jitter_buffer=JitterBuffer.SMALL)]
        conference, (one, two) = meeting.conference, tuple(meeting.people)
        assert two.is_muted
        conference.change(two.call_sid, SeatChange(is_muted=False))
        conference.change(two.call_sid, SeatChange(is_muted=False))
        conference.change(one.call_sid, SeatChange(is_muted=True))
        assert meeting.plans == [
            MemberPlan(is_heard=False),
            MemberPlan(jitter_buffer=JitterBuffer.SMALL),
        ]
        await asyncio.sleep(1)
        assert meeting.events[-2:] == ["participant-unmute", "participant-mute"], "each once"
        assert (meeting.told[-1]["Muted"], meeting.told[-2]["Muted"]) == ("true", "false")

    meet(act)


def test_on_hold_it_hears_the_hold_document_alone_and_is_not_heard() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        conference, (_, two) = meeting.conference, meeting.people
        conference.change(two.call_sid, SeatChange(is_on_hold=True, hold=Target(HOLD, "GET")))
        await asyncio.sleep(30)
        assert meeting.plans == [TALKS, WAITS]
        assert meeting.people[1].is_on_hold
        assert meeting.small.voice.texts == ["On hold."]
        conference.change(two.call_sid, SeatChange(is_on_hold=True))
        await asyncio.sleep(1)
        assert meeting.hears_its_own(1), "the music of the node"
        conference.change(two.call_sid, SeatChange(is_on_hold=False))
        await asyncio.sleep(1)
        assert meeting.plans == [TALKS, TALKS]
        assert not meeting.hears_its_own(1)
        assert meeting.events[-2:] == ["participant-hold", "participant-unhold"]

    meet(act)


@pytest.mark.parametrize("is_held", [True, False])
def test_who_leaves_is_told_of_as_held_where_it_was_then(is_held: bool) -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        (_, two) = meeting.people
        meeting.conference.change(two.call_sid, SeatChange(is_on_hold=True))
        if not is_held:
            meeting.conference.change(two.call_sid, SeatChange(is_on_hold=False))
        await meeting.callers[1].hang_up()
        await asyncio.sleep(1)
        assert (meeting.told[-1]["StatusCallbackEvent"], meeting.told[-1]["Hold"]) == (
            "participant-leave",
            str(is_held).lower(),
        )

    meet(act)


def test_who_is_held_before_the_start_stays_held() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call()
        (one,) = meeting.people
        meeting.conference.change(one.call_sid, SeatChange(is_on_hold=True))
        await meeting.call()
        assert meeting.plans == [WAITS, TALKS]
        meeting.conference.change(one.call_sid, SeatChange(is_on_hold=False))
        assert meeting.plans == [TALKS, TALKS]

    meet(act)


def test_a_coach_is_heard_by_one_alone() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        one, two = meeting.people
        await meeting.call(f"coach='{one.call_sid}'")
        ports = meeting.ports
        assert meeting.plans[2] == MemberPlan(coaches=ports[0].port_id)
        coach = meeting.people[2]
        assert (coach.is_coaching, coach.call_sid_to_coach) == (True, one.call_sid)
        meeting.conference.change(coach.call_sid, SeatChange(is_coaching=True, coaches=two.call_sid))
        assert meeting.plans[2] == MemberPlan(coaches=ports[1].port_id)
        meeting.conference.change(coach.call_sid, SeatChange(is_coaching=False))
        assert meeting.plans[2] == TALKS
        meeting.conference.change(coach.call_sid, SeatChange(is_coaching=True))
        await meeting.callers[1].hang_up()
        await asyncio.sleep(1)
        assert meeting.plans[2] == MemberPlan(coaches=0), "nobody hears it"
        for nobody in (two.call_sid, coach.call_sid):
            with pytest.raises(JoinError) as refused:
                meeting.conference.change(coach.call_sid, SeatChange(is_coaching=True, coaches=nobody))
            assert refused.value.code == 16028
        meeting.conference.change(one.call_sid, SeatChange(is_on_hold=True))
        with pytest.raises(JoinError) as refused:
            meeting.conference.change(coach.call_sid, SeatChange(is_coaching=True, coaches=one.call_sid))
        assert refused.value.code == 16027
        await asyncio.sleep(1)
        assert meeting.events.count("participant-modify") == 3

    meet(act)


@pytest.mark.parametrize(("ends", "ending"), [("false", "last-participant-kicked"), ("true", "kicked")])
def test_who_is_kicked_leaves_and_its_document_goes_on(ends: str, ending: str) -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"{TOLD} endConferenceOnExit='{ends}'")
        (one,) = meeting.people
        meeting.conference.kick(one.call_sid)
        meeting_sid = one.conference_sid
        assert meeting.small.conferences.find(ACCOUNT.sid, meeting_sid) is None
        await asyncio.sleep(5)

    meeting = meet(act)
    assert meeting.small.voice.texts == ["After."]
    assert meeting.told[-1]["ReasonConferenceEnded"].endswith(ending)
    assert meeting.told[1]["ReasonParticipantLeft"] == "participant_updated_via_api"


def test_who_is_kicked_while_its_wait_document_is_fetched_leaves_at_once() -> None:
    async def act(meeting: Meeting) -> None:
        meeting.small.bookshelf.delay_s = 10.0
        await meeting.call(f"waitUrl='{WAIT}' {TOLD}")
        await asyncio.sleep(5)
        (one,) = meeting.people
        meeting.small.bookshelf.delay_s = 0.0
        meeting.conference.kick(one.call_sid)
        await asyncio.sleep(1)
        assert meeting.small.voice.texts == ["After."]
        await asyncio.sleep(30)

    meeting = meet(act)
    assert meeting.events == ["participant-join", "participant-leave", "conference-end"]


def test_speakers_are_told_while_they_can_be_heard() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        one, two = meeting.ports
        one.speak(1000)
        await asyncio.sleep(1)
        meeting.conference.change(meeting.people[1].call_sid, SeatChange(is_muted=True))
        two.speak(1000)
        await asyncio.sleep(1)

    meeting = meet(act)
    speech = [each for each in meeting.told if "speech" in each["StatusCallbackEvent"]]
    assert [each["StatusCallbackEvent"] for each in speech] == [
        "participant-speech-start",
        "participant-speech-stop",
    ]
    assert speech[0]["CallSid"] == meeting.told[0]["CallSid"]


def test_another_wait_document_and_another_end_are_modifications() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        (one,) = meeting.people
        change = SeatChange(changes_wait=True, wait=Target(WAIT, "POST"), ends_conference=True)
        meeting.conference.change(one.call_sid, change)
        await asyncio.sleep(5)
        assert meeting.small.voice.texts == ["Please wait."]
        assert meeting.events[-1] == "participant-modify"
        assert meeting.told[-1]["EndConferenceOnExit"] == "true"
        assert meeting.conference.change("CA" + "0" * 32, SeatChange(is_muted=True)) is None

    meeting = meet(act)
    assert meeting.told[-1]["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
