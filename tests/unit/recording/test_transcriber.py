"""`<Record transcribe>`: the words of a recording, once its file is whole, in virtual time."""

import asyncio
from collections.abc import Callable

import pytest

from offhook.model.transcription import TranscriptionStatus
from offhook.webhook.ports import EventNews
from tests.support.small_exchange import SmallExchange, small_exchange
from tests.support.virtual_time import run

VOICE = "http://app.test/voice"
NEXT = "http://app.test/next"
SAID = "http://app.test/said"


def recorded(
    seconds: float,
    attributes: str = "transcribe='true' transcribeCallback='/said'",
    *,
    why_deaf: str = "",
    prepare: Callable[[SmallExchange], None] = lambda small: None,
) -> SmallExchange:
    """A call that is recorded for so long and then ended by a key."""
    how = f"action='/next' timeout='0' playBeep='false' trim='do-not-trim' {attributes}"
    documents = {
        VOICE: f"<Response><Record {how}/></Response>",
        NEXT: "<Response><Pause length='9'/></Response>",
    }

    async def scenario() -> SmallExchange:
        async with small_exchange(documents) as small:
            small.recognizer.why_deaf = why_deaf
            call = await small.call()
            prepare(small)
            await asyncio.sleep(seconds)
            small.port.press("1")
            await asyncio.sleep(2)
            await call.close()
        return small

    return run(scenario())


def told(small: SmallExchange) -> list[dict[str, str]]:
    return [dict(each.parameters) for each in small.bookshelf.delivered if isinstance(each, EventNews)]


def test_the_text_is_kept_and_told() -> None:
    small = recorded(5)
    (made,) = small.store.transcriptions.made
    recording = small.store.recordings.last
    assert (made.text, made.status, made.duration_s) == ("What was said.", TranscriptionStatus.COMPLETED, 5)
    assert (made.recording_sid, made.account_sid) == (recording.sid, recording.account_sid)
    account = f"http://api.test/2010-04-01/Accounts/{made.account_sid}/Recordings/{recording.sid}"
    assert told(small) == [
        {
            "TranscriptionSid": made.sid,
            "TranscriptionText": "What was said.",
            "TranscriptionStatus": "completed",
            "TranscriptionType": "fast",
            "TranscriptionUrl": f"{account}/Transcriptions/{made.sid}",
            "RecordingSid": recording.sid,
            "RecordingUrl": account,
        }
    ]
    assert small.store.notifications.codes == []


def test_nobody_need_be_told() -> None:
    small = recorded(5, "transcribe='true'")
    assert len(small.store.transcriptions.made) == 1
    assert told(small) == []


def test_without_transcribe_nothing_is_recognised() -> None:
    small = recorded(5, "")
    assert (small.store.transcriptions.made, small.recognizer.transcribed) == ([], [])


@pytest.mark.parametrize(("seconds", "max_length"), [(2, 3600), (130, 3600)])
def test_13617_a_recording_that_is_too_short_or_too_long_is_noted(seconds: int, max_length: int) -> None:
    attributes = f"transcribe='true' transcribeCallback='/said' maxLength='{max_length}'"
    small = recorded(seconds, attributes)
    assert small.store.transcriptions.made == []
    assert told(small) == []
    assert 13617 in small.store.notifications.codes


def test_13620_without_a_recogniser_it_has_failed_and_is_told_so() -> None:
    small = recorded(5, why_deaf="speech recognition is off")
    (made,) = small.store.transcriptions.made
    assert (made.status, made.text) == (TranscriptionStatus.FAILED, "")
    assert [news["TranscriptionStatus"] for news in told(small)] == ["failed"]
    assert small.store.notifications.codes == [13620]


def test_a_recording_that_is_absent_is_not_transcribed() -> None:
    def silent(small: SmallExchange) -> None:
        small.port.is_silent = True

    small = recorded(5, "transcribe='true' transcribeCallback='/said' trim='trim-silence'", prepare=silent)
    assert small.store.transcriptions.made == []
    assert told(small) == []
