"""The desk of a conference: a port of its own, without a peer, that all hear and that hears all.

Beeps and announcements are played there, and the recording is made there. One that announces is opened for
that, so that a beep waits for no announcement.
"""

import math
import sys
from array import array
from functools import cache
from typing import Final

from offhook.call.audio import LegAudio
from offhook.media.ports import MediaBusyError
from offhook.media.ports.engine import MediaEngine
from offhook.media.ports.event import MediaEvent
from offhook.media.ports.room import MemberPlan, Room

RATE_HZ: Final = 8000
NOTE_S: Final = 0.1
PEAK: Final = 6000
"""Of 32767: some -17 dBm0."""
LOW_HZ: Final = 660
HIGH_HZ: Final = 880


class Desk:
    """One port in a room. Owned by the conference, which closes it."""

    def __init__(self, media: MediaEngine, room: Room) -> None:
        """Raises: NoFreePortError."""
        self._media = media
        self._port = media.open_port(self._handle_event)
        self.audio = LegAudio(self._port)
        """What it plays and records."""
        room.enter(self._port, MemberPlan(is_desk=True))

    def _handle_event(self, event: MediaEvent) -> None:
        self.audio.handle_event(event)

    def beep(self, *, enters: bool) -> None:
        """Tell that somebody enters, two notes up, or leaves, two notes down. Too many are not told."""
        try:
            self.audio.enqueue(self._media.load_clip(_notes(enters=enters), RATE_HZ))
        except MediaBusyError:
            return  # 64 beeps wait: one more would tell nothing

    def close(self) -> None:
        """Free its port; a recording is completed."""
        self._port.close()


@cache
def _notes(*, enters: bool) -> bytes:
    pitches = (LOW_HZ, HIGH_HZ) if enters else (HIGH_HZ, LOW_HZ)
    length = round(NOTE_S * RATE_HZ)
    made = array("h")
    for pitch in pitches:
        for index in range(length):
            fade = min(1.0, index / 80, (length - index) / 80)
            made.append(round(PEAK * fade * math.sin(math.tau * pitch * index / RATE_HZ)))
    if sys.byteorder == "big":
        made.byteswap()
    return made.tobytes()
