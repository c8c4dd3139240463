"""The embedded voice at another pitch and as a man's: the numbers, and what is heard of the real one."""

import asyncio
import re
from itertools import zip_longest
from typing import Any

import numpy as np
import pytest

from offhook.base.errors import UsageError
from offhook.speech.hibari import HibariSynthesizer
from offhook.speech.ports import Gender, SpokenAudio, Utterance
from offhook.speech.recognition.frame import Piece
from offhook.speech.recognition.ulaw import compress
from offhook.speech.recognition.whisper_worker import Whisper, model_folder
from offhook.speech.settings import Settings
from offhook.speech.tuning import (
    MAN_PITCH,
    MAN_THROAT,
    PITCHED_BINS,
    SILENT,
    Tuning,
    at_harmonics,
    moved,
    smoothed,
    tuning_of,
    without_pitch,
)
from tests.support.sound import resampled
from tests.unit.speech.test_espeak import pitch_hz

PHRASES = (
    "I would like to talk to a person.",
    "Please connect me with technical support.",
    "The internet is not working at my house.",
    "I need to cancel my appointment.",
)
TEXT = "Your order of forty two green apples will be delivered tomorrow before noon."


def test_a_man_is_lower_and_his_throat_is_longer_and_a_woman_is_the_voice_itself() -> None:
    assert tuning_of(Utterance("x")) == tuning_of(Utterance("x", voice=Gender.WOMAN)) == Tuning()
    assert Tuning().is_plain
    assert tuning_of(Utterance("x", voice=Gender.MAN, pitch=1.5)) == Tuning(1.5 * MAN_PITCH, MAN_THROAT)
    assert not tuning_of(Utterance("x", pitch=1.1)).is_plain


def test_a_colour_is_read_at_the_harmonics_alone() -> None:
    colour = np.full((601, 1), -9.0, np.float32)  # nothing between the harmonics
    colour[10::10] = np.linspace(0, 1, 60, dtype=np.float32)[:, None]  # 200 Hz and its harmonics
    read = at_harmonics(colour, np.array([200.0], np.float32), 1.0)

    assert np.all(np.diff(read[10:590, 0]) > 0)
    assert read[10, 0] == 0.0
    assert read[305, 0] == pytest.approx(0.5, abs=0.02)


def test_a_frame_without_pitch_keeps_its_colour() -> None:
    colour = np.arange(601, dtype=np.float32)[:, None]

    assert np.array_equal(at_harmonics(colour, np.array([0.0], np.float32), 1.0)[1:], colour[1:])


def test_a_longer_throat_moves_every_formant_down() -> None:
    colour = np.zeros((601, 1), np.float32)
    colour[100] = 1.0

    assert int(np.argmax(moved(colour, 0.86))) == 86
    assert int(np.argmax(at_harmonics(colour, np.array([0.0], np.float32), 0.86))) == 86


def test_smoothing_keeps_a_level_and_flattens_a_peak() -> None:
    colour = np.full((601, 2), 3.0, np.float32)
    colour[300] = 12.0

    assert smoothed(colour).shape == colour.shape
    assert smoothed(colour)[0, 0] == pytest.approx(3.0)
    assert smoothed(colour)[300, 0] == pytest.approx(4.0)


@pytest.fixture(scope="module")
def spoken() -> dict[str, SpokenAudio]:
    async def run() -> dict[str, SpokenAudio]:
        synthesizer = HibariSynthesizer(Settings(timeout_s=30.0))
        try:
            await synthesizer.start()
            return {
                name: await synthesizer.synthesize(utterance)
                for name, utterance in {
                    "own": Utterance(TEXT),
                    "woman": Utterance(TEXT, voice="woman"),
                    "man": Utterance(TEXT, voice="man"),
                    "high": Utterance(TEXT, pitch=1.3),
                    "again": Utterance(TEXT, pitch=1.3),
                    "low": Utterance(TEXT, pitch=0.7),
                    "lowest man": Utterance(TEXT, voice="man", pitch=0.5),
                    "nothing": Utterance("", voice="man"),
                }.items()
            }
        finally:
            await synthesizer.close()

    return asyncio.run(run())


def test_the_real_voice_is_a_woman_and_as_a_man_an_octave_lower_less_two_semitones(
    spoken: dict[str, SpokenAudio],
) -> None:
    own = pitch_hz(spoken["own"])

    assert spoken["own"] == spoken["woman"]
    assert 170 < own < 230
    assert pitch_hz(spoken["man"]) / own == pytest.approx(MAN_PITCH, rel=0.08)
    assert len(spoken["man"].samples) == len(spoken["own"].samples)


def test_the_real_voice_is_as_high_as_is_asked_and_says_it_again_the_same(
    spoken: dict[str, SpokenAudio],
) -> None:
    own = pitch_hz(spoken["own"])

    assert pitch_hz(spoken["high"]) / own == pytest.approx(1.3, rel=0.08)
    assert pitch_hz(spoken["low"]) / own == pytest.approx(0.7, rel=0.08)
    assert spoken["high"] == spoken["again"]


def test_no_tuning_clips_or_is_much_louder_or_softer(spoken: dict[str, SpokenAudio]) -> None:
    def level(audio: SpokenAudio) -> float:
        return float(np.sqrt(np.mean(np.frombuffer(audio.samples, "<i2").astype(float) ** 2)))

    for name in ("man", "high", "low", "lowest man"):
        assert 0.6 < level(spoken[name]) / level(spoken["own"]) < 1.5, name
        assert max(abs(np.frombuffer(spoken[name].samples, "<i2").astype(int))) < 32_767, name
    assert spoken["nothing"].samples == b""


def test_low_frequencies_of_the_rest_are_left_out_where_there_is_a_pitch() -> None:
    rest = np.ones((601, 2), np.float32)

    kept = without_pitch(rest, np.array([200.0, 0.0], np.float32))

    assert set(kept[:PITCHED_BINS, 0]) == {SILENT}
    assert set(kept[PITCHED_BINS:, 0]) == set(kept[:, 1]) == {1.0}
    assert set(rest[:, 0]) == {1.0}


@pytest.mark.parametrize("manner", [{"voice": "man"}, {"pitch": 1.3}], ids=["a man", "higher"])
def test_a_recogniser_understands_the_voice_however_it_is_tuned(manner: dict[str, Any]) -> None:
    async def speak() -> list[SpokenAudio]:
        synthesizer = HibariSynthesizer(Settings(timeout_s=30.0))
        try:
            return [await synthesizer.synthesize(Utterance(text, **manner)) for text in PHRASES]
        finally:
            await synthesizer.close()

    whisper = Whisper(model_folder([]))
    heard = []
    for audio in asyncio.run(speak()):
        narrow = resampled(np.frombuffer(audio.samples, "<i2").astype(float), audio.rate_hz)
        line = np.concatenate([np.zeros(4_000), narrow, np.zeros(4_000)]).astype(np.int16)
        heard.append(whisper.recognise(Piece(compress(line))).text)

    said = [re.findall(r"[a-z]+", text.lower()) for text in PHRASES]
    understood = [re.findall(r"[a-z]+", text.lower()) for text in heard]
    wrong = sum(
        a != b for one, other in zip(said, understood, strict=True) for a, b in zip_longest(one, other)
    )
    assert wrong <= 1, heard


def test_a_pitch_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="a pitch of 3"):
        asyncio.run(HibariSynthesizer(Settings()).synthesize(Utterance("x", pitch=3.0)))
