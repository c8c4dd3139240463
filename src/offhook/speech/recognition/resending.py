"""What is to be sent to a speech service, and what was sent and has no words yet.

That is sent again on the next connection when one is lost.

    post -> waiting -> take -> sent -> answered up to a moment of its connection, or to a Finalize
               ^---------- rewind -------'

Both together are bounded: the oldest frame is dropped, and what ends an utterance is kept. Used by
`deepgram_hearing.py`; knows no socket.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from offhook.speech.ports import FRAME_MS

FRAMES_MAX: Final = 500
"""Ten seconds, waiting or sent."""
WORDS_MAX: Final = 100
"""Messages that wait between them."""
LEAD_FRAMES: Final = 25
"""Kept of what was sent while nobody spoke: half a second, since a beginning is noticed late."""
FRAMES_A_MESSAGE: Final = 5


@dataclass(slots=True)
class _Sent:
    item: bytes | str
    end_ms: int
    """Audio of its connection up to its end."""


class Resending:
    """Of one hearing. An item is a frame of 20 ms, or a text message."""

    def __init__(self) -> None:
        self.dropped = 0
        """Frames that were lost because too many waited."""
        self._waiting: deque[bytes | str] = deque()
        self._sent: deque[_Sent] = deque()
        self._frames = 0
        """In both."""
        self._connection_ms = 0
        """Audio sent on this connection."""

    @property
    def waiting_frames(self) -> int:
        """Frames that are not sent yet."""
        return sum(isinstance(item, bytes) for item in self._waiting)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits to be sent."""
        return not self._waiting

    def post(self, item: bytes | str) -> None:
        """Send this behind what waits."""
        if isinstance(item, bytes):
            if self._frames >= FRAMES_MAX:
                self._drop_oldest()
            self._frames += 1
        elif sum(isinstance(each, str) for each in self._waiting) >= WORDS_MAX:
            return  # a connection that never comes; what it is to end is lost with it
        self._waiting.append(item)

    def take(self) -> bytes | str | None:
        """The next message: some frames, or a text; None when nothing waits."""
        frames: list[bytes] = []
        while self._waiting and len(frames) < FRAMES_A_MESSAGE:
            item = self._waiting[0]
            if isinstance(item, str):
                if frames:
                    break
                self._waiting.popleft()
                self._sent.append(_Sent(item, self._connection_ms))
                return item
            self._waiting.popleft()
            frames.append(item)
            self._connection_ms += FRAME_MS
            self._sent.append(_Sent(item, self._connection_ms))
        return b"".join(frames) if frames else None

    def answered(self, up_to_ms: int | None) -> None:
        """There are words for the audio of this connection up to there; None: for all, up to a text."""
        while self._sent and isinstance(self._sent[0].item, bytes):
            if up_to_ms is not None and self._sent[0].end_ms > up_to_ms:
                return
            self._forget_first()

    def finished(self) -> None:
        """The oldest text that was sent has been answered, and so has all before it."""
        if not any(isinstance(sent.item, str) for sent in self._sent):
            return
        while isinstance(self._sent[0].item, bytes):
            self._forget_first()
        self._sent.popleft()

    def rest(self) -> None:
        """Nobody speaks, and no words are missing: of what was sent a little is kept."""
        while len(self._sent) > LEAD_FRAMES:
            self._forget_first()

    def rewind(self) -> None:
        """Another connection: what has no words yet is sent again, before what waits."""
        self._waiting.extendleft(sent.item for sent in reversed(self._sent))
        self._sent.clear()
        self._connection_ms = 0

    def _drop_oldest(self) -> None:
        for queue in (self._sent, self._waiting):
            for place, each in enumerate(queue):
                if isinstance(each.item if isinstance(each, _Sent) else each, bytes):
                    del queue[place]
                    self._frames -= 1
                    self.dropped += queue is self._waiting
                    return

    def _forget_first(self) -> None:
        self._frames -= isinstance(self._sent.popleft().item, bytes)
