"""What is said on a call, told while it is said, in virtual time: every event, in order, and every end."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from offhook.model.recording import RecordingTrack
from offhook.speech.ports import RecognitionError
from offhook.webhook.ports import EventNews
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
NEWS = "http://app.test/news"

Act = Callable[[SmallExchange], Awaitable[None]]
Event = dict[str, str]


def document(attributes: str = "", after: str = "<Pause length='30'/>") -> dict[str, str]:
    noun = f"<Transcription statusCallbackUrl='/news' {attributes}/>"
    return {VOICE: f"<Response><Start>{noun}</Start><Say>Hi.</Say>{after}</Response>"}


def on_call(documents: dict[str, str], act: Act, *, why_deaf: str = "") -> SmallExchange:
    async def scenario() -> SmallExchange:
        async with small_exchange(documents) as small:
            small.recognizer.why_deaf = why_deaf
            call = await small.call()
            await asyncio.sleep(0.1)
            await act(small)
            await call.close()
        return small

    small = run(scenario())
    assert all(hearing.is_closed for hearing in small.recognizer.hearings)
    assert small.port.taps == {}
    return small


def events(small: SmallExchange) -> list[Event]:
    return [dict(each.parameters) for each in small.bookshelf.delivered if isinstance(each, EventNews)]


def kinds(small: SmallExchange) -> list[str]:
    return [event["TranscriptionEvent"].removeprefix("transcription-") for event in events(small)]


async def nothing(small: SmallExchange) -> None:
    await asyncio.sleep(1)


def test_it_starts_with_the_answer_and_stops_with_the_call() -> None:
    small = on_call(document("name='mine' inboundTrackLabel='agent' hints='cake, pie'"), nothing)
    started, stopped = events(small)
    record = small.store.calls.last
    assert started | {"TranscriptionSid": "", "Timestamp": "", "ProviderConfiguration": ""} == {
        "TranscriptionEvent": "transcription-started",
        "AccountSid": record.account_sid,
        "CallSid": record.sid,
        "TranscriptionSid": "",
        "Timestamp": "",
        "SequenceId": "1",
        "TranscriptionEngine": "google",
        "ProviderConfiguration": "",
        "Name": "mine",
        "Track": "both_tracks",
        "InboundTrackLabel": "agent",
        "PartialResults": "false",
        "LanguageCode": "en-US",
    }
    assert json.loads(started["ProviderConfiguration"]) == {
        "profanityFilter": "true",
        "speechModel": "telephony",
        "enableAutomaticPunctuation": "true",
        "hints": "cake,pie",
    }
    assert started["TranscriptionSid"].startswith("GT")
    assert started["Timestamp"].endswith("Z")
    assert (stopped["TranscriptionEvent"], stopped["SequenceId"]) == ("transcription-stopped", "2")
    assert set(stopped) == {
        "TranscriptionEvent",
        "AccountSid",
        "CallSid",
        "TranscriptionSid",
        "Timestamp",
        "SequenceId",
    }


def test_each_track_is_heard_alone_and_told_by_its_name() -> None:
    async def act(small: SmallExchange) -> None:
        inbound, outbound = small.recognizer.hearings
        small.port.utter(b"\x10" * 160)
        small.port.utter(b"\x10" * 160)
        small.port.utter(b"\x10" * 160, RecordingTrack.OUTBOUND)
        await asyncio.sleep(0.1)
        assert (inbound.frames, outbound.frames) == (2, 1)
        inbound.say("Two pieces of cake.", 0.75)
        outbound.say("Anything else?", None)
        await asyncio.sleep(0.1)

    small = on_call(document(), act)
    contents = events(small)[1:-1]
    assert [(event["Track"], json.loads(event["TranscriptionData"])) for event in contents] == [
        ("inbound_track", {"transcript": "Two pieces of cake.", "confidence": 0.75}),
        ("outbound_track", {"transcript": "Anything else?"}),
    ]
    assert {event["Final"] for event in contents} == {"true"}
    assert all("Stability" not in event for event in contents)
    assert [event["SequenceId"] for event in events(small)] == ["1", "2", "3", "4"]


def test_partial_results_have_a_stability_and_no_confidence() -> None:
    async def act(small: SmallExchange) -> None:
        (hearing,) = small.recognizer.hearings
        assert hearing.options.wants_partials
        hearing.begin()
        hearing.partial("Two pieces", 0.5)
        hearing.end("Two, pieces!")
        await asyncio.sleep(0.1)

    attributes = "track='inbound_track' partialResults='true' enableAutomaticPunctuation='false'"
    _, partial, final, _ = events(on_call(document(f"{attributes} enableProviderData='true'"), act))
    assert (partial["Final"], partial["Stability"]) == ("false", "0.5")
    assert json.loads(partial["TranscriptionData"]) == {"transcript": "Two pieces"}
    assert json.loads(final["TranscriptionData"])["transcript"] == "Two pieces"
    assert json.loads(final["TranscriptionProviderData"])["engine"] == "scripted"


def test_sound_without_words_is_not_told() -> None:
    async def act(small: SmallExchange) -> None:
        small.recognizer.hearings[0].say("")
        await asyncio.sleep(0.1)

    assert kinds(on_call(document(), act)) == ["started", "stopped"]


def test_what_was_said_before_the_end_is_told_before_it_stops() -> None:
    async def act(small: SmallExchange) -> None:
        small.recognizer.hearings[0].last_words = "Bye."

    assert kinds(on_call(document(), act)) == ["started", "content", "stopped"]


def test_stop_ends_it_by_its_name_and_the_call_goes_on() -> None:
    after = "<Stop><Transcription name='mine'/></Stop><Pause length='3'/>"

    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(1)
        assert kinds(small) == ["started", "stopped"]
        assert not small.store.calls.last.status.is_final

    on_call(document("name='mine'", after), act)


def test_32653_without_a_recogniser_it_is_told_and_the_call_goes_on() -> None:
    async def act(small: SmallExchange) -> None:
        assert small.voice.texts == ["Hi."]

    small = on_call(document(), act, why_deaf="speech recognition is off")
    (event,) = events(small)
    assert (event["TranscriptionErrorCode"], event["TranscriptionError"]) == (
        "32653",
        "speech recognition is off",
    )
    assert small.store.notifications.codes == [32653]


def test_32650_an_engine_that_twilio_does_not_know_fails_and_the_call_goes_on() -> None:
    small = on_call(document("transcriptionEngine='siri'"), nothing)
    assert [event["TranscriptionErrorCode"] for event in events(small)] == ["32650"]
    assert small.store.notifications.codes == [32650]
    assert small.voice.texts == ["Hi."]


def test_an_utterance_that_is_lost_is_told_and_the_transcription_goes_on() -> None:
    async def act(small: SmallExchange) -> None:
        hearing = small.recognizer.hearings[0]
        hearing.tell(RecognitionError("the engine is gone"))
        hearing.say("Once more.")
        await asyncio.sleep(0.1)

    assert kinds(on_call(document(), act)) == ["started", "error", "content", "stopped"]


def test_a_recogniser_that_stays_away_is_told_and_noted_and_the_call_goes_on() -> None:
    async def act(small: SmallExchange) -> None:
        small.recognizer.hearings[0].lose("the speech service cannot be reached")
        await asyncio.sleep(0.1)

    small = on_call(document(), act)
    assert [event["TranscriptionEvent"] for event in events(small)] == [
        "transcription-started",
        "transcription-error",
        "transcription-error",
        "transcription-stopped",
    ]
    assert small.store.notifications.codes == [32653]


@pytest.mark.parametrize(
    "nouns",
    [
        "<Transcription name='a'/><Transcription name='a' track='inbound_track' statusCallbackUrl='/news'/>",
        "<Transcription/><Transcription/><Transcription track='inbound_track' statusCallbackUrl='/news'/>",
    ],
)
def test_32650_a_name_twice_or_a_fifth_track_is_refused_and_the_call_goes_on(nouns: str) -> None:
    documents = {VOICE: f"<Response><Start>{nouns}</Start><Say>Hi.</Say></Response>"}
    small = on_call(documents, nothing)
    assert small.store.notifications.codes == [32650]
    assert small.voice.texts == ["Hi."]
    (told,) = events(small)
    assert (told["TranscriptionEvent"], told["TranscriptionErrorCode"]) == ("transcription-error", "32650")
    assert told["TranscriptionError"] in (
        "a transcription of this call is named a already",
        "4 tracks of the call are transcribed, of 4",
    )


def test_nobody_need_be_told() -> None:
    documents = {VOICE: "<Response><Start><Transcription/></Start><Pause length='5'/></Response>"}
    assert events(on_call(documents, nothing)) == []


def test_a_caller_who_is_not_answered_is_not_transcribed() -> None:
    start = "<Start><Transcription statusCallbackUrl='/news'/></Start>"
    documents = {VOICE: f"<Response>{start}<Reject/></Response>"}

    async def scenario() -> SmallExchange:
        async with small_exchange(documents) as small:
            await small.dial()
            await asyncio.sleep(1)
        return small

    small = run(scenario())
    assert events(small) == []
    assert small.recognizer.hearings == []
