"""What a MediaPort tells of: its events, in order per port, to the receiver that opened it (`engine.py`).

Made by `media/native.py` from those of `offhook._media`.
"""

from offhook.base.frozen import frozen
from offhook.model.recording import RecordingTrack


@frozen
class DigitReceived:
    """The peer pressed a key: told once per key.

    On the first packet of its event (RFC 4733); where the settings' `inband_digits` allow, when its tones
    have been heard for 35 ms (ITU-T Q.24).
    """

    port_id: int
    digit: str
    """One of `0-9 * # A-D`."""


@frozen
class PlaybackEnded:
    """A clip was played to its end, or was cut short by `stop_playing` or `close`."""

    port_id: int
    playback_id: int
    finished: bool
    """True when the last frame was sent."""


@frozen
class DigitsSent:
    """The last end packet of `send_digits` has left, or the last of its tones."""

    port_id: int
    playback_id: int


@frozen
class MarkPassed:
    """A mark of a feed was reached, or dropped by `clear`, `stop_playing` or `close`."""

    port_id: int
    playback_id: int
    mark_id: int
    played: bool
    """True when all that was fed before it was sent."""


@frozen
class RecordingEnded:
    """The file is complete and closed."""

    port_id: int
    recording_id: int
    duration_ms: int
    """Length of the file, after trimming; 0 when all was silence that was trimmed."""
    recorded_ms: int
    """Length before trimming; what was skipped in pauses is in neither."""
    failure: str | None
    """What stopped the writer (disk full …); None when all is well. The file then holds what came before."""


@frozen
class VoiceStarted:
    """The peer began to speak (`watch_voice`): told some 120 ms after it did."""

    port_id: int
    silent_ms: int
    """Silence before it: since the last voice, or since the watch began."""


@frozen
class VoiceEnded:
    """The peer has been silent for as long as `watch_voice` was asked for: told 60 ms after that."""

    port_id: int
    voiced_ms: int
    """From its beginning to the last voice, shorter pauses included."""
    silent_ms: int
    """Silence since then."""


@frozen
class TapHeard:
    """A tap heard 20 ms (`open_tap`): the frames of a track follow each other without a gap."""

    port_id: int
    tap_id: int
    track: RecordingTrack
    """INBOUND or OUTBOUND."""
    timestamp_ms: int
    """Where the frame begins on its track, which begins with the tap; a step of more than 20 was dropped."""
    payload: bytes
    """160 bytes of G.711 µ-law at 8000 Hz."""


@frozen
class MediaTimedOut:
    """No RTP came for the media timeout while some was expected (32014). Told once until RTP comes again."""

    port_id: int
    silent_ms: int


@frozen
class MediaFailed:
    """A defect of the media core stopped the port: it is deaf and mute from now on. Its last event.

    What played and was recorded has been told as ended before.
    """

    port_id: int
    reason: str
    """What the core said, for us and not for the account."""


MediaEvent = (
    DigitReceived
    | PlaybackEnded
    | DigitsSent
    | MarkPassed
    | RecordingEnded
    | VoiceStarted
    | VoiceEnded
    | TapHeard
    | MediaTimedOut
    | MediaFailed
)
