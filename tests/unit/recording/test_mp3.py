"""MP3 of recordings: rate, channels and length."""

import math
from array import array

import pytest

from offhook.recording.mp3 import mp3
from tests.support.mp3 import mp3_frames

FRAME_SAMPLES = 576
"""Of a channel in a frame of MPEG 2 and 2.5."""


@pytest.mark.parametrize(("channels", "kbits"), [(1, 32), (2, 64)])
def test_three_seconds(channels: int, kbits: int) -> None:
    tone = [int(8000 * math.sin(sample / 3)) for sample in range(24_000) for _ in range(channels)]
    raw = array("h", tone).tobytes()
    data = b"".join(mp3([raw[at : at + 6400] for at in range(0, len(raw), 6400)], 8000, channels))
    frames = mp3_frames(data)
    assert set(frames) == {(8000, channels, kbits)}
    assert 24_000 <= len(frames) * FRAME_SAMPLES < 24_000 + 4 * FRAME_SAMPLES


def test_nothing_is_nothing() -> None:
    assert list(mp3([], 8000, 1)) == []
