"""How unlike two pieces of speech sound, whatever their loudness and pace: for `speech/spotting.py`.

    samples -> frames of 25 ms every 10 ms -> mel bands -> cepstrum (Davis and Mermelstein 1980)
    pattern against audio: dynamic time warping with a free beginning and end (Sakoe and Chiba 1978)

Of the best path the worst fifth of a second counts, not the mean: one other word in a long sentence hardly
moves the mean. Pure numbers: no clock, no file, no process.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

RATE_HZ: Final = 8000
HOP: Final = 80
"""Samples from one frame to the next."""
FRAMES_A_SECOND: Final = RATE_HZ // HOP
_FRAME: Final = 200
_SPECTRUM: Final = 256
_BANDS: Final = 23
_LOWEST_HZ: Final = 100
_HIGHEST_HZ: Final = 3800
"""The telephone's band, with a margin for the filter above it."""
_CEPSTRA: Final = 13
_FLOOR: Final = 1e-4
"""Of the loudest within a second: 40 dB below it is silence, so that the noise of the line is no word."""
_AROUND: Final = FRAMES_A_SECOND // 2
_LEAST_POWER: Final = 1e-2
"""Of a frame, full scale being 1: what is fainter than the last bit of G.711 is silence, not loud noise."""
_LOUDNESS: Final = 0.1
"""Weight of the loudness of a frame: a tenth of what its timbre counts."""
_WORST: Final = FRAMES_A_SECOND // 5
"""Frames that are judged together."""
_FAR: Final = 1e9


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern fits best."""

    start: int
    """First frame of the audio."""
    end: int
    """Behind its last frame."""
    worst: float
    """Mean difference of the worst fifth of a second."""


def features(samples: Numbers) -> Numbers:
    """Timbre of each 10 ms, 13 numbers a row; no row for less than 25 ms.

    samples: from -1 to 1 at 8000 Hz.
    """
    if len(samples) < _FRAME:
        return np.zeros((0, _CEPSTRA))
    frames = sliding_window_view(samples, _FRAME)[::HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(frames * np.hanning(_FRAME), _SPECTRUM)) ** 2 @ _MEL_BANDS.T
    loudness = power.sum(axis=1)
    around = sliding_window_view(np.pad(loudness, _AROUND), 2 * _AROUND + 1).max(axis=1)
    around = np.maximum(around, max(_FLOOR * float(loudness.max()), _LEAST_POWER))
    cepstra: Numbers = np.log(power / around[:, None] + _FLOOR / _BANDS) @ _COSINES.T
    cepstra[:, 0] *= _LOUDNESS
    return cepstra


def voiced(samples: Numbers) -> Numbers:
    """The samples without the silence before and after."""
    loud = np.flatnonzero(np.abs(samples) > 0.02 * np.max(np.abs(samples), initial=0.0))
    return samples[max(0, loud[0] - _FRAME) : loud[-1] + _FRAME] if len(loud) else samples[:0]


def best_match(pattern: Numbers, audio: Numbers) -> Match | None:
    """Where the pattern fits best, at half to twice its pace; None where the audio has no room for it.

    Both: rows of `features`.
    """
    if not 1 < len(pattern) <= 2 * (len(audio) - 1):
        return None
    distances = _distances(pattern, audio)
    steps, totals = _walk(distances)
    end = int(totals.argmin())
    if totals[end] >= _FAR:
        return None
    start, costs = _trace(distances, steps, end)
    window = min(_WORST, len(costs))
    worst = float(sliding_window_view(costs, window).mean(axis=1).max())
    return Match(start, end + 1, worst)


def _distances(pattern: Numbers, audio: Numbers) -> Numbers:
    """Of each frame of one to each of the other."""
    squares = (pattern**2).sum(axis=1)[:, None] + (audio**2).sum(axis=1)[None, :] - 2 * pattern @ audio.T
    distances: Numbers = np.sqrt(np.maximum(squares, 0.0))
    return distances


def _walk(distances: Numbers) -> tuple[NDArray[np.int8], Numbers]:
    """Per frame of the pattern the step that leads there best, and the cost of each end.

    0: one frame on in both. 1: two of the audio (spoken slower). 2: two of the pattern (spoken faster).
    """
    rows, columns = distances.shape
    steps = np.zeros((rows, columns), np.int8)
    before, last = np.full(columns, _FAR), distances[0].copy()
    for row in range(1, rows):
        ways = np.full((3, columns), _FAR)
        here = distances[row]
        ways[0, 1:] = last[:-1] + here[1:]
        ways[1, 2:] = last[:-2] + (here[2:] + here[1:-1]) / 2
        if row > 1:
            ways[2, 1:] = before[:-1] + distances[row - 1, 1:] + here[1:]
        steps[row] = ways.argmin(axis=0)
        before, last = last, ways.min(axis=0)
    return steps, last


def _trace(distances: Numbers, steps: NDArray[np.int8], end: int) -> tuple[int, Numbers]:
    """Go the best path back: where it began, and the difference at each frame of the pattern."""
    costs = np.zeros(len(distances))
    row, column = len(distances) - 1, end
    while row > 0:
        step = steps[row, column]
        costs[row] = distances[row, column]
        if step == 1:
            costs[row] = (costs[row] + distances[row, column - 1]) / 2
            row, column = row - 1, column - 2
        elif step == 2:
            costs[row - 1] = distances[row - 1, column]
            row, column = row - 2, column - 1
        else:
            row, column = row - 1, column - 1
    costs[0] = distances[0, column]
    return column, costs


def _mel_bands() -> Numbers:
    """Triangles of equal width on the mel scale, a row each."""
    lowest, highest = (2595 * np.log10(1 + hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    corners = 700 * (10 ** (np.linspace(lowest, highest, _BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(_SPECTRUM, 1 / RATE_HZ)
    rising = (bins - corners[:-2, None]) / (corners[1:-1] - corners[:-2])[:, None]
    falling = (corners[2:, None] - bins) / (corners[2:] - corners[1:-1])[:, None]
    triangles: Numbers = np.clip(np.minimum(rising, falling), 0.0, None)
    return triangles


_MEL_BANDS: Final = _mel_bands()
_COSINES: Final = np.sqrt(2 / _BANDS) * np.cos(
    np.pi * np.arange(_CEPSTRA)[:, None] * (np.arange(_BANDS)[None, :] + 0.5) / _BANDS
)
