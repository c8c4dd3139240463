"""What is heard and recorded in a `<Conference>`, in virtual time: waiting, beeps, announcements, the mix."""

import asyncio

import pytest

from offhook.conference.change import SeatChange
from offhook.conference.plan import Target
from offhook.media.ports import RecordingChannels
from offhook.model.conference import ConferenceEnding, ConferenceStatus
from offhook.model.recording import RecordingStatus, RecordingTrack
from offhook.webhook.callback import parameters_of
from offhook.webhook.ports import RecordingNews
from tests.unit.verbs.meeting import (
    DONE,
    NEWS,
    TALKS,
    TOLD,
    WAIT,
    WAITS,
    Meeting,
    meet,
)


def test_conference_of_one_never_starts_and_wait_music_continues() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call()
        await asyncio.sleep(3600)
        assert meeting.plans == [WAITS]
        (port,) = meeting.ports
        assert port.is_playing, "the music of the node, again and again"
        assert len(port.played) == 1
        assert meeting.conference.record.status is ConferenceStatus.INIT

    meeting = meet(act)
    assert meeting.statuses() == [ConferenceStatus.INIT, ConferenceStatus.COMPLETED]
    record = meeting.small.store.conferences.last
    assert (record.reason_ended, record.friendly_name) == (ConferenceEnding.LAST_LEFT, "room")
    assert record.ending_call_sid == meeting.small.store.calls.last.sid


def test_conference_wait_url_plays_once_then_silence() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"waitUrl='{WAIT}' waitMethod='GET'")
        await asyncio.sleep(600)
        asked = [each for each in meeting.small.bookshelf.asked if each.url == WAIT]
        assert [each.method for each in asked] == ["GET"]
        assert dict(asked[0].results)["ConferenceSid"] == meeting.conference.sid
        assert meeting.small.voice.texts == ["Please wait."]
        assert not meeting.ports[0].is_playing
        assert meeting.plans == [WAITS]

    meet(act)


def test_an_empty_wait_url_is_silence() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call("waitUrl=''")
        assert meeting.ports[0].played == []

    meet(act)


def test_a_wait_document_may_lead_to_itself_and_is_broken_off_by_the_start() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"waitUrl='{WAIT}'")
        await asyncio.sleep(100)
        asked = len(meeting.small.bookshelf.asked)
        assert asked > 5
        await meeting.call()
        asked = len(meeting.small.bookshelf.asked)
        await asyncio.sleep(100)
        assert len(meeting.small.bookshelf.asked) == asked
        assert meeting.plans == [TALKS, TALKS]

    meet(act, wait="<Response><Pause length='5'/><Redirect/></Response>")


def test_who_has_no_wait_document_does_not_join() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"waitUrl='http://app.test/nowhere' {TOLD}", f"action='{DONE}'")
        await asyncio.sleep(30)

    meeting = meet(act)
    (asked,) = [each for each in meeting.small.bookshelf.asked if each.url == DONE]
    assert dict(asked.results)["DialCallStatus"] == "failed"
    assert 11200 in meeting.small.store.notifications.codes
    assert meeting.events == ["participant-join", "participant-leave", "conference-end"]
    assert meeting.told[1]["ReasonParticipantLeft"] == "participant_add_failed"


def test_a_verb_that_may_not_stand_in_a_wait_document_is_noted() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(f"waitUrl='{WAIT}'")
        await asyncio.sleep(30)

    meeting = meet(act, wait="<Response><Say>One.</Say><Gather/><Say>Two.</Say></Response>")
    assert 13238 in meeting.small.store.notifications.codes
    assert meeting.small.voice.texts[0] == "One."
    assert "Two." not in meeting.small.voice.texts


@pytest.mark.parametrize(
    ("beep", "beeps"), [("true", 2), ("onEnter", 1), ("onExit", 1), ("false", 0), ("bad", 2)]
)
def test_beeps_are_heard_by_all_on_enter_and_on_exit(beep: str, beeps: int) -> None:
    async def act(meeting: Meeting) -> None:
        for _ in range(2):
            await meeting.call("beep='false'")
        assert meeting.desk.played == []
        await meeting.call(f"beep='{beep}'")
        await meeting.callers[2].hang_up()
        await asyncio.sleep(1)
        assert len(meeting.desk.played) == beeps

    meet(act)


def test_record_from_start_records_the_mix_and_tells_of_it() -> None:
    async def act(meeting: Meeting) -> None:
        told = f"recordingStatusCallback='{NEWS}' recordingStatusCallbackEvent='in-progress completed'"
        await meeting.call(f"record='record-from-start' {told}")
        assert meeting.desk.recordings == [], "not before two are there"
        await asyncio.sleep(10)
        await meeting.call()
        await asyncio.sleep(20)
        (recording,) = meeting.desk.recordings
        assert (recording.plan.track, recording.plan.trims_silence) == (RecordingTrack.OUTBOUND, True)
        assert recording.plan.channels is RecordingChannels.MONO

    meeting = meet(act)
    last = meeting.small.store.recordings.last
    record = meeting.small.store.conferences.last
    assert (last.conference_sid, last.call_sid) == (record.sid, None)
    assert (last.status, last.source.value, last.channels) == (RecordingStatus.COMPLETED, "Conference", 1)
    news = [each for each in meeting.small.bookshelf.delivered if isinstance(each, RecordingNews)]
    told = [dict(parameters_of(each)) for each in news]
    assert [each["RecordingStatus"] for each in told] == ["in-progress", "completed"]
    assert told[1]["ConferenceSid"] == record.sid
    assert "CallSid" not in told[1]
    assert 20 <= int(told[1]["RecordingDuration"]) <= 22


def test_the_dial_may_record_its_participant_and_what_it_hears() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call("", f"record='record-from-answer-dual' action='{DONE}' hangupOnStar='true'")
        await meeting.call()
        (recording,) = meeting.ports[0].recordings
        assert recording.plan.track is RecordingTrack.BOTH
        assert recording.plan.channels is RecordingChannels.DUAL
        meeting.ports[0].press("*")
        await asyncio.sleep(2)

    meeting = meet(act)
    (asked,) = [each for each in meeting.small.bookshelf.asked if each.url == DONE]
    assert set(dict(asked.results)) == {"DialCallStatus", "RecordingUrl", "RecordingSid"}


def test_an_announcement_to_one_breaks_off_its_music_and_comes_on_top_of_the_talk() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        (one,) = meeting.people
        target = Target("http://app.test/announce", "POST")
        meeting.conference.change(one.call_sid, SeatChange(announce=target))
        await asyncio.sleep(30)
        assert meeting.small.voice.texts == ["Listen."]
        assert meeting.ports[0].is_playing, "and the music goes on"
        await meeting.call()
        meeting.conference.change(one.call_sid, SeatChange(announce=target))
        await asyncio.sleep(30)
        assert len(meeting.ports[0].played) == 4, "music, the sentence, music, the sentence"
        assert meeting.plans == [TALKS, TALKS]
        bad = Target("http://app.test/nowhere", "POST")
        meeting.conference.change(one.call_sid, SeatChange(announce=bad))
        await asyncio.sleep(5)
        ended, _, _, again, failed = meeting.told[1:6]
        assert ended["StatusCallbackEvent"] == again["StatusCallbackEvent"] == "announcement-end"
        assert (ended["CallSid"], ended["AnnounceUrl"]) == (one.call_sid, target.url)
        assert failed["StatusCallbackEvent"] == "announcement-fail"
        assert "nowhere" in failed["ReasonAnnouncementFailed"]

    meet(act, announce="<Response><Say>Listen.</Say></Response>")


def test_an_announcement_to_all_is_heard_by_all_and_ends_with_the_conference() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        meeting.conference.announce(Target("http://app.test/announce", "POST"))
        await asyncio.sleep(1)
        announcer = meeting.small.media.ports[-1]
        assert meeting.room.members[announcer.port_id].is_desk
        assert announcer.is_playing
        assert not any(port.is_playing for port in meeting.ports)
        await asyncio.sleep(30)
        assert announcer.is_closed
        assert meeting.events[-1] == "announcement-end"
        meeting.conference.announce(Target("http://app.test/announce", "POST"))
        meeting.conference.announce(Target("http://app.test/announce", "POST"))
        await asyncio.sleep(0.5)
        meeting.conference.end()
        await asyncio.sleep(5)

    meeting = meet(act, announce="<Response><Say>All of you, listen to this.</Say></Response>")
    assert meeting.events[-1] == "conference-end"
    assert meeting.told[-1]["ReasonConferenceEnded"] == "conference-ended-via-api"
    assert "CallSidEndingConference" not in meeting.told[-1]
    left = [each for each in meeting.told if each["StatusCallbackEvent"] == "participant-leave"]
    assert {each["ReasonParticipantLeft"] for each in left} == {"conference_ended_via_api"}


def test_too_many_announcements_fail() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call(TOLD)
        await meeting.call()
        for _ in range(20):
            meeting.conference.announce(Target(WAIT, "POST"))
        await asyncio.sleep(300)

    meeting = meet(act)
    assert meeting.events.count("announcement-fail") == 4
    assert meeting.events.count("announcement-end") == 16


def test_a_start_does_not_wait_for_a_wait_document_that_is_slow() -> None:
    async def act(meeting: Meeting) -> None:
        await meeting.call("waitUrl=''")
        meeting.small.bookshelf.documents[WAIT] = "<Response><Say>Late.</Say></Response>"
        await meeting.call(f"waitUrl='{WAIT}'")
        assert meeting.plans == [TALKS, TALKS]
        await asyncio.sleep(30)
        assert meeting.small.voice.texts == []

    meet(act)
