"""Connections of the recogniser over the network that are lost: what is said again, and what is told."""

import asyncio

import pytest

from offhook.speech.ports import Heard, Listening, RecognitionError, SpeechBegan, SpeechEnded
from offhook.speech.recognition.deepgram import DeepgramRecognizer
from offhook.speech.recognition.deepgram_hearing import AWAY_S, PAUSES_S
from offhook.speech.recognition.resending import FRAMES_MAX, LEAD_FRAMES
from tests.support import virtual_time
from tests.support.speech_service import (
    SILENCE,
    VOICE,
    SpeechService,
    drive,
    listening,
    say,
    told,
)


def test_a_connection_that_breaks_in_an_utterance_costs_no_word() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        service.says, service.breaks_at = [("Two pieces of cake.", 0.98)], [20 * 160]
        hearing = await listening(recognizer, Listening())
        say(hearing)
        hearing.finish()
        assert await told(hearing) == [
            SpeechBegan(0),
            SpeechEnded(600),
            Heard("Two pieces of cake.", 0.98, True, None, 0, 600),
        ]
        assert service.heard[1] == VOICE * 30 + SILENCE * 40, "all of it was said again"
        assert service.asked == ["Finalize", "CloseStream"]

    drive(script)


def test_what_has_words_already_is_not_said_again() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        service.says, service.breaks_at = [("One.", 0.9), ("Two.", 0.9)], [90 * 160]
        hearing = await listening(recognizer, Listening())
        say(hearing)
        events = [await hearing.next() for _ in range(3)]
        assert events[-1] == Heard("One.", 0.9, True, None, 0, 600)
        say(hearing)
        hearing.finish()
        assert (await told(hearing))[-1] == Heard("Two.", 0.9, True, None, 1400, 2000)
        again = service.heard[1]
        assert again.count(VOICE) == 30, "of the first utterance nothing"
        assert len(again) <= (70 + LEAD_FRAMES) * 160

    drive(script)


def test_a_service_that_does_not_say_where_its_words_end_is_taken_at_its_word() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        service.says, service.says_where = [("One.", 0.9), ("Two.", 0.9)], False
        service.breaks_at = [90 * 160]
        hearing = await listening(recognizer, Listening())
        say(hearing)
        assert [await hearing.next() for _ in range(3)][-1] == Heard("One.", 0.9, True, None, 0, 600)
        say(hearing)
        hearing.finish()
        assert (await told(hearing))[-1] == Heard("Two.", 0.9, True, None, 1400, 2000)

    drive(script)


def test_the_service_may_be_away_for_a_while_and_the_pauses_grow() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        service.says, service.breaks_at = [("Here again.", 0.9)], [10 * 160, 0, 0, 0]
        began = asyncio.get_running_loop().time()
        hearing = await listening(recognizer, Listening())
        say(hearing)
        hearing.finish()
        assert (await told(hearing))[-1] == Heard("Here again.", 0.9, True, None, 0, 600)
        assert asyncio.get_running_loop().time() - began == pytest.approx(sum(PAUSES_S[:4]), abs=0.1)
        assert len(service.keys) == 5

    drive(script)


def test_a_hearing_goes_on_however_often_a_connection_with_words_is_lost() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        service.says = [(f"Number {number}.", 0.9) for number in range(8)]
        service.breaks_at = [100 * 160] * 8
        hearing = await listening(recognizer, Listening())
        words = []
        for _ in range(8):
            say(hearing)
            while not isinstance(event := await hearing.next(), Heard):
                assert event is not None
            words.append(event.text)
        assert words == [f"Number {number}." for number in range(8)]
        assert len(service.heard) > 5
        hearing.close()

    drive(script)


@pytest.mark.parametrize(
    ("fault", "says", "tries"),
    [
        ({"refuses": 401}, "cannot be reached: 401", 1),
        ({"refuses": 503}, "cannot be reached: 503", 5),
        ({"refuses": 429}, "cannot be reached: 429", 5),
        ({"closes_after_bytes": 800}, "closed the connection", 5),
        ({"hangs": True}, "it needed too long", 3),
    ],
)
def test_a_service_that_stays_away_is_told_and_ends_the_hearing(
    fault: dict[str, int], says: str, tries: int
) -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        for name, value in fault.items():
            setattr(service, name, value)
        began = asyncio.get_running_loop().time()
        hearing = await listening(recognizer, Listening())
        say(hearing)
        events = await told(hearing)
        assert events[:2] == [SpeechBegan(0), SpeechEnded(600)]
        assert says in str(events[2])
        assert len(events) == 3
        assert len(service.keys) == tries
        assert asyncio.get_running_loop().time() - began < AWAY_S + 6
        hearing.hear(VOICE)  # is dropped
        assert await hearing.next() is None
        hearing.close()

    drive(script)


def test_a_service_that_is_not_there_is_told() -> None:
    async def run() -> None:
        recognizer = DeepgramRecognizer("ws://127.0.0.1:9/v1/listen", None, None)
        hearing = await listening(recognizer, Listening())
        (why,) = await told(hearing)
        assert "cannot be reached" in str(why)
        await recognizer.close()
        with pytest.raises(RecognitionError, match="is closed"):
            await recognizer.listen(Listening())

    virtual_time.run(run())


def test_what_is_said_while_the_service_is_away_is_kept_for_ten_seconds() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        service.breaks_at = [0]
        hearing = await listening(recognizer, Listening())
        for number in range(2 * FRAMES_MAX):
            hearing.hear(number.to_bytes(2, "big") * 80)
        hearing.finish()
        assert await told(hearing) == []
        first = int.from_bytes(service.heard[0][:2], "big")
        assert (first, len(service.heard[0])) == (FRAMES_MAX, FRAMES_MAX * 160), "the last of it"

    drive(script)


def test_a_hearing_may_be_closed_while_the_service_is_away() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        service.breaks_at = [0] * 5
        hearing = await listening(recognizer, Listening())
        say(hearing)
        await service.was_asked.wait()
        hearing.close()
        assert await hearing.next() is None
        await asyncio.sleep(AWAY_S)
        assert len(service.keys) == 1

    drive(script)
