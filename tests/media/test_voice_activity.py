"""Voice activity of what the embedded voice says, in the noise of a line, between two ports of the core."""

import asyncio
import random
import struct
from typing import Final

import pytest

from offhook.media.ports.event import PlaybackEnded, VoiceEnded, VoiceStarted
from offhook.speech.hibari import HibariSynthesizer
from offhook.speech.ports import SpokenAudio, Utterance
from offhook.speech.settings import Settings
from tests.support.media_core import Ear, running_core, talking_pair

SILENCE_MS: Final = 600
PAUSE_S: Final = 1.0
TOLERANCE_MS: Final = 160
"""Soft sounds at both ends drown in noise; packets may be late by a tick or two."""

FULL_SCALE: Final = 22_303 / 2**0.5
"""Root mean square of 0 dBm0 in 16 bits (ITU-T G.711 table 1)."""


async def spoken(text: str) -> SpokenAudio:
    synthesizer = HibariSynthesizer(Settings())
    try:
        await synthesizer.start()
        return await synthesizer.synthesize(Utterance(text))
    finally:
        await synthesizer.close()


def loud_ms(audio: SpokenAudio) -> int:
    """From the first to the last 20 ms that are less than 20 dB below the loudest."""
    frame = audio.rate_hz // 50
    samples = [sample for (sample,) in struct.iter_unpack("<h", audio.samples)]
    powers = [sum(s * s for s in samples[start : start + frame]) for start in range(0, len(samples), frame)]
    loud = [place for place, power in enumerate(powers) if power * 100 > max(powers)]
    return (loud[-1] - loud[0] + 1) * 20


def on_a_line(audio: SpokenAudio, gain_db: float, noise_dbm0: float) -> bytes:
    """Two sentences of the same audio with a pause before, between and behind, in white noise."""
    chance = random.Random(7)
    peak = 3**0.5 * FULL_SCALE * 10 ** (noise_dbm0 / 20) * (audio.rate_hz / 8000) ** 0.5
    gain = 10 ** (gain_db / 20)
    sentence = [sample * gain for (sample,) in struct.iter_unpack("<h", audio.samples)]
    pause = [0.0] * int(PAUSE_S * audio.rate_hz)
    heard = [
        round(max(-32_768, min(32_767, sample + chance.uniform(-peak, peak))))
        for sample in [*pause, *sentence, *pause, *sentence, *pause]
    ]
    return struct.pack(f"<{len(heard)}h", *heard)


@pytest.mark.parametrize(("gain_db", "noise_dbm0"), [(-12, -60), (0, -42)])
def test_two_sentences_are_two_voices(gain_db: float, noise_dbm0: float) -> None:
    async def run() -> None:
        audio = await spoken("Please leave a message")
        length_ms = loud_ms(audio)
        with running_core() as engine:
            one, one_ear, two, ear = talking_pair(engine)
            two.watch_voice(SILENCE_MS)
            one.play(engine.load_clip(on_a_line(audio, gain_db, noise_dbm0), audio.rate_hz))
            for _ in range(2):
                started = await ear.next(VoiceStarted)
                assert started.silent_ms >= PAUSE_S * 900
                ended = await ear.next(VoiceEnded)
                assert ended.silent_ms == SILENCE_MS
                assert abs(ended.voiced_ms - length_ms) <= TOLERANCE_MS
            await one_ear.next(PlaybackEnded)
            assert not voices(ear)

    asyncio.run(run())


def voices(ear: Ear) -> list[object]:
    return [event for event in ear.heard if isinstance(event, VoiceStarted | VoiceEnded)]
