"""The music of those who wait, where the application names none: sixteen seconds, played again and again.

Eight bars of broken chords on a soft bell, made here of sines: no recording of anybody's, no licence but
ours, and nothing to download. Where Twilio plays a playlist of its own: the default `waitUrl` of Enqueue and
of Conference, and the addresses of `twimlets.com/holdmusic` (reference/twiml 18).
"""

import math
import sys
from array import array
from functools import cache
from typing import Final
from urllib.parse import urlsplit

RATE_HZ: Final = 8_000
BEAT_S: Final = 0.5
NOTE_S: Final = 2.0
"""How long a bell sounds; it fades to a fiftieth meanwhile."""
PEAK: Final = 3_000
"""Of one note, of 32767: some -20 dBm0, as prompts are."""

A4_HZ: Final = 440.0
BARS: Final = (
    (57, 60, 64, 69),
    (53, 57, 60, 65),
    (48, 55, 60, 64),
    (55, 59, 62, 67),
    (57, 60, 64, 72),
    (53, 60, 65, 69),
    (50, 57, 62, 65),
    (55, 62, 65, 71),
)
"""The notes of each bar, one a beat, by their MIDI numbers: A minor, F, C, G; A minor, F, D minor, G7."""
PARTIALS: Final = ((1, 1.0, 1.0), (2, 0.35, 1.6), (3, 0.12, 2.4))
"""Of a bell: multiple of the pitch, loudness, how much faster than the pitch it fades."""

HOSTS: Final = frozenset({"twimlets.com", "www.twimlets.com"})
PATH: Final = "/holdmusic"


def is_playlist(url: str) -> bool:
    """Whether a URL is one of Twilio's playlists, in whose place this one is played."""
    parts = urlsplit(url)
    return (parts.hostname or "") in HOSTS and parts.path.rstrip("/") == PATH


@cache
def samples() -> bytes:
    """One round, which begins where it ends: signed 16-bit little-endian, mono, 8000 Hz; made once."""
    beat = round(BEAT_S * RATE_HZ)
    notes = [note for bar in BARS for note in bar]
    mixed = [0.0] * (beat * len(notes))
    bells = {note: _bell(note) for note in set(notes)}
    for index, note in enumerate(notes):
        start = index * beat
        for offset, value in enumerate(bells[note]):
            mixed[(start + offset) % len(mixed)] += value  # the last notes fade into the first bar
    made = array("h", (round(value) for value in mixed))
    if sys.byteorder == "big":
        made.byteswap()
    return made.tobytes()


def _bell(note: int) -> list[float]:
    pitch = A4_HZ * 2 ** ((note - 69) / 12) * math.tau / RATE_HZ
    length = round(NOTE_S * RATE_HZ)
    attack = RATE_HZ // 100
    fade = math.log(50) / length
    sounding = [0.0] * length
    for multiple, loudness, haste in PARTIALS:
        # A fading sine is the recurrence x[n] = 2 r cos(w) x[n-1] - r^2 x[n-2]: no call for each sample.
        step, ratio = pitch * multiple, math.exp(-fade * haste)
        near, far = 2 * ratio * math.cos(step), -ratio * ratio
        before, last = 0.0, PEAK * loudness * ratio * math.sin(step)
        for index in range(1, length):
            sounding[index] += last
            before, last = last, near * last + far * before
    for index in range(attack):
        sounding[index] *= index / attack
    return sounding
