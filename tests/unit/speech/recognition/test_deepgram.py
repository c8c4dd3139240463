"""The recogniser over the network, against a stand-in of its service: words, and every way to lose it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from offhook.base.redact import Secret
from offhook.speech.ports import Heard, HearingEvent, Listening, RecognitionError, SpeechBegan, SpeechEnded
from offhook.speech.recognition import deepgram
from offhook.speech.recognition.catalogue import ProviderSettings, UnknownRecognizerError, open_recognizer
from offhook.speech.recognition.deepgram import DeepgramHearing, DeepgramRecognizer
from tests.support.speech_service import SpeechService, speech_service

VOICE, SILENCE = b"\x10" * 160, b"\xff" * 160
Told = list[HearingEvent | str]


def is_voice(ulaw: bytes) -> bool:
    return ulaw == VOICE


def drive(script: Callable[[SpeechService, DeepgramRecognizer], Awaitable[None]]) -> None:
    """Run a script with the service and a recogniser that asks it."""

    async def run() -> None:
        async with speech_service() as service:
            recognizer = DeepgramRecognizer(service.url, Secret("k3y"), None)
            try:
                await script(service, recognizer)
            finally:
                await recognizer.close()
        assert not recognizer._hearings

    asyncio.run(run())


async def listening(recognizer: DeepgramRecognizer, options: Listening) -> DeepgramHearing:
    hearing = await recognizer.listen(options)
    assert isinstance(hearing, DeepgramHearing)
    hearing._is_voice = is_voice
    return hearing


async def told(hearing: DeepgramHearing) -> Told:
    """All of it, to the end."""
    events: Told = []
    while True:
        try:
            event = await hearing.next()
        except RecognitionError as error:
            events.append(str(error))
            continue
        if event is None:
            return events
        events.append(event)


def say(hearing: DeepgramHearing, voice: int = 30, silence: int = 40) -> None:
    for frame in [VOICE] * voice + [SILENCE] * silence:
        hearing.hear(frame)


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


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"refuses": 401}, "cannot be reached"),
        ({"closes_after_bytes": 800}, "closed the connection"),
        ({"hangs": True}, "it needed too long"),
    ],
)
def test_a_service_that_is_lost_is_told_and_ends_the_hearing(
    fault: dict[str, int], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deepgram, "FINAL_S", 0.3)

    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        for name, value in fault.items():
            setattr(service, name, value)
        hearing = await listening(recognizer, Listening())
        say(hearing)
        events = await told(hearing)
        assert says in str(events[-1])
        hearing.hear(VOICE)  # is dropped
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

    asyncio.run(run())


def test_a_recording_is_transcribed() -> None:
    async def script(service: SpeechService, recognizer: DeepgramRecognizer) -> None:
        assert (await recognizer.transcribe(bytes(32_000), Listening())).text == ""
        assert service.heard_bytes == 16_000

    drive(script)


def test_what_waits_for_a_slow_connection_is_bounded() -> None:
    async def run() -> None:
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        hearing = DeepgramHearing(opened, Listening(), lambda hearing: None, is_voice)
        for _ in range(2 * deepgram.WAITING_MAX):
            hearing.hear(SILENCE)
        assert len(hearing._outbox) == deepgram.WAITING_MAX
        with pytest.raises(ValueError, match="a frame of 10 bytes"):
            hearing.hear(SILENCE[:10])
        await hearing.end()

    asyncio.run(run())


def test_the_setting_names_it_and_needs_a_key_or_a_url() -> None:
    with pytest.raises(UnknownRecognizerError, match="asr_key: the key of the service is missing"):
        open_recognizer("deepgram", ProviderSettings())

    async def run() -> None:
        recognizer = open_recognizer("deepgram", ProviderSettings(key=Secret("k3y")))
        assert recognizer.name == "deepgram"
        await recognizer.close()

    asyncio.run(run())
