"""How the embedded voice speaks otherwise than of itself: faster, louder, without the silence around it.

Called by `speech/worker.py`, in the engine's process. The engine takes a speed, but counts the length of each
sound in frames of 12.5 ms: just around its own speed, and above 1.3, what it is asked for and what is heard
differ by up to a sixth. `engine_speed` is what was measured of hibari-tts 0.2 over ten texts of 1 to 20
words; with it they differ by a tenth at most.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Audio = npt.NDArray[np.float32]
"""Samples from -1 to 1."""

MEASURED: Final = (
    *(
        (0.2, 0.2),
        (0.7, 0.7),
        (0.75, 0.78),
        (0.8, 0.8),
        (0.87, 0.82),
        (0.92, 0.86),
        (0.955, 0.92),
        (1.0, 1.0),
    ),
    *((1.05, 1.1), (1.1, 1.18), (1.15, 1.22), (1.18, 1.28), (1.2, 1.325), (1.24, 1.33), (1.365, 1.335)),
    *((1.43, 1.34), (1.48, 1.36), (1.53, 1.45), (1.585, 1.55), (1.615, 1.6), (1.67, 1.7), (1.71, 1.8)),
    *((1.77, 1.9), (1.87, 2.0), (1.93, 2.05), (1.95, 2.1), (2.0, 2.2)),
)
"""How fast speech is heard, of the engine's own, and at which speed: between them a straight line."""

PEAK_MAX: Final = 0.99
"""Where a gain ends: nothing is clipped."""
EDGE: Final = 0.01
"""Of the peak: below it a sound has not begun, or is over."""
MARGIN_S: Final = 0.01
"""What is left of the silence, so that a soft consonant is not cut off."""


def engine_speed(rate: float) -> float:
    """The engine's `speed` at which speech is as fast as is wanted."""
    return float(np.interp(rate, [heard for heard, _ in MEASURED], [speed for _, speed in MEASURED]))


def amplified(audio: Audio, gain_db: float) -> Audio:
    """The same, louder or softer; louder only as far as nothing of it clips."""
    if gain_db == 0.0:
        return audio
    factor = 10.0 ** (gain_db / 20)
    peak = float(np.max(np.abs(audio), initial=0.0))
    if factor > 1.0 and peak > 0.0:
        factor = max(1.0, min(factor, PEAK_MAX / peak))
    return audio * np.float32(factor)


def trimmed(audio: Audio, rate_hz: int, *, start: bool, end: bool) -> Audio:
    """The same, less the silence before its first or after its last sound."""
    level = np.abs(audio)
    heard = np.flatnonzero(level > EDGE * np.max(level, initial=0.0))
    if not len(heard):
        return audio
    margin = round(MARGIN_S * rate_hz)
    first = max(0, int(heard[0]) - margin) if start else 0
    return audio[first : int(heard[-1]) + 1 + margin if end else len(audio)]
