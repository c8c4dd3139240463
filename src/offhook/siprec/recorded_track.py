"""A track of the call on its way to a recording server: a media port that sends what the tap hears.

Nothing waits in it while the server has paused it: what is said meanwhile is not recorded (RFC 7866 §7.2).
Owned by `recording_session.py`.
"""

from dataclasses import replace
from typing import Final

from offhook.call.media_plan import media_plan, srtp_keys
from offhook.media.ports import MediaBusyError, MediaPlan, MediaPort
from offhook.media.ports.engine import MediaEngine
from offhook.media.ports.event import MediaEvent
from offhook.model.recording import RecordingTrack
from offhook.sdp.offer_answer import AudioAgreement

RATE_HZ: Final = 8000
HEAD_START: Final = b"\xff" * 480
"""60 ms of silence before the first frame: what comes unevenly leaves evenly."""


class RecordedTrack:
    """One of them, from its port to its close."""

    def __init__(self, track: RecordingTrack, engine: MediaEngine) -> None:
        """Raises: NoFreePortError, MediaBusyError."""
        self.track = track
        self.dropped = 0
        """Frames that were lost here."""
        self._port: MediaPort = engine.open_port(_ignore)
        self._feed = self._port.open_feed(RATE_HZ)
        self._plan: MediaPlan | None = None

    @property
    def rtp_port(self) -> int:
        """UDP port."""
        return self._port.rtp_port

    @property
    def _sends(self) -> bool:
        return self._plan is not None and self._plan.sends

    def apply(self, agreement: AudioAgreement | None) -> None:
        """Send as agreed from now on; None sends nothing."""
        sent_before = self._sends
        if agreement is not None:
            self._port.secure(srtp_keys(agreement))
            self._plan = media_plan(agreement)
        elif self._plan is not None:
            self._plan = replace(self._plan, sends=False)
        if self._plan is None:
            return
        if not self._sends:
            self._feed.clear()
        elif not sent_before:
            self._feed.feed_ulaw(HEAD_START)
        self._port.apply(self._plan)

    def pass_on(self, frame: bytes) -> None:
        """Send 20 ms of µ-law; dropped while it is paused, and where too much waits."""
        if not self._sends:
            return
        try:
            self._feed.feed_ulaw(frame)
        except MediaBusyError:
            self.dropped += 1

    def close(self) -> None:
        """Free its port."""
        self._port.close()


def _ignore(event: MediaEvent) -> None:
    """Nothing that happens on a port of ours changes anything."""
