"""The recogniser over the network, against a stand-in of its service: words, options, recordings."""

import asyncio

import pytest

from offhook.base.redact import Secret
from offhook.speech.ports import Heard, Listening, SpeechBegan, SpeechEnded
from offhook.speech.recognition.catalogue import ProviderSettings, UnknownRecognizerError, open_recognizer
from offhook.speech.recognition.deepgram import DeepgramRecognizer
from tests.support.speech_service import SILENCE, SpeechService, drive, listening, say, told


def test_each_utterance_has_its_words_and_the_audio_is_sent_whole() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        service.says = [("Two pieces of cake.", 0.98), ("", 0.0)]
        hearing = await listening(recognizer, Listening())
        say(hearing)
        say(hearing)
        hearing.finish()
        assert await told(hearing) == [
            SpeechBegan(0),
            SpeechEnded(600),
            SpeechBegan(1400),
            SpeechEnded(2000),
            Heard("Two pieces of cake.", 0.98, True, None, 0, 600),
            Heard("", 0.0, True, None, 1400, 2000),
        ]
        assert service.heard_bytes == 140 * 160
        assert service.asked == ["Finalize", "Finalize", "CloseStream"]
        hearing.close()

    drive(script)


def test_the_options_are_asked_for_by_the_names_of_the_service() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        options = Listening("de-DE", ("Kuchen", "Torte"), True, 3000, False, "deepgram_nova-2")
        hearing = await listening(recognizer, options)
        hearing.finish()
        await told(hearing)
        query = service.queries[0]
        assert {
            "model": "nova-2",
            "language": "de-DE",
            "encoding": "mulaw",
            "sample_rate": "8000",
            "interim_results": "true",
            "profanity_filter": "false",
        }.items() <= dict(query).items()
        assert query.getall("keywords") == ["Kuchen", "Torte"]
        assert service.keys == ["Token k3y"]
        hearing.close()

    drive(script)


def test_partial_results_are_told() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        service.says, service.partial = [("Two pieces.", 0.9)], "two"
        hearing = await listening(recognizer, Listening(wants_partials=True))
        say(hearing, 30, 0)
        assert await hearing.next() == SpeechBegan(0)
        assert await hearing.next() == Heard("two", None, False, 0.0, 0, 600)
        hearing.finish()
        assert isinstance((await told(hearing))[-1], Heard)
        hearing.close()

    drive(script)


def test_swear_words_are_masked() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        service.says = [("this shit", 0.9)]
        hearing = await listening(recognizer, Listening())
        say(hearing)
        hearing.finish()
        assert [event.text for event in await told(hearing) if isinstance(event, Heard)] == ["this s***"]
        hearing.close()

    drive(script)


def test_a_recording_is_transcribed() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        assert (await recognizer.transcribe(bytes(32_000), Listening())).text == ""
        assert service.heard_bytes == 16_000

    drive(script)


def test_a_recording_of_a_minute_is_sent_whole_though_it_is_there_at_once() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        await recognizer.transcribe(bytes(2 * 8000 * 60), Listening())
        assert service.heard_bytes == 8000 * 60

    drive(script)


def test_a_frame_of_another_length_is_refused() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        hearing = await listening(recognizer, Listening())
        with pytest.raises(ValueError, match="a frame of 10 bytes"):
            hearing.hear(SILENCE[:10])
        hearing.close()

    drive(script)


def test_the_setting_names_it_and_needs_a_key_or_a_url() -> None:
    with pytest.raises(UnknownRecognizerError, match="asr_key: the key of the service is missing"):
        open_recognizer("deepgram", ProviderSettings())

    async def run() -> None:
        recognizer = open_recognizer("deepgram", ProviderSettings(key=Secret("k3y")))
        assert recognizer.name == "deepgram"
        await recognizer.close()

    asyncio.run(run())
