"""Audio that is made while it is heard, on its way into a leg: pieces, marks between them, and its end.

Opened by `call/audio.py` over the feed of `media/ports`; used by streams and by speech.
"""

import asyncio
from collections.abc import Callable

from offhook.media.ports import AudioFeed


class LegFeed:
    """One feed. Fed by one task; its marks are told to `told`, each once."""

    def __init__(self, feed: AudioFeed, ended: "asyncio.Future[bool]") -> None:
        self._feed = feed
        self._told: Callable[[int, bool], None] | None = None
        self.ended = ended
        """Resolves when it is over: true when all was heard, false when it was cut short."""

    @property
    def playback_id(self) -> int:
        """Names it in events."""
        return self._feed.playback_id

    @property
    def underruns(self) -> int:
        """How often it ran dry before its end."""
        return self._feed.underruns

    @property
    def waiting_ms(self) -> int:
        """What was fed and is not heard yet."""
        return self._feed.waiting_ms

    def on_mark(self, told: Callable[[int, bool], None]) -> None:
        """Have `told(mark, played)` called for each mark."""
        self._told = told

    def handle_mark(self, mark_id: int, *, played: bool) -> None:
        """A mark was reached or dropped."""
        if self._told is not None:
            self._told(mark_id, played)

    def feed(self, samples: bytes) -> None:
        """Add signed 16-bit little-endian samples. Raises: MediaBusyError while a minute of them waits."""
        self._feed.feed(samples)

    def feed_ulaw(self, samples: bytes) -> None:
        """Add G.711 µ-law. Raises: MediaBusyError."""
        self._feed.feed_ulaw(samples)

    def mark(self) -> int:
        """Be told when all before it was heard. Raises: MediaBusyError."""
        return self._feed.mark()

    def clear(self) -> None:
        """Drop what waits; the feed goes on."""
        self._feed.clear()

    def finish(self) -> None:
        """There is no more: it is over when all was heard. Twice is once."""
        self._feed.finish()
