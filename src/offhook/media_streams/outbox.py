"""What is to be sent to a stream's server: frames as they come, and marks, keys and the end before them.

Frames that the server does not read in time wait here for two seconds; then the oldest are dropped and
counted. What is no frame is not dropped: it has a bound of its own, and whoever fills that is told.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from offhook.media.ports.event import TapHeard

FRAMES_MAX: Final = 200
"""2 s of two tracks, 4 s of one."""
WORDS_MAX: Final = 10_000
"""Marks and keys that wait."""

Word = Callable[[], str]
"""Makes the text of a message when it is sent."""


class Outbox:
    """Filled by whoever has something, emptied by `sender.py`."""

    def __init__(self) -> None:
        self.dropped = 0
        """Frames that waited for too long."""
        self._frames: deque[TapHeard] = deque()
        self._words: deque[Word] = deque()
        self._filled: Callable[[], None] | None = None

    def when_filled(self, told: Callable[[], None] | None) -> None:
        """Have this called whenever something is put in; None is nobody."""
        self._filled = told

    def put_frame(self, frame: TapHeard) -> None:
        """Send a frame."""
        if len(self._frames) == FRAMES_MAX:
            self._frames.popleft()
            self.dropped += 1
        self._frames.append(frame)
        self._tell()

    def put_word(self, word: Word) -> bool:
        """Send something else, before the frames that wait; false when it was dropped."""
        if len(self._words) == WORDS_MAX:
            return False
        self._words.append(word)
        self._tell()
        return True

    def _tell(self) -> None:
        if self._filled is not None:
            self._filled()

    def take(self) -> TapHeard | Word | None:
        """What is to be sent next; None when there is nothing."""
        if self._words:
            return self._words.popleft()
        return self._frames.popleft() if self._frames else None
