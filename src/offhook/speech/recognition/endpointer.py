"""Where an utterance begins and ends, from what the voice activity of each frame is.

QUIET    -- voice in 4 of 6 frames --------> SPEAKING: BEGAN
SPEAKING -- no voice for the end silence --> QUIET: ENDED

One frame of noise begins nothing and keeps nothing alive: voice counts where at least half of the last four
frames have it. Time is that of the audio: 20 ms a frame. Used by `hearing.py` and `answering.py`.
"""

from collections import deque
from enum import Enum, auto
from typing import Final

from offhook.speech.ports import FRAME_MS

ONSET: Final = 4
ONSET_OF: Final = 6
"""Voiced frames, of so many, that begin an utterance: the shortest word has that."""
GOING_ON: Final = 2
GOING_ON_OF: Final = 4
"""Voiced frames, of so many, with which it goes on."""


class EndpointerState(Enum):
    """Whether somebody speaks."""

    QUIET = auto()
    SPEAKING = auto()


class Turn(Enum):
    """What a frame changed."""

    NOTHING = auto()
    BEGAN = auto()
    ENDED = auto()


class Endpointer:
    """Utterances of one caller."""

    def __init__(self, end_silence_ms: int) -> None:
        self._end_silence_ms = end_silence_ms
        self._recent: deque[bool] = deque(maxlen=ONSET_OF)
        self.state = EndpointerState.QUIET
        self.now_ms = 0
        """End of the last frame."""
        self.start_ms = 0
        """Where the last utterance began."""
        self.end_ms = 0
        """Where its last voice ended."""

    @property
    def pause_ms(self) -> int:
        """Since the last voice."""
        return self.now_ms - self.end_ms

    def hear(self, *, is_voice: bool) -> Turn:
        """Take one frame."""
        self.now_ms += FRAME_MS
        self._recent.append(is_voice)
        if self.state is EndpointerState.QUIET:
            if sum(self._recent) < ONSET:
                return Turn.NOTHING
            self.state = EndpointerState.SPEAKING
            self.start_ms = self.now_ms - FRAME_MS * (len(self._recent) - self._recent.index(True))
            self.end_ms = self.now_ms
            return Turn.BEGAN
        if is_voice and sum(list(self._recent)[-GOING_ON_OF:]) >= GOING_ON:
            self.end_ms = self.now_ms
        if is_voice or self.pause_ms < self._end_silence_ms:
            return Turn.NOTHING
        self.finish()
        return Turn.ENDED

    def finish(self) -> None:
        """End the utterance that is under way."""
        self.state = EndpointerState.QUIET
        self._recent.clear()
