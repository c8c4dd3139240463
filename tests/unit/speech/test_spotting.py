"""Which words the embedded voice is told apart by: the measure behind `--expect`.

Each row is a text that is looked for and what the voice says, through a telephone line: G.711 with noise
30 dB below the voice. docs/cli.md tells what came out.
"""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from offhook.speech.hibari import HibariSynthesizer
from offhook.speech.likeness import RATE_HZ
from offhook.speech.ports import HEARD_AT_MOST, SpeechError, SpokenAudio, Spotting, Utterance
from offhook.speech.settings import Settings
from offhook.speech.spotting import VoiceSpotter
from tests.support.spelling_voice import SpellingVoice

MENU = "For the time, press one. To hear how you called us, press two."
ACME = "Welcome to Acme. Press one for sales, or press two for support."
CLOSED = "We are closed today. Please call again tomorrow."
OFFICE = "Our office is open from nine to five on weekdays."
SHIPPED = "Hello Jane. Your order has shipped and will arrive on Tuesday."
PIN = "Please enter your four digit PIN, followed by the pound sign."
QUEUE = "You are number 3 in the queue."
BEEP = "Please leave a message after the beep."
SORRY = "Sorry, I did not understand that."
SERVICE = "The number you have dialed is not in service."

SAME = [
    ("press one", MENU),
    ("press two", MENU),
    ("To hear how you called us", MENU),
    (MENU, f"Welcome to Offhook. {MENU} Goodbye."),
    ("Press one for sales", ACME),
    ("press two for support", ACME),
    ("Welcome to Acme", ACME),
    ("We are closed today.", CLOSED),
    ("please call again tomorrow", CLOSED),
    ("our office is open", OFFICE),
    ("nine to five", OFFICE),
    ("weekdays", OFFICE),
    ("Hello, Jane!", SHIPPED),
    ("Your order has shipped", SHIPPED),
    ("will arrive on Tuesday", SHIPPED),
    ("enter your 4 digit PIN", PIN),
    ("the pound sign", PIN),
    (QUEUE, QUEUE),
    ("queue", QUEUE),
    ("after the beep", BEEP),
    ("understand", SORRY),
    ("not in service", SERVICE),
]
OTHER = [
    ("press three", MENU),
    ("Press three for support", ACME),
    ("Press one for support", ACME),
    ("We are open today.", CLOSED),
    ("Please call again on Monday.", CLOSED),
    ("our office is closed", OFFICE),
    ("nine to four", OFFICE),
    ("weekends", OFFICE),
    ("will arrive on Thursday", SHIPPED),
    ("Hello John", SHIPPED),
    ("enter your five digit PIN", PIN),
    ("the hash sign", PIN),
    ("You are number 4 in the queue.", QUEUE),
    ("Please leave a message after the tone.", BEEP),
    ("I did understand that", SORRY),
    ("is now in service", SERVICE),
    ("Your code is seven three nine two.", "Your code is seven three nine three."),
    ("Your balance is forty two dollars.", "Your balance is forty three dollars."),
    ("Your balance is forty two dollars.", "Your balance is sixty two dollars."),
    ("You pressed five.", "You pressed nine."),
    ("It is fifteen", "It is fifty."),
    ("We can help you.", "We can't help you."),
    ("Your account is active", "Your account is inactive"),
    ("Goodbye.", MENU),
    ("Thank you for calling.", SORRY),
    ("Let us try that again.", CLOSED),
    ("Yes", "No"),
]
NOT_TOLD_APART = [
    ("Press one for sales", "Press one for sale"),
    ("You called us", "You call us"),
    ("the cat sat", "the cap sat"),
]
"""One consonant between other sounds, which the telephone's band hardly carries."""


class Ear:
    """The spotter over the real voice, in a loop of its own."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._voice = HibariSynthesizer(Settings())
        self._spotter = VoiceSpotter(self._voice)

    def close(self) -> None:
        self._runner.run(self._voice.close())

    def spot(self, text: str, said: str) -> Spotting:
        """Look for a text, its sentences one after the other, in what is said."""
        return self._runner.run(self._spot(text, said))

    async def _spot(self, text: str, said: str) -> Spotting:
        samples = through_the_line(await self._voice.synthesize(Utterance(said)))
        found: Spotting | None = None
        for phrase in await self._spotter.learn(text):
            spotting = await self._spotter.spot(phrase, samples)
            assert spotting is not None
            found = spotting if found is None else found.joined_with(spotting)
        assert found is not None
        return found


def through_the_line(spoken: SpokenAudio) -> bytes:
    """Half as loud, with noise 30 dB below the voice, in the 8 bits of µ-law, quiet for a second around."""
    samples = np.frombuffer(spoken.samples, dtype="<i2").astype(np.float64) / 32768
    spectrum = np.fft.rfft(samples)
    count = len(samples) * RATE_HZ // spoken.rate_hz
    voice = np.fft.irfft(spectrum[: count // 2 + 1], count) * (count / len(samples)) / 2
    quiet = np.zeros(RATE_HZ)
    line = np.concatenate([quiet, voice, quiet])
    line += np.random.default_rng(7).normal(
        0, float(np.sqrt(np.mean(voice**2))) * 10 ** (-30 / 20), len(line)
    )
    compressed = np.round(np.sign(line) * np.log1p(255 * np.abs(line)) / np.log(256) * 127) / 127
    expanded = np.sign(compressed) * (256 ** np.abs(compressed) - 1) / 255
    return bytes((expanded * 32767).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def ear() -> Iterator[Ear]:
    with asyncio.Runner() as runner:
        ear = Ear(runner)
        yield ear
        ear.close()


@pytest.mark.parametrize(("text", "said"), SAME)
def test_the_same_words_are_heard(ear: Ear, text: str, said: str) -> None:
    assert ear.spot(text, said).difference <= HEARD_AT_MOST


@pytest.mark.parametrize(("text", "said"), OTHER)
def test_other_words_are_not_heard(ear: Ear, text: str, said: str) -> None:
    assert ear.spot(text, said).difference > HEARD_AT_MOST


@pytest.mark.parametrize(("text", "said"), NOT_TOLD_APART)
def test_what_cannot_be_told_apart_is_known(ear: Ear, text: str, said: str) -> None:
    assert ear.spot(text, said).is_heard


def test_the_place_is_told(ear: Ear) -> None:
    first, second = ear.spot("press one", MENU), ear.spot("press two", MENU)
    assert 1.0 < first.start_s < first.end_s < second.start_s < second.end_s
    assert first.later_by(2.0).start_s == first.start_s + 2.0


def test_silence_and_tones_are_no_words() -> None:
    async def scenario() -> None:
        spotter = VoiceSpotter(voice := HibariSynthesizer(Settings()))
        (phrase,) = await spotter.learn("Welcome to Offhook.")
        time = np.arange(4 * RATE_HZ) / RATE_HZ
        for samples in (0 * time, 0.3 * np.sin(2 * np.pi * 440 * time) * (time % 1 < 0.5)):
            spotting = await spotter.spot(phrase, (samples * 32767).astype("<i2").tobytes())
            assert spotting is not None
            assert spotting.difference > 2 * HEARD_AT_MOST
        assert await spotter.spot(phrase, bytes(800)) is None
        assert 2.0 < phrase.longest_s < 5.0
        await voice.close()

    asyncio.run(scenario())


def test_a_voice_that_fails_and_a_text_without_a_sound_are_errors() -> None:
    async def scenario() -> None:
        voice = SpellingVoice()
        with pytest.raises(SpeechError, match="nothing to hear"):
            await VoiceSpotter(voice).learn("Hm")
        voice.fails = True
        with pytest.raises(SpeechError, match="gone"):
            await VoiceSpotter(voice).learn("Hello.")

    asyncio.run(scenario())
