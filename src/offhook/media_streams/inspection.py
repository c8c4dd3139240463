"""The inspector: what a stream was like, for whoever looks for the reason of a stutter.

Filled by `live_stream.py` and `speaker.py` as it happens; read by `rest/offhook`. Times are milliseconds.
"""

from collections import Counter
from dataclasses import dataclass, field

from offhook.stream.message import Fault
from offhook.trace.ports import Facts


@dataclass(slots=True)
class Inspection:
    """Counters of one stream."""

    frames_sent: int = 0
    """Media messages to the server."""
    frames_dropped: int = 0
    """Frames that the server did not read in time."""
    media_received: int = 0
    """Media messages of the server's that were taken."""
    received_ms: int = 0
    """Length of the audio in them."""
    overflowed_ms: int = 0
    """Length of what was dropped because ten minutes waited."""
    playout_depth_ms: int = 0
    """What waited to be played when media last came."""
    playout_depth_max_ms: int = 0
    underruns: int = 0
    """How often what waited ran out."""
    marks_received: int = 0
    marks_sent: int = 0
    clears: int = 0
    clear_to_silence_ms: list[int] = field(default_factory=list)
    """From a clear that stopped something to the first frame without it, of the last hundred."""
    digits_sent: int = 0
    faults: Counter[Fault] = field(default_factory=Counter)
    """Messages that were ignored, by what is wrong with them."""
    open_ms: int | None = None
    """How long the socket took to open; None before it is."""

    @property
    def facts(self) -> Facts:
        """What its call's trace shows."""
        return (
            ("open_ms", self.open_ms),
            ("frames_sent", self.frames_sent),
            ("frames_dropped", self.frames_dropped),
            ("media_received", self.media_received),
            ("playout_depth_max_ms", self.playout_depth_max_ms),
            ("underruns", self.underruns),
            ("clears", self.clears),
            ("clear_to_silence_max_ms", max(self.clear_to_silence_ms, default=None)),
            ("faults", self.faults.total()),
        )

    def clear_took(self, milliseconds: int) -> None:
        """One more clear has become silence."""
        self.clear_to_silence_ms.append(milliseconds)
        del self.clear_to_silence_ms[:-CLEARS_KEPT]

    def deepened(self, depth_ms: int) -> None:
        """So much waits now."""
        self.playout_depth_ms = depth_ms
        self.playout_depth_max_ms = max(self.playout_depth_max_ms, depth_ms)


CLEARS_KEPT = 100
