"""Clips that were made before, least recently used ones forgotten first."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from offhook.media.ports import Clip

CACHED_MS_MAX: Final = 3_600_000
"""An hour of audio: about 58 MB as 16-bit samples."""


class PromptCache:
    """Clips by what they say, up to a total length. One per media engine."""

    def __init__(self, limit_ms: int = CACHED_MS_MAX) -> None:
        self._limit_ms = limit_ms
        self._clips: OrderedDict[Hashable, Clip] = OrderedDict()
        self._total_ms = 0

    def get(self, key: Hashable) -> Clip | None:
        """The clip under a key, which thereby becomes the last to be forgotten."""
        clip = self._clips.get(key)
        if clip is not None:
            self._clips.move_to_end(key)
        return clip

    def __len__(self) -> int:
        """How many clips there are."""
        return len(self._clips)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._clips

    def remove(self, key: Hashable) -> None:
        """Forget a clip, if it is there."""
        forgotten = self._clips.pop(key, None)
        if forgotten is not None:
            self._total_ms -= forgotten.duration_ms

    def put(self, key: Hashable, clip: Clip) -> None:
        """Keep a clip; one longer than the whole cache is not kept."""
        if clip.duration_ms > self._limit_ms:
            return
        self.remove(key)
        self._clips[key] = clip
        self._total_ms += clip.duration_ms
        while self._total_ms > self._limit_ms:
            _, forgotten = self._clips.popitem(last=False)
            self._total_ms -= forgotten.duration_ms
