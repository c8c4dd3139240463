"""Whether somebody speaks in a frame: the detector of WebRTC at its strictest, and a floor of loudness.

It keeps a model of the line's noise, so one caller has one. Two microseconds a frame.
"""

from typing import Final

import numpy as np
import webrtcvad

from offhook.speech.ports import FRAME_BYTES
from offhook.speech.recognition.ulaw import expand

RATE_HZ: Final = 8000
STRICTEST: Final = 3
"""Milder ones take steady noise for speech."""
QUIETEST: Final = 120.0
"""Root mean square of a frame, of 32768, below which nobody speaks: -49 dBFS."""


class VoiceActivity:
    """The ear for one caller."""

    def __init__(self) -> None:
        self._detector = webrtcvad.Vad(STRICTEST)

    def is_voice(self, ulaw: bytes) -> bool:
        """Whether there is speech in a frame of 160 bytes of mu-law."""
        samples = expand(ulaw)
        if len(samples) != FRAME_BYTES:
            raise ValueError(f"a frame of {len(samples)} samples")
        linear = samples.astype(np.float32)
        if float(np.dot(linear, linear)) < QUIETEST * QUIETEST * FRAME_BYTES:
            return False
        return bool(self._detector.is_speech(samples.tobytes(), RATE_HZ))
