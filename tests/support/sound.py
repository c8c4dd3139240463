"""Compare what was heard with what should have been said, by correlation of the waveforms.

No ear and no recogniser: a prompt of the embedded voice is the same samples every time, so that a
recording which holds it correlates with it nearly perfectly wherever it begins.
"""

import asyncio
import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from offhook.speech.hibari import HibariSynthesizer
from offhook.speech.ports import Utterance
from offhook.speech.settings import Settings

Samples = NDArray[np.float64]

RATE_HZ = 8000
TONE_PEAK = 8000.0
SILENCE = 0.02
"""Of the peak: below it nobody speaks."""


def read_wav(path: Path) -> Samples:
    """The samples of a WAV file as 8000 Hz mono floats."""
    with wave.open(str(path)) as file:
        assert file.getsampwidth() == 2
        raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float)
        mono = raw.reshape(-1, file.getnchannels()).mean(axis=1)
        return resampled(mono, file.getframerate())


def read_tracks(wav: bytes) -> tuple[Samples, ...]:
    """The channels of a WAV file of 16 bits at 8000 Hz, one after the other."""
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getsampwidth(), file.getframerate()) == (2, RATE_HZ)
        raw = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float)
        return tuple(raw.reshape(-1, file.getnchannels()).T)


def tone(hz: int) -> bytes:
    """One second of a tone, 16 bits at 8000 Hz, which joins to itself."""
    return (TONE_PEAK * np.sin(2 * np.pi * hz * np.arange(RATE_HZ) / RATE_HZ)).astype("<i2").tobytes()


def level(samples: Samples, hz: int) -> float:
    """How much of the loudest second is this tone, 0 to 1."""
    seconds = [samples[start : start + RATE_HZ] for start in range(0, len(samples) - RATE_HZ, RATE_HZ // 4)]
    loudest = max(seconds, key=lambda second: float(np.sum(second**2)))
    spectrum = np.abs(np.fft.rfft(loudest)) ** 2
    return float(np.sum(spectrum[hz - 3 : hz + 4]) / np.sum(spectrum))


def resampled(samples: Samples, rate_hz: int) -> Samples:
    """The band below 4 kHz of a signal, at 8000 Hz."""
    if rate_hz == RATE_HZ:
        return samples
    count = len(samples) * RATE_HZ // rate_hz
    spectrum: NDArray[Any] = np.fft.rfft(samples)[: count // 2 + 1]
    return np.fft.irfft(spectrum, count) * (count / len(samples))


def spoken(text: str) -> Samples:
    """A text in the embedded voice, without the silence around it."""

    async def speak() -> Samples:
        voice = HibariSynthesizer(Settings())
        try:
            audio = await voice.synthesize(Utterance(text))
        finally:
            await voice.close()
        return resampled(np.frombuffer(audio.samples, dtype="<i2").astype(float), audio.rate_hz)

    samples = asyncio.run(speak())
    loud = np.flatnonzero(np.abs(samples) > SILENCE * np.max(np.abs(samples)))
    return samples[loud[0] : loud[-1] + 1]


def likeness(heard: Samples, pattern: Samples) -> float:
    """Best normalised correlation of `pattern` at any place in `heard`: 1 is the same, 0 nothing alike."""
    if len(heard) < len(pattern):
        return 0.0
    size = 1 << (len(heard) + len(pattern)).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(pattern, size)), size)
    places = len(heard) - len(pattern) + 1
    energy = np.cumsum(np.concatenate([[0.0], heard**2]))
    windows = energy[len(pattern) :] - energy[:places]
    scale = np.sqrt(np.maximum(windows, 1.0) * np.sum(pattern**2))
    return float(np.max(products[:places] / scale))


def likeness_in_parts(heard: Samples, pattern: Samples, parts: int = 10) -> float:
    """The mean of the parts of a long pattern, each wherever it is.

    A phone that leaves out or repeats 10 or 20 ms to keep up, as on a busy machine, shifts all that follows.
    """
    return float(np.mean([likeness(heard, part) for part in np.array_split(pattern, parts)]))
