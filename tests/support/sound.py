"""Compare what was heard with what should have been said, by correlation of the waveforms.

No ear and no recogniser: a prompt of the embedded voice is the same samples every time, so that a
recording which holds it correlates with it nearly perfectly wherever it begins.
"""

import asyncio
import io
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from offhook.speech.engines import SpeechEngines, make_engines
from offhook.speech.ports import Utterance

Samples = NDArray[np.float64]

RATE_HZ = 8000
TONE_PEAK = 8000.0
SILENCE = 0.02
"""Of the peak: below it nobody speaks."""
FRAME = 160
"""Samples of 20 ms."""
FAINT = 0.02
"""Of the power of the strongest frequency: what is below it is leakage of the others."""
PIECE = 3200
"""Samples of 400 ms: a word or two."""
DRIFT = 2
"""Frames by which a piece may be off its place behind the one before."""
FOUND = 0.6
"""How much the pieces must be alike on average: those of another text are below 0.5."""
AUDIBLE = 150.0
"""Root mean square of a frame, of 32,767: above it there is sound."""


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


def key_tones(key: str) -> bytes:
    """120 ms of a key's two tones (ITU-T Q.23) and as much silence, 16 bits at 8000 Hz."""
    row, column = divmod("123A456B789C*0#D".index(key), 4)
    pair = (697, 770, 852, 941)[row], (1209, 1336, 1477, 1633)[column]
    waves = np.sin(2 * np.pi * np.outer(pair, np.arange(960) / RATE_HZ)).sum(axis=0)
    tones: bytes = (5600 * waves).astype("<i2").tobytes()
    return tones + bytes(1920)


def mu_law(samples: bytes) -> bytes:
    """16-bit samples as PCMU (ITU-T G.711), for a peer that plays a file of it."""
    linear = np.frombuffer(samples, dtype="<i2").astype(np.int32)
    biased = np.minimum(np.abs(linear), 32_635) + 132
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 0x0F
    sign = np.where(linear < 0, 0x80, 0)
    return bytes((~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8))


def from_mu_law(data: bytes) -> Samples:
    """PCMU as samples of 16 bits, by the formula of ITU-T G.711: what a peer of ours heard."""
    code = ~np.frombuffer(data, dtype=np.uint8) & 0xFF
    magnitude = (((code & 0x0F).astype(np.int32) << 3) + 132 << (code >> 4 & 7)) - 132
    signed: Samples = np.where(code & 0x80, -magnitude, magnitude).astype(np.float64)
    return signed


def level(samples: Samples, hz: int) -> float:
    """How much of the loudest second is this tone, 0 to 1."""
    seconds = [samples[start : start + RATE_HZ] for start in range(0, len(samples) - RATE_HZ, RATE_HZ // 4)]
    loudest = max(seconds, key=lambda second: float(np.sum(second**2)))
    spectrum = np.abs(np.fft.rfft(loudest)) ** 2
    return float(np.sum(spectrum[hz - 3 : hz + 4]) / np.sum(spectrum))


@dataclass(frozen=True)
class Span:
    """A stretch of sound between two silences."""

    begins_s: float
    ends_s: float
    hz: frozenset[int]
    """The strongest frequencies in it, in steps of 10 Hz: one for a tone, several for a ringback."""

    @property
    def lasts_s(self) -> float:
        """Its length."""
        return self.ends_s - self.begins_s


def spans(samples: Samples, gap_s: float = 0.3) -> list[Span]:
    """Where there is sound; pauses shorter than `gap_s` are part of it."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    loud = np.flatnonzero(np.sqrt(np.mean(frames**2, axis=1)) > AUDIBLE)
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) * FRAME / RATE_HZ > gap_s)
    firsts = [int(loud[0]), *(int(loud[each + 1]) for each in breaks)]
    lasts = [*(int(loud[each]) for each in breaks), int(loud[-1])]
    return [
        Span(
            first * FRAME / RATE_HZ,
            (last + 1) * FRAME / RATE_HZ,
            _strongest(samples[first * FRAME : (last + 1) * FRAME]),
        )
        for first, last in zip(firsts, lasts, strict=True)
    ]


def _strongest(samples: Samples) -> frozenset[int]:
    samples = samples * np.hanning(len(samples))
    spectrum = np.abs(np.fft.rfft(samples, RATE_HZ * max(1, -(-len(samples) // RATE_HZ)))) ** 2
    steps = len(spectrum) // (RATE_HZ // 20)
    by_step = spectrum[: steps * (RATE_HZ // 20)].reshape(-1, steps).sum(axis=1)
    return frozenset(int(each) * 10 for each in np.flatnonzero(by_step > FAINT * np.max(by_step)))


def resampled(samples: Samples, rate_hz: int) -> Samples:
    """The band below 4 kHz of a signal, at 8000 Hz."""
    if rate_hz == RATE_HZ:
        return samples
    count = len(samples) * RATE_HZ // rate_hz
    spectrum: NDArray[Any] = np.fft.rfft(samples)[: count // 2 + 1]
    return np.fft.irfft(spectrum, count) * (count / len(samples))


def spoken(text: str | Utterance) -> Samples:
    """A text as the node says it, of itself in the embedded voice, without the silence around it."""

    async def speak() -> Samples:
        voice = SpeechEngines(make_engines("hibari"))
        try:
            await voice.start()
            audio = await voice.synthesize(Utterance(text) if isinstance(text, str) else text)
        finally:
            await voice.close()
        return resampled(np.frombuffer(audio.samples, dtype="<i2").astype(float), audio.rate_hz)

    samples = asyncio.run(speak())
    loud = np.flatnonzero(np.abs(samples) > SILENCE * np.max(np.abs(samples)))
    return samples[loud[0] : loud[-1] + 1]


def likeness(heard: Samples, pattern: Samples) -> float:
    """Best normalised correlation of `pattern` at any place in `heard`: 1 is the same, 0 nothing alike."""
    return float(np.max(_correlation(heard, pattern), initial=0.0))


def places(heard: Samples, pattern: Samples) -> list[float]:
    """The seconds where `pattern` begins in `heard`.

    It is looked for piece by piece, each at its place behind the one before, give or take `DRIFT`: a packet
    that came too late on a busy machine shifts what follows, and costs the piece that it is in alone.
    """
    starts = range(0, len(pattern) - PIECE // 2, PIECE)
    likenesses = [_by_frame(_correlation(heard, pattern[start : start + PIECE])) for start in starts]
    score = likenesses[-1]
    for each in reversed(likenesses[:-1]):
        following = np.full(len(each) + PIECE // FRAME + DRIFT, -1.0)
        following[: len(score)] = score[: len(following)]
        best = np.max(
            [following[PIECE // FRAME + shift :][: len(each)] for shift in range(-DRIFT, DRIFT + 1)], axis=0
        )
        score = each + best
    score = score / len(likenesses)
    found: list[float] = []
    while len(score) and np.max(score) > FOUND:
        frame = int(np.argmax(score))
        found.append(frame * FRAME / RATE_HZ)
        reach = len(pattern) // FRAME // 2
        score[max(0, frame - reach) : frame + reach] = 0.0
    return sorted(found)


def _by_frame(correlation: Samples) -> Samples:
    """The best of each 20 ms."""
    frames = np.pad(correlation, (0, -len(correlation) % FRAME)).reshape(-1, FRAME)
    best: Samples = np.max(frames, axis=1, initial=0.0)
    return best


def _correlation(heard: Samples, pattern: Samples) -> Samples:
    """The normalised correlation at every place in `heard` where `pattern` can begin."""
    if len(heard) < len(pattern):
        return np.zeros(0)
    size = 1 << (len(heard) + len(pattern)).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(pattern, size)), size)
    count = len(heard) - len(pattern) + 1
    energy = np.cumsum(np.concatenate([[0.0], heard**2]))
    windows = energy[len(pattern) :] - energy[:count]
    scale = np.sqrt(np.maximum(windows, 1.0) * np.sum(pattern**2))
    correlation: Samples = products[:count] / scale
    return correlation
