"""The media core as the rest of the house sees it.

A MediaPort is one leg's audio: an RTP/RTCP port pair, what is played to the peer, what is recorded
of it, the digits it sends. Commands return at once and are carried out in order by the media
thread; what happens comes back as events, in order per port, to the receiver that opened the port.
Audio crosses this seam as bytes with a stated rate, never as numbers.

Called by `call/leg.py` and `phone/`. Implemented by `media/native.py` over `offhook._media`.
"""

from collections.abc import Callable
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


class JitterBuffer(StrEnum):
    """How much jitter of a member's packets a room makes up for (Twilio's jitterBufferSize)."""

    OFF = "off"
    """None: what comes late is lost, and nothing waits."""
    SMALL = "small"
    """20 ms at first; it grows and shrinks with the network, as the next two do."""
    MEDIUM = "medium"
    """40 ms."""
    LARGE = "large"
    """60 ms."""


@frozen
class MemberPlan:
    """What a port may do in its room."""

    is_heard: bool = True
    """The others hear what its peer says."""
    hears: bool = True
    """Its peer hears the others, and what the port plays on top; if not, what the port plays alone."""
    coaches: int | None = None
    """Id of the only port that hears it, while it is heard; one that is no member hears it not. None: all."""
    is_desk: bool = False
    """It is the room's own port, which needs no plan: what it plays is heard by all who hear the room, and
    what it records of its outbound track is the whole room, without coaches. What it is when it enters
    counts."""
    jitter_buffer: JitterBuffer = JitterBuffer.LARGE
    """What it is when the port enters counts."""


ROOM_MEMBERS_MAX: Final = 252
"""Ports in a room: 250, its desk, and one more that announces something."""


class Clip(Protocol):
    """Audio loaded into the media core once and shared by every port that plays it."""

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds, rounded up to whole 20 ms frames."""
        ...


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


class Room(Protocol):
    """Ports that hear each other, each all but itself. Open from `MediaEngine.open_room` to `close`.

    A member is not joined: a join ends its membership, and `enter` ends its bridge and that in another
    room. It may play, record, send and tell digits as ever; its outbound track is what its peer hears.
    """

    def enter(self, port: MediaPort, plan: MemberPlan) -> None:
        """Let a port in. The caller keeps the bound `ROOM_MEMBERS_MAX`: a full room lets nobody in."""
        ...

    def change(self, port: MediaPort, plan: MemberPlan) -> None:
        """Give a member another plan. Nothing happens to a port that is no member, here and below."""
        ...

    def leave(self, port: MediaPort) -> None:
        """Let a member go, as its `close` does: it goes on alone."""
        ...

    def close(self) -> None:
        """End the room; who is in it goes on alone. Twice is once."""
        ...


class MediaEngine(Protocol):
    """The media core of a process: workers, sockets, port numbers."""

    def open_port(self, receiver: Callable[[MediaEvent], None]) -> MediaPort:
        """Bind the next free pair of the port range on all addresses.

        receiver: called on the event loop with each event of this port, in order, and after
        `close` until the last of them (RecordingEnded, PlaybackEnded) is told.

        Raises: NoFreePortError when every pair is in use.
        """
        ...

    def open_room(self) -> Room:
        """An empty room. The ports of all its members are carried by one media thread from then on."""
        ...

    def load_clip(self, samples: bytes, rate_hz: int) -> Clip:
        """Take signed 16-bit little-endian mono samples, convert them to 8000 Hz.

        rate_hz: 8000 to 192000. Raises: ValueError outside that or for an odd number of bytes.
        """
        ...

    def decode_clip(self, file: bytes, content_type: str = "") -> Clip:
        """Decode a file of WAV, AIFF, AU, MP3 or GSM to 8000 Hz, its channels averaged.

        What it is, its bytes say. content_type: the MIME type that came with it; raw µ-law, which has
        no header, is believed by it alone. A file that is cut off gives what it holds. Takes up to some
        seconds: call it from a thread, which it lets others run beside.
        Raises: AudioFileError for anything else, above 40 MiB, or above 40 minutes.
        """
        ...

    def ringback(self, country: str) -> Clip:
        """One period of the ringback tone of a country (ITU-T E.180), to be played in a loop.

        country: a value of Twilio's `<Dial ringTone>`: `us`, `uk`, `de`, `us-old` … Made anew at each call.
        Raises: ValueError for a name that Twilio does not list.
        """
        ...

    def beep(self) -> Clip:
        """The beep before a recording: half a second of 1000 Hz."""
        ...

    def hold_music(self) -> Clip:
        """One round of the music of those who wait: 16 s of soft bells, to be looped."""
        ...

    def close(self) -> None:
        """Close every port and stop the threads; events still queued are delivered first."""
        ...


class MediaBusyError(Exception):
    """A bounded queue of the media core is full: the call asked for more than it may."""


class AudioFileError(ValueError):
    """A file cannot be played; its text says, for the account, what the file is or what is wrong with it."""


class NoFreePortError(Exception):
    """Every pair of `media_ports` is in use."""
