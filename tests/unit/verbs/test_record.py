"""`<Record>` in virtual time: what ends it, what is written down, what the action is told."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog.testing

from offhook.model.callback import Subscription
from offhook.model.recording import RecordingSource, RecordingStatus
from offhook.recording.recorder import LOGGED_EVERY_S
from offhook.switchboard.record_call import RecordingUpdate
from offhook.webhook.callback import recording_parameters
from offhook.webhook.ports import RecordingNews
from tests.support.memory_store import DOMAIN
from tests.support.silent_media import SilentClip
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
DONE = "http://app.test/done"


Act = Callable[[SmallExchange], Awaitable[None]]


async def nothing(small: SmallExchange) -> None:
    """The caller is silent."""


def on_call(
    attributes: str,
    act: Callable[[SmallExchange], Awaitable[None]] = nothing,
    *,
    action: str = "action='/done'",
) -> SmallExchange:
    async def scenario() -> SmallExchange:
        documents = {
            VOICE: f"<Response><Record {action} playBeep='false' {attributes}/><Say>Next.</Say></Response>",
            DONE: "<Response><Say>Done.</Say></Response>",
        }
        async with small_exchange(documents) as small:
            call = await small.call()
            await act(small)
            await call.ended()
            assert await small.exchange.drain(30)
            await asyncio.sleep(1)
        return small

    return run(scenario())


def told(small: SmallExchange) -> dict[str, str]:
    (asked,) = [asked for asked in small.bookshelf.asked if asked.url == DONE]
    return dict(asked.results)


def test_a_key_ends_it_and_the_action_has_the_url_of_the_recording() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(7)
        small.port.press("#")

    small = on_call("timeout='0'", act)
    recording = small.store.recordings.last
    assert told(small) == {
        "RecordingUrl": f"http://api.test/2010-04-01/Accounts/{recording.account_sid}/Recordings/{recording.sid}",
        "RecordingSid": recording.sid,
        "RecordingDuration": "7",
        "Digits": "#",
    }
    assert small.voice.texts == ["Done."]
    assert [each.status for each in small.store.recordings.history] == [
        RecordingStatus.IN_PROGRESS,
        RecordingStatus.COMPLETED,
    ]
    assert (recording.duration_s, recording.channels, recording.track.value) == (7, 1, "inbound")
    assert recording.source is RecordingSource.RECORD_VERB
    assert recording.call_sid == small.store.calls.last.sid


@pytest.mark.parametrize("verbs", ["<Play>{}</Play>", "<Gather timeout='1'><Play>{}.mp3</Play></Gather>"])
def test_the_action_may_play_what_was_recorded(verbs: str) -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(7)
        recording = small.store.recordings.last
        url = f"http://api.test/2010-04-01/Accounts/{recording.account_sid}/Recordings/{recording.sid}"
        small.bookshelf.documents[DONE] = f"<Response>{verbs.format(url)}<Say>Yours.</Say></Response>"
        small.port.press("#")

    small = on_call("timeout='0'", act)
    assert small.store.notifications.codes == []
    assert small.bookshelf.asked_for_media == []
    played = small.port.played[0]
    assert isinstance(played, SilentClip)
    assert len(played.samples) == 2 * 8000 * 7
    assert small.voice.texts == ["Yours."]


def test_a_document_that_is_a_recording_of_the_account_is_played_and_not_asked_for() -> None:
    """As the answer of a web server that is audio: a waitUrl, an AnnounceUrl, a Redirect."""

    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(7)
        recording = small.store.recordings.last
        url = f"http://api.test/2010-04-01/Accounts/{recording.account_sid}/Recordings/{recording.sid}.wav"
        small.bookshelf.documents[DONE] = f"<Response><Redirect>{url}?a=1&amp;b=2</Redirect></Response>"
        small.port.press("#")

    small = on_call("timeout='0'", act)
    assert small.store.notifications.codes == []
    assert [asked.url for asked in small.bookshelf.asked] == [VOICE, DONE]
    played = small.port.played[0]
    assert isinstance(played, SilentClip)
    assert len(played.samples) == 2 * 8000 * 7


def test_only_the_keys_that_were_named_end_it() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(2)
        small.port.press("1#")
        await asyncio.sleep(2)
        small.port.press("*")

    small = on_call("timeout='0' finishOnKey='*'", act)
    assert (told(small)["Digits"], told(small)["RecordingDuration"]) == ("*", "4")


def test_silence_from_the_beginning_ends_it_after_the_timeout() -> None:
    small = on_call("timeout='5'")
    assert (told(small)["Digits"], told(small)["RecordingDuration"]) == ("", "5")


def test_silence_after_words_ends_it_and_words_begin_the_timeout_anew() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(4)
        assert small.port.watched_silence_ms == 5000
        small.port.speak(3000)
        await asyncio.sleep(0.1)
        assert small.port.watched_silence_ms is None

    small = on_call("timeout='5'", act)
    assert told(small)["RecordingDuration"] == "4", "the voice watch told its end at once here"


def test_the_longest_length_ends_it() -> None:
    small = on_call("timeout='0' maxLength='30'")
    assert (told(small)["Digits"], told(small)["RecordingDuration"]) == ("", "30")


def test_a_caller_who_hangs_up_is_told_of_as_hangup_and_the_recording_is_kept() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(12)
        await small.calls[0].hang_up()

    small = on_call("timeout='0'", act)
    assert (told(small)["Digits"], told(small)["RecordingDuration"]) == ("hangup", "12")
    assert small.voice.texts == []
    recording = small.store.recordings.last
    assert (recording.status, recording.duration_s) == (RecordingStatus.COMPLETED, 12)


@pytest.mark.parametrize(("skip", "seconds"), [(True, "7"), (False, "12")])
def test_what_a_pause_skips_is_not_in_the_duration_told_of_who_hangs_up(*, skip: bool, seconds: str) -> None:
    async def act(small: SmallExchange) -> None:
        call_sid = small.store.calls.last.sid
        await asyncio.sleep(4)
        paused = RecordingUpdate(RecordingStatus.PAUSED, skips_pause=skip)
        assert small.exchange.update_recording(call_sid, None, paused) is not None
        await asyncio.sleep(5)
        on = RecordingUpdate(RecordingStatus.IN_PROGRESS)
        assert small.exchange.update_recording(call_sid, None, on) is not None
        await asyncio.sleep(3)
        await small.calls[0].hang_up()

    small = on_call("timeout='0' trim='do-not-trim'", act)
    assert told(small)["RecordingDuration"] == seconds
    assert small.store.recordings.last.duration_s == int(seconds), "as of the file"


def test_a_recording_that_is_stopped_over_the_api_is_over_and_the_action_asked() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(4)
        stopped = RecordingUpdate(RecordingStatus.STOPPED)
        assert small.exchange.update_recording(small.store.calls.last.sid, None, stopped) is not None
        await asyncio.sleep(1)

    small = on_call("timeout='0'", act)
    assert (told(small)["Digits"], told(small)["RecordingDuration"]) == ("", "4")
    assert small.voice.texts == ["Done."]


def test_a_disk_that_is_full_ends_it_and_the_action_has_the_part_that_exists() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(19)
        small.port.fill_disk()
        await asyncio.sleep(1)

    small = on_call("timeout='0' recordingStatusCallback='/rec'", act)
    assert (told(small)["Digits"], told(small)["RecordingDuration"]) == ("", "19")
    recording = small.store.recordings.last
    assert (recording.status, recording.duration_s, recording.error_code) == (
        RecordingStatus.COMPLETED,
        19,
        None,
    )
    assert recording.updated_at - recording.created_at < timedelta(seconds=20), "nobody speaks on to nobody"
    (news,) = [news for news in small.bookshelf.delivered if isinstance(news, RecordingNews)]
    assert dict(recording_parameters(news))["ErrorCode"] == "0"
    (noted,) = small.store.notifications.history
    assert noted.error_code == 12400
    assert noted.message_text == (
        f"The recording {recording.sid} was cut off, 19 s of it are kept: "
        "No space left on device (os error 28)"
    )


def test_12400_where_the_disk_had_room_for_nothing_the_next_verb_runs() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(0.2)
        small.port.fill_disk(written_s=0)

    small = on_call("timeout='0' recordingStatusCallback='/rec'", act)
    assert small.voice.texts == ["Next."]
    recording = small.store.recordings.last
    assert (recording.status, recording.error_code) == (RecordingStatus.FAILED, 12400)
    (news,) = [news for news in small.bookshelf.delivered if isinstance(news, RecordingNews)]
    told_of = dict(recording_parameters(news))
    assert (told_of["RecordingStatus"], told_of["ErrorCode"]) == ("failed", "12400")
    assert small.store.notifications.codes == [12400]
    assert small.files.removed == [recording.sid]


def test_a_full_disk_is_logged_once_a_minute_and_noted_on_each_call() -> None:
    async def act(small: SmallExchange) -> None:
        for _ in range(3):
            await asyncio.sleep(1)
            small.port.fill_disk()
            await asyncio.sleep(1)
        await asyncio.sleep(LOGGED_EVERY_S)
        small.port.fill_disk()
        await asyncio.sleep(1)
        await small.calls[0].hang_up()

    with structlog.testing.capture_logs() as logs:
        small = on_call("timeout='0'", act, action="action='/voice'")
    assert small.store.notifications.codes[:4] == [12400] * 4
    logged = [entry for entry in logs if entry["event"] == "recording.failed"]
    assert [entry["others_before"] for entry in logged] == [0, 2]
    assert "No space left on device" in logged[0]["text"]


def test_without_an_action_the_same_document_is_asked_again() -> None:
    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(2)
        small.port.press("1")
        await asyncio.sleep(1)
        await small.calls[0].hang_up()

    small = on_call("timeout='0'", act, action="")
    assert [asked.url for asked in small.bookshelf.asked[:2]] == [VOICE, VOICE]
    assert dict(small.bookshelf.asked[1].results)["Digits"] == "1"


def test_the_beep_is_heard_before_it_and_is_not_in_it() -> None:
    async def scenario() -> SmallExchange:
        documents = {VOICE: "<Response><Record action='/done' timeout='3'/></Response>", DONE: "<Response/>"}
        async with small_exchange(documents) as small:
            call = await small.call()
            await call.ended()
            assert await small.exchange.drain(30)
        return small

    small = run(scenario())
    assert len(small.port.played) == 1
    assert small.store.recordings.last.duration_s == 3


@pytest.mark.parametrize(
    ("events", "statuses"),
    [
        ("", ["completed"]),
        ("recordingStatusCallbackEvent='in-progress completed'", ["in-progress", "completed"]),
        ("recordingStatusCallbackEvent='absent'", []),
    ],
)
def test_the_callback_is_told_what_it_asked_for(events: str, statuses: list[str]) -> None:
    small = on_call(f"timeout='3' recordingStatusCallback='/news' {events}")
    news = [each for each in small.bookshelf.delivered if isinstance(each, RecordingNews)]
    assert [each.recording.status.value for each in news] == statuses
    assert {each.url for each in news} <= {"http://app.test/news"}
    assert small.store.subscriptions.kept == {}


def test_while_it_lives_the_store_knows_who_is_owed_its_end() -> None:
    known: dict[str, Subscription] = {}

    async def act(small: SmallExchange) -> None:
        await asyncio.sleep(1)
        known.update(small.store.subscriptions.kept)

    small = on_call("timeout='3' recordingStatusCallback='/news' recordingStatusCallbackMethod='GET'", act)
    first = small.store.recordings.history[0]
    assert known == {
        first.sid: Subscription(
            first.sid,
            first.account_sid,
            first.created_at,
            "http://app.test/news",
            "GET",
            frozenset({"completed"}),
        )
    }
    assert small.store.subscriptions.kept == {}


@pytest.mark.parametrize(
    ("trim", "expected"), [("", True), ("trim='trim-silence'", True), ("trim='do-not-trim'", False)]
)
def test_silence_is_cut_off_unless_the_document_keeps_it(trim: str, expected: bool) -> None:
    small = on_call(f"timeout='3' {trim}")
    assert small.port.recordings[0].plan.trims_silence is expected


def test_nothing_but_silence_is_absent_its_file_goes_and_the_next_verb_runs() -> None:
    async def act(small: SmallExchange) -> None:
        small.port.is_silent = True

    small = on_call("timeout='3'", act)
    recording = small.store.recordings.last
    assert (recording.status, recording.error_code) == (RecordingStatus.ABSENT, 16102)
    assert small.store.notifications.codes == [16102]
    assert small.files.removed == [recording.sid]
    assert [asked.url for asked in small.bookshelf.asked] == [VOICE]
    assert small.voice.texts == ["Next."]


def test_the_end_of_a_call_is_told_before_a_slow_disk_has_its_recording() -> None:
    async def scenario() -> None:
        document = "<Response><Record playBeep='false' timeout='0'/></Response>"
        domain = replace(DOMAIN, voice_status_callback_url="http://app.test/end")
        async with small_exchange({VOICE: document}, domain) as small:
            call = await small.call()
            small.port.disk_takes_s = 20
            await asyncio.sleep(5)
            await call.hang_up()
            await asyncio.sleep(10)
            assert [each.url for each in small.bookshelf.progress] == ["http://app.test/end"]
            assert small.store.recordings.last.status.value == "in-progress"
            assert await small.exchange.drain(30)
            await asyncio.sleep(1)
            assert small.store.recordings.last.status.value == "completed"

    run(scenario())


def test_nothing_captured_is_absent_and_noted() -> None:
    async def act(small: SmallExchange) -> None:
        small.port.press("#")

    small = on_call("timeout='0' recordingStatusCallback='/news' recordingStatusCallbackEvent='absent'", act)
    recording = small.store.recordings.last
    assert (recording.status, recording.error_code) == (RecordingStatus.ABSENT, 16101)
    assert small.store.notifications.codes == [16101]
    assert small.voice.texts == ["Next."]
    assert len(small.bookshelf.delivered) == 1
