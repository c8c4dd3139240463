"""Steady tones in what is heard: the beep of a machine, the tones of a fax. One frequency, for a while.

Speech has many frequencies at once, and none for long; so have music and the tones of keys and of networks,
which come in pairs. Two frames are looked at together: 40 ms, in steps of 25 Hz.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from offhook.speech.ports import FRAME_BYTES, FRAME_MS
from offhook.speech.recognition.ulaw import expand

WINDOW: Final = 2 * FRAME_BYTES
RATE_HZ: Final = 8000
BIN_HZ: Final = RATE_HZ / WINDOW
PURE: Final = 0.92
"""Part of the energy that is within two steps of the loudest frequency."""
QUIETEST: Final = 250.0
"""Root mean square, of 32768, below which nothing is a tone: -42 dBFS."""
LOWEST_HZ: Final = 200.0
"""Below it hums the mains."""
DRIFT_HZ: Final = 20.0
"""As much as a steady tone may seem to change."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A tone that is heard now."""

    hz: float
    lasts_ms: int
    """So far."""


class ToneEar:
    """Listens for tones."""

    def __init__(self) -> None:
        self._last: NDArray[np.float32] = np.zeros(FRAME_BYTES, np.float32)
        self._hann = np.hanning(WINDOW).astype(np.float32)
        self._hz = 0.0
        self._lasts_ms = 0

    def hear(self, ulaw: bytes) -> Tone | None:
        """Take one frame; the tone in it and the one before."""
        frame = expand(ulaw).astype(np.float32)
        window = np.concatenate((self._last, frame))
        self._last = frame
        hz = self._pure_hz(window)
        if hz is None:
            self._lasts_ms = 0
            return None
        if self._lasts_ms and abs(hz - self._hz) <= DRIFT_HZ:
            self._lasts_ms += FRAME_MS
        else:
            self._hz, self._lasts_ms = hz, 2 * FRAME_MS
        return Tone(self._hz, self._lasts_ms)

    def _pure_hz(self, window: NDArray[np.float32]) -> float | None:
        if float(np.dot(window, window)) < QUIETEST * QUIETEST * WINDOW:
            return None
        power = np.abs(np.fft.rfft(window * self._hann)) ** 2
        peak = int(np.argmax(power))
        if peak * BIN_HZ < LOWEST_HZ:
            return None
        near = power[peak - 2 : peak + 3]
        if float(near.sum()) < PURE * float(power.sum()):
            return None
        bins = np.arange(peak - 2, peak - 2 + len(near))
        return float((near * bins).sum() / near.sum()) * BIN_HZ
