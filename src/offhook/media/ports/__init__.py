"""The media core as the rest of the house sees it.

A MediaPort is one leg's audio: an RTP/RTCP port pair, what is played to the peer, what is recorded
of it, the digits it sends. Commands return at once and are carried out in order by the media
thread; what happens comes back as events (`event.py`), in order per port, to the receiver that
opened the port (`engine.py`); ports that hear each other are in a room (`room.py`). Audio crosses
this seam as bytes with a stated rate, never as numbers.

Called by `call/leg.py` and `phone/`. Implemented by `media/native.py` over `offhook._media`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from offhook.base.frozen import frozen
from offhook.model.recording import RecordingTrack


class AudioCodec(StrEnum):
    """A codec of the media core, by its name in SDP (RFC 3551 table 4)."""

    PCMU = "PCMU"
    PCMA = "PCMA"


@frozen
class MediaPlan:
    """What offer and answer agreed on, as the media core needs it (made by `call/media_plan.py`)."""

    remote_host: str
    """IPv4 address where RTP is sent until the peer is latched on; "0.0.0.0" sends nowhere (hold)."""
    remote_port: int
    """UDP port of the peer's RTP, 1 to 65535."""
    codec: AudioCodec
    """What we send."""
    payload_type: int
    """The number under which we send it, 0 to 127."""
    receive: tuple[tuple[int, AudioCodec], ...]
    """Payload types that we accept as audio, each with its codec."""
    telephone_event: int | None = None
    """Payload type of the RFC 4733 telephone-events that we send; None when not negotiated."""
    telephone_event_hz: int = 8000
    """The clock of their durations."""
    receive_events: tuple[int, ...] = ()
    """Further payload types under which telephone-events come."""
    sends: bool = True
    """False on hold: nothing is sent, playback waits, and the media timeout does not run."""
    receives: bool = True
    """False when the peer only listens, and is not to be heard: the media timeout does not run."""
    remote_rtcp_port: int | None = None
    """UDP port of the peer's RTCP; None is the RTP port plus one."""


class CryptoSuite(StrEnum):
    """How SRTP is protected, by its name in SDP (RFC 4568 §6.2): AES-128 in counter mode, HMAC-SHA1."""

    AES_CM_128_HMAC_SHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    AES_CM_128_HMAC_SHA1_32 = "AES_CM_128_HMAC_SHA1_32"
    """With a shorter tag on RTP; RTCP has the long one in both."""


@dataclass(frozen=True, slots=True, eq=False)
class SrtpKey:
    """The master key of one direction. It is not printed; whether two are the same, the core finds out."""

    suite: CryptoSuite
    """What it is used for."""
    key_and_salt: bytes = field(repr=False)
    """16 bytes of key, then 14 of salt, as `inline:` carries them."""


@dataclass(frozen=True, slots=True, eq=False)
class SrtpKeys:
    """What protects a call's media, as both descriptions say it (`a=crypto`, RFC 4568)."""

    local: SrtpKey
    """Of what we send: the key of our own description."""
    remote: SrtpKey
    """Of what comes: the key of the peer's."""


class RecordingChannels(StrEnum):
    """How both tracks stand in the file; one track alone is one channel (Twilio's RecordingChannels)."""

    MONO = "mono"
    """Their sum, clamped."""
    DUAL = "dual"
    """Inbound first (left), outbound second."""


@frozen
class RecordingPlan:
    """What a recording holds. `<Record>`: inbound. `<Dial>`: both, of the parent's port."""

    track: RecordingTrack = RecordingTrack.INBOUND
    """Whose sound: inbound is what the peer says; outbound what is sent to it, which are prompts, feeds, the
    other side of a bridge."""
    channels: RecordingChannels = RecordingChannels.MONO
    """How both stand in the file."""
    trims_silence: bool = False
    """Cut off what is below -50 dBm0 at the beginning and the end, but for 100 ms beside the sound."""


RECORD_INBOUND: Final = RecordingPlan()
"""What the peer says, whole."""


class Clip(Protocol):
    """Audio loaded into the media core once and shared by every port that plays it."""

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds, rounded up to whole 20 ms frames."""
        ...


@frozen
class PortStatistics:
    """What one port counted so far (RFC 3550 §6.4 words)."""

    packets_sent: int
    packets_received: int
    packets_lost: int
    packets_discarded: int
    """Malformed, of a stranger's address, late, of an unknown payload type, or not believed."""
    jitter_ms: float
    """Interarrival jitter of what the peer sends."""
    remote_packets_lost: int | None = None
    """Our packets that the peer missed, by its last RTCP report; None before one."""
    remote_jitter_ms: float | None = None
    """Interarrival jitter of our packets at the peer's end, by that report."""
    round_trip_ms: float | None = None
    """Round trip by the peer's last report that answers one of ours."""
    packets_unauthenticated: int = 0
    """Of those discarded, SRTP and SRTCP whose authentication tag was wrong."""
    packets_replayed: int = 0
    """Of those discarded, SRTP and SRTCP that came before, or too late to tell."""
    mos: float | None = None
    """Estimate of how well the peer is heard, 1 to 4.41; None before its first packet.

    The E-model (ITU-T G.107) with loss, half the round trip and our 80 ms of packet and playout;
    loudness, echo and noise at their defaults, G.711 with concealment.
    """


class AudioFeed(Protocol):
    """Generated audio, fed to a port in pieces while it plays; in the queue it stands like a clip.

    Pieces join without a gap. Where the next one is late there is silence. What is fed after
    `stop_playing` or the port's `close` is dropped: PlaybackEnded(finished=False) has told so.
    """

    @property
    def playback_id(self) -> int:
        """Names the feed in events."""
        ...

    @property
    def underruns(self) -> int:
        """How often the feed ran dry before its end."""
        ...

    @property
    def waiting_ms(self) -> int:
        """What was fed and is not used up; pieces count until their last sample was sent."""
        ...

    def feed(self, samples: bytes) -> None:
        """Add signed 16-bit little-endian mono samples of the feed's rate, in pieces of any length.

        Raises: MediaBusyError, and nothing is taken, while a minute of audio or 3000 pieces wait;
        ValueError for an odd number of bytes. UsageError after `finish`, here and below.
        """
        ...

    def feed_ulaw(self, samples: bytes) -> None:
        """Add G.711 µ-law, a byte a sample, of the feed's rate. Raises: MediaBusyError as `feed`."""
        ...

    def mark(self) -> int:
        """Have MarkPassed told when all that was fed before was sent. Returns the mark's id.

        Raises: MediaBusyError as `feed`.
        """
        ...

    def clear(self) -> None:
        """Drop what waits, and tell its marks; the feed goes on with what is fed next."""
        ...

    def finish(self) -> None:
        """Say that there is no more: PlaybackEnded follows when all was sent. Twice is once."""
        ...


class MediaPort(Protocol):
    """One leg's audio. Open from `MediaEngine.open_port` to `close`, which its owner must call."""

    @property
    def port_id(self) -> int:
        """Names the port in events; never used again in this process."""
        ...

    @property
    def rtp_port(self) -> int:
        """The local UDP port of RTP, even; RTCP is the next one."""
        ...

    def apply(self, plan: MediaPlan) -> None:
        """Send and receive as `plan` says from now on. Before the first one the port is deaf and mute."""
        ...

    def secure(self, keys: SrtpKeys | None) -> None:
        """Send SRTP and believe SRTP only from now on; None is plain RTP. To be told before the plan.

        What is not authentic is counted and changes nothing: it is not latched on to, and the media
        timeout runs on. Keys may change while packets are on their way: what is sent has the new one at
        once, what comes is believed with the one before, too, until the peer has used the new one. A key
        that is the same goes on where it is. One that was given up must not be given again.
        Raises: ValueError for another suite or another length of a key.
        """
        ...

    def play(self, clip: Clip, loops: int = 1) -> int:
        """Queue a clip behind what plays already; gapless. Returns the playback's id.

        loops: how often it is played, without a gap between the turns; 0 is until `stop_playing`.
        Between clips and after the last one silence is sent, so that RTP never stops.
        Raises: MediaBusyError when 64 are queued already, ValueError for loops below 0.
        """
        ...

    def open_feed(self, rate_hz: int) -> AudioFeed:
        """Queue audio that will be fed in pieces of this rate, 8000 to 192000 Hz.

        Raises: MediaBusyError when 64 are queued already, ValueError for another rate.
        """
        ...

    def send_digits(self, digits: str) -> int:
        """Queue key presses behind what plays already: 100 ms each with 100 ms between.

        RFC 4733 events, or the tones of the keys where the plan has no telephone_event (ITU-T Q.23).

        digits: `0-9 * # A-D`; `w` waits 500 ms, `W` 1000 ms. Returns the playback's id (DigitsSent).
        Raises: ValueError for another character or more than 64 of them.
        """
        ...

    def stop_playing(self) -> None:
        """Drop what plays and what is queued; each ends with PlaybackEnded(finished=False)."""
        ...

    def watch_voice(self, silence_ms: int) -> None:
        """Tell VoiceStarted when the peer speaks, VoiceEnded when it has been silent for so long.

        silence_ms: 0 to 32 bits of it, rounded up to frames of 20 ms, at least one. Time runs with the
        clock: what does not come is silence, and so are keys and comfort noise. The noise of the line
        is learnt, steady noise within 3 s. Takes the place of a watch that runs.
        Raises: MediaBusyError, ValueError.
        """
        ...

    def stop_watching_voice(self) -> None:
        """Tell no more; without a watch nothing happens."""
        ...

    def record(self, path: Path, plan: RecordingPlan = RECORD_INBOUND) -> int:
        """Write what `plan` says to a new WAV file: 16 bit, 8000 Hz. Returns the recording's id.

        Lost RTP is concealed for 60 ms, longer gaps are silence, so that the file runs with the clock. Each
        track stands within 40 ms of when it was heard, unless jitter beyond 60 ms makes its packets wait.
        Up to four run at once, each with its own plan, pause and end.
        Raises: MediaBusyError for a fifth; FileExistsError, OSError when the file cannot be made.
        """
        ...

    def pause_recording(self, recording_id: int, skip: bool) -> None:
        """Record nothing of what comes from now on.

        Nothing happens to a recording that is unknown or has ended, here and below.

        skip: True leaves nothing in its place, False silence as long as it lasts.
        """
        ...

    def resume_recording(self, recording_id: int) -> None:
        """Record again what comes from now on."""
        ...

    def stop_recording(self, recording_id: int) -> None:
        """Close its file; RecordingEnded follows. Another one may begin at once."""
        ...

    def open_tap(self, track: RecordingTrack) -> int:
        """Pass on what the peer says, what is sent to it, or both, as TapHeard. Returns the tap's id.

        A frame is told when its last sample came: nothing waits in a playout buffer. A packet that overtook
        others waits for them, a tick at most; what is lost is silence, and where nothing comes silence
        follows the clock, 100 ms behind it. When events wait because nobody takes them, frames are dropped
        and counted, before anything else is. Up to eight at once.
        Raises: MediaBusyError for a ninth.
        """
        ...

    def close_tap(self, tap_id: int) -> None:
        """Pass no more on; frames on their way may still be told. Of an unknown one nothing happens."""
        ...

    def join(self, other: "MediaPort") -> None:
        """Make a bridge: each of the two peers hears what the other says, packet by packet.

        Clips and digits of a joined port are heard by its peer instead of the other one, until they end.
        A port leaves the bridge that it is in. A plan on hold keeps the bridge. Keys are told as ever, and
        passed on where the other plan has a telephone_event.
        Raises: ValueError for the port itself.
        """
        ...

    def unjoin(self) -> None:
        """End the bridge for both of its sides, as `close` of either does; without one nothing happens."""
        ...

    def statistics(self) -> PortStatistics:
        """The counters of this moment; after `close` the last ones."""
        ...

    def close(self) -> None:
        """Stop everything, free the ports. Every recording is completed first. Twice is once."""
        ...


class MediaBusyError(Exception):
    """A bounded queue of the media core is full: the call asked for more than it may."""
