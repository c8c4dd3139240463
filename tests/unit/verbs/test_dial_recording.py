"""Recording of `<Dial>` in virtual time: from when, of whom, and who is told."""

import asyncio
from dataclasses import replace

import pytest

from offhook.media.ports import RecordingChannels, RecordingPlan
from offhook.model.recording import Recording, RecordingSource, RecordingStatus, RecordingTrack
from offhook.phone.phone_call import PhoneCall
from offhook.webhook.ports import ProgressEvent, RecordingNews
from tests.support.callee import Callee
from tests.support.small_exchange import SmallExchange
from tests.unit.switchboard.test_place_call import OFFICE
from tests.unit.verbs.test_dial import BOB, DONE, WHISPER, answered, on_call, told

TOLD = replace(OFFICE, voice_status_callback_url="http://app.test/news")
RING_S, TALK_S = 3, 10


async def ring_and_talk(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
    leg = await callees[0].ringing()
    await asyncio.sleep(RING_S)
    leg.answer()
    await asyncio.sleep(TALK_S)
    leg.hang_up()


def recorded(attributes: str) -> Recording:
    """The recording of a call that rings for 3 s and lasts 10."""
    small = on_call(f"<Dial {attributes}>{BOB}</Dial>", ring_and_talk)
    return small.store.recordings.last


@pytest.mark.parametrize("mode", ["", "record='do-not-record'", "record='false'", "record='nonsense'"])
def test_nothing_is_recorded_unless_the_document_asks(mode: str) -> None:
    small = on_call(f"<Dial action='/done' {mode}>{BOB}</Dial>", ring_and_talk)
    assert small.store.recordings.history == []
    assert "RecordingUrl" not in told(small)


@pytest.mark.parametrize(
    ("mode", "length_s", "channels"),
    [
        ("true", TALK_S, 1),
        ("record-from-answer", TALK_S, 1),
        ("record-from-ringing", RING_S + TALK_S, 1),
        ("record-from-answer-dual", TALK_S, 2),
        ("record-from-ringing-dual", RING_S + TALK_S, 2),
    ],
)
def test_each_mode_begins_where_it_says_and_has_its_channels(mode: str, length_s: int, channels: int) -> None:
    recording = recorded(f"record='{mode}'")
    assert (recording.status, recording.source) == (RecordingStatus.COMPLETED, RecordingSource.DIAL_VERB)
    assert (recording.duration_s, recording.channels) == (length_s, channels)
    assert recording.track is RecordingTrack.BOTH


@pytest.mark.parametrize("track", ["inbound", "outbound"])
def test_one_track_alone_is_one_channel(track: str) -> None:
    recording = recorded(f"record='record-from-answer-dual' recordingTrack='{track}'")
    assert (recording.track.value, recording.channels) == (track, 1)


def test_it_is_made_on_the_callers_leg_which_hears_both() -> None:
    dial = f"<Dial record='record-from-answer-dual' trim='trim-silence'>{BOB}</Dial>"
    small = on_call(dial, ring_and_talk)
    caller, callee = small.media.ports
    plan = RecordingPlan(RecordingTrack.BOTH, RecordingChannels.DUAL, trims_silence=True)
    assert [each.plan for each in caller.recordings] == [plan]
    assert callee.recordings == []
    assert small.store.recordings.last.call_sid == small.store.calls.history[0].sid


def test_a_caller_left_ringing_is_recorded_from_the_bridge_on() -> None:
    assert recorded("record='record-from-ringing' answerOnBridge='true'").duration_s == TALK_S


def test_a_whisper_is_not_in_a_recording_from_the_answer_on() -> None:
    document = "<Response><Pause length='4'/></Response>"
    noun = f"<Client url='{WHISPER}'>bob</Client>"
    small = on_call(f"<Dial record='true'>{noun}</Dial>", ring_and_talk, documents={WHISPER: document})
    assert small.store.recordings.last.duration_s == TALK_S - 4


def test_ringing_that_nobody_answers_is_recorded_to_its_end() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        leg = await callees[0].ringing()
        await asyncio.sleep(7)
        leg.refuse(486)

    small = on_call(f"<Dial action='/done' record='record-from-ringing'>{BOB}</Dial>", act)
    assert small.store.recordings.last.duration_s == 7
    assert told(small)["DialCallStatus"] == "busy"


def test_the_action_has_the_url_of_the_recording() -> None:
    small = on_call(f"<Dial action='/done' record='true'>{BOB}</Dial>", ring_and_talk)
    recording = small.store.recordings.last
    path = f"/2010-04-01/Accounts/{recording.account_sid}/Recordings/{recording.sid}"
    assert told(small)["RecordingUrl"] == f"http://api.test{path}"
    assert told(small)["RecordingSid"] == recording.sid


def test_a_caller_who_hangs_up_ends_it_and_the_action_is_told_of_it() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await answered(callees[0])
        await asyncio.sleep(6)
        await caller.hang_up()

    small = on_call(f"<Dial action='/done' record='true'>{BOB}</Dial>", act)
    assert small.store.recordings.last.duration_s == 6
    assert told(small)["RecordingSid"] == small.store.recordings.last.sid
    assert [asked.url for asked in small.bookshelf.asked].count(DONE) == 1


def test_its_callback_is_told_of_the_parents_call() -> None:
    callback = "recordingStatusCallback='/heard' recordingStatusCallbackEvent='in-progress completed'"
    small = on_call(f"<Dial record='true' {callback}>{BOB}</Dial>", ring_and_talk)
    news = [each for each in small.bookshelf.delivered if isinstance(each, RecordingNews)]
    assert [each.recording.status.value for each in news] == ["in-progress", "completed"]
    assert {each.recording.call_sid for each in news} == {small.store.calls.history[0].sid}
    assert {each.url for each in news} == {"http://app.test/heard"}


def test_the_news_of_the_calls_end_wait_for_the_recording_and_name_it() -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        await answered(callees[0])
        await asyncio.sleep(6)
        await caller.hang_up()

    small = on_call(f"<Dial record='true'>{BOB}</Dial>", act, domain=TOLD)
    (end,) = [each for each in small.bookshelf.progress if each.event is ProgressEvent.COMPLETED]
    assert end.recording is not None
    assert (end.recording.sid, end.recording.duration_s) == (small.store.recordings.last.sid, 6)


def test_a_recording_that_cannot_be_made_is_noted_and_they_talk_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def act(small: SmallExchange, caller: PhoneCall, callees: list[Callee]) -> None:
        def no_room(recording: Recording) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(small.files, "new_path", no_room)
        await ring_and_talk(small, caller, callees)

    small = on_call(f"<Dial action='/done' record='true'>{BOB}</Dial>", act)
    assert small.store.notifications.codes == [12400]
    assert (told(small)["DialBridged"], told(small)["DialCallDuration"]) == ("true", "10")
    assert "RecordingUrl" not in told(small)
