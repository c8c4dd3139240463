"""The media core in Rust, `crates/offhook-media`: the manual of the compiled module.

Used by `media/native.py` only. Commands return at once and are carried out in order by the thread
of the port; what happens is told by events. Every call that may wait or compute releases the GIL,
and no thread of the core ever takes it. All objects may be used from any thread.

`scripts/check_stub.py` compares this page with the compiled module.
"""

from os import PathLike
from typing import final

from offhook.media.ports import MediaPlan, RecordingPlan, SrtpKeys
from offhook.media.ports.room import MemberPlan

class MediaBusyError(Exception):
    """A bounded queue of the core is full."""

class AudioFileError(ValueError):
    """A file cannot be played; the text says what it is or what is wrong with it."""

class NoFreePortError(Exception):
    """Every port pair of the range is in use, by this process or another, or was until 5 s ago."""

class MediaStoppedError(RuntimeError):
    """The engine was closed, or the worker of the port has failed."""

@final
class MediaEngine:
    """Workers, sockets and port numbers of a process. Closed when forgotten."""

    def __new__(
        cls,
        port_low: int,
        port_high: int,
        workers: int,
        media_timeout_ms: int,
        inband_digits: str = "auto",
    ) -> MediaEngine:
        """Start the threads: `workers` that carry ports and one that writes files.

        port_low, port_high: range of UDP ports in pairs, even for RTP and odd for RTCP; both zero
        take free pairs of the system. media_timeout_ms: see MediaTimedOut. inband_digits: auto, always or
        off, as `InbandDigits` of `media/settings.py`.
        Raises: ValueError for no worker, no pair, no timeout, another word; OverflowError beyond 16 bits;
        OSError.
        """

    def open_room(self) -> Room:
        """An empty room on the worker with the fewest ports; its members move there.

        Raises: MediaStoppedError.
        """

    def open_port(self) -> MediaPort:
        """Bind the next free pair on all addresses, on the worker with the fewest ports.

        Raises: NoFreePortError, MediaStoppedError, OSError when no descriptors are left.
        """

    def load_clip(self, samples: bytes, rate_hz: int) -> Clip:
        """Convert signed 16-bit little-endian mono samples to 8000 Hz.

        Raises: ValueError outside 8000 to 192000 Hz or for an odd number of bytes.
        """

    def decode_clip(self, file: bytes, content_type: str) -> Clip:
        """Decode a WAV, AIFF, AU, MP3 or GSM file, known by its bytes, to 8000 Hz mono.

        content_type: its MIME type or "", which decides for raw µ-law alone. At most 40 MiB and 40
        minutes; a file that is cut off gives what it holds. Computes for up to some seconds.
        Raises: AudioFileError.
        """

    def ringback(self, country: str) -> Clip:
        """One period of the ringback of Twilio's `ringTone` of that name, at -18 dBm0; to be looped.

        Raises: ValueError for a name that Twilio does not list.
        """

    def beep(self) -> Clip:
        """The beep before a recording: half a second of 1000 Hz at -18 dBm0."""

    def hold_music(self) -> Clip:
        """One round of the music of those who wait, 16 s of soft bells; to be looped."""

    def poll_events(
        self, max_events: int
    ) -> list[
        DigitReceived
        | PlaybackEnded
        | DigitsSent
        | MarkPassed
        | RecordingEnded
        | VoiceStarted
        | VoiceEnded
        | MediaTimedOut
        | TapHeard
        | MediaFailed
    ]:
        """Take at most so many events, in order for each port. Never waits."""

    def fileno(self) -> int:
        """The descriptor that is readable while events wait. Watch it, never read or close it."""

    def counters(self) -> EngineCounters:
        """The counters of this moment."""

    def close(self) -> None:
        """Close every port, complete every recording, join the threads. Events can still be taken."""

@final
class Room:
    """Ports that hear each other, each all but itself. Closed when forgotten; raises MediaStoppedError."""

    def enter(self, port: MediaPort, plan: MemberPlan) -> None:
        """Let a port in, in the place of its bridge or its room; `plan` is read by the names of its fields.

        A port that finds 252 members stays where it is, out of its bridge.
        Raises: ValueError for a port of another engine, another jitter buffer.
        """

    def change(self, port: MediaPort, plan: MemberPlan) -> None:
        """Give a member another plan; whether it is the desk, and its jitter buffer, stay."""

    def leave(self, port: MediaPort) -> None:
        """Let a member of this room go; of another one it stays a member."""

    def close(self) -> None:
        """End the room; who is in it goes on alone."""

@final
class MediaPort:
    """One leg's audio. Closed when forgotten. Every command raises MediaStoppedError."""

    @property
    def port_id(self) -> int:
        """Names the port in events; never used again in this process."""

    @property
    def rtp_port(self) -> int:
        """The local UDP port of RTP, even; RTCP is the next one."""

    def apply(self, plan: MediaPlan) -> None:
        """Send and receive as `plan` says, read by the names of its fields.

        Opens the latch: the next valid packet may come from another address.
        Raises: ValueError for no IPv4 address, a port or payload type out of range, another codec.
        """

    def secure(self, keys: SrtpKeys | None) -> None:
        """Send SRTP and believe SRTP only from now on, or RTP with None; to be told before the plan.

        A key that is the same goes on where it is. The key before is believed, too, until the peer has
        used the new one.
        Raises: ValueError for another suite, and for a key that has not 30 bytes with its salt.
        """

    def play(self, clip: Clip, loops: int) -> int:
        """Queue a clip for so many turns, 0 for ever; returns the playback's id.

        Raises: MediaBusyError when 64 are queued, ValueError for turns below 0 or beyond 32 bits.
        """

    def open_feed(self, rate_hz: int) -> AudioFeed:
        """Queue audio that will be fed in pieces of this rate, 8000 to 192000 Hz.

        Raises: MediaBusyError when 64 are queued, ValueError for another rate.
        """

    def send_digits(self, digits: str) -> int:
        """Queue key presses `0-9 * # A-D` and waits `w W`, events or tones; returns the playback's id.

        Raises: ValueError for another character or more than 64; MediaBusyError.
        """

    def stop_playing(self) -> None:
        """Drop what plays and what is queued; a key that is down is let go of."""

    def watch_voice(self, silence_ms: int) -> None:
        """Tell VoiceStarted, and VoiceEnded after so much silence; in place of a watch that runs.

        Raises: MediaBusyError; OverflowError below 0 or beyond 32 bits.
        """

    def stop_watching_voice(self) -> None:
        """End the watch, if one runs."""

    def record(self, path: PathLike[str], plan: RecordingPlan) -> int:
        """Write what `plan` says, read by the names of its fields, to a new WAV file; returns its id.

        16 bit, 8000 Hz, as long as the time until its end. Up to four run at once, each for itself.
        Raises: MediaBusyError for a fifth; FileExistsError, OSError; ValueError for another track or other
        channels.
        """

    def pause_recording(self, recording_id: int, skip: bool) -> None:
        """Record nothing of what comes from now on, and silence in its place unless `skip`.

        Nothing happens to a recording that is unknown or has ended, here and below.
        Raises: OverflowError below 0 or beyond 64 bits; so do the two below.
        """

    def resume_recording(self, recording_id: int) -> None:
        """Record again what comes from now on."""

    def stop_recording(self, recording_id: int) -> None:
        """Complete its file. Another recording may begin at once."""

    def open_tap(self, track: str) -> int:
        """Pass on what is heard ("inbound"), sent ("outbound") or both, as TapHeard; returns the tap's id.

        Each frame when its last sample came; at most 8 at once.
        Raises: MediaBusyError; ValueError for another track.
        """

    def close_tap(self, tap_id: int) -> None:
        """Pass no more on. Nothing happens to one that is unknown or closed."""

    def join(self, other: MediaPort) -> None:
        """Pass on to each of the two ports what the other one hears, until either is unjoined or closed.

        Of two workers, the one with fewer ports gets both. What either was joined to before goes on alone.
        Without effect when either is closed.
        Raises: ValueError for itself and for a port of another engine.
        """

    def unjoin(self) -> None:
        """End the bridge of this port, if there is one, for both of its sides."""

    def statistics(self) -> PortStatistics:
        """The counters as of the last tick; after the end the last ones."""

    def close(self) -> None:
        """Stop everything, free the ports. Twice is once, and never an error."""

@final
class Clip:
    """Audio loaded once and shared by every port that plays it."""

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds, rounded up to whole 20 ms frames."""

@final
class AudioFeed:
    """Generated audio, fed in pieces while it plays. Finished when forgotten.

    `feed`, `mark` and `clear` raise ValueError after `finish`; all raise MediaStoppedError.
    """

    @property
    def playback_id(self) -> int:
        """Names the feed in events."""

    def feed(self, samples: bytes) -> None:
        """Add signed 16-bit little-endian mono samples. Without effect when the feed was stopped.

        Raises: MediaBusyError, and nothing is taken, while a minute or 3000 pieces wait; ValueError for
        an odd number of bytes.
        """

    def feed_ulaw(self, samples: bytes) -> None:
        """Add G.711 µ-law, a byte a sample, of the feed's rate. Raises: MediaBusyError as `feed`."""

    def mark(self) -> int:
        """Have MarkPassed told when all before it was sent; returns the mark's id. Raises: MediaBusyError."""

    def clear(self) -> None:
        """Drop what waits, and tell its marks; the feed goes on."""

    def finish(self) -> None:
        """Say that there is no more: PlaybackEnded follows when all was sent. Twice is once."""

    @property
    def underruns(self) -> int:
        """How often the feed ran dry before its end."""

    @property
    def waiting_ms(self) -> int:
        """What was fed and is not used up; pieces count until their last sample was sent."""

@final
class PortStatistics:
    """The counters of one port, in the words of RFC 3550 §6.4."""

    @property
    def packets_sent(self) -> int:
        """RTP packets sent."""

    @property
    def packets_received(self) -> int:
        """Valid RTP packets received."""

    @property
    def packets_lost(self) -> int:
        """RTP packets that never came, over all sources."""

    @property
    def packets_discarded(self) -> int:
        """Malformed, a stranger's, late, of an unknown payload type, or not believed; RTCP included."""

    @property
    def packets_unauthenticated(self) -> int:
        """Of those, SRTP and SRTCP whose authentication tag was wrong."""

    @property
    def packets_replayed(self) -> int:
        """Of those, authentic ones that came before or were too old to tell."""

    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter of the source of the moment."""

    @property
    def remote_packets_lost(self) -> int | None:
        """Our packets that the peer missed, by its last report; None before one."""

    @property
    def remote_jitter_ms(self) -> float | None:
        """Interarrival jitter at the peer's end, by its last report."""

    @property
    def round_trip_ms(self) -> float | None:
        """Round trip by the peer's last report that answers one of ours."""

    @property
    def mos(self) -> float | None:
        """Estimate of how the peer is heard, 1 to 4.41 (ITU-T G.107); None before its first packet."""

@final
class EngineCounters:
    """What the engine counted since its start."""

    @property
    def ticks(self) -> int:
        """Ticks of ports that were carried out."""

    @property
    def ticks_skipped(self) -> int:
        """Ticks of ports that were skipped, because the worker came too late."""

    @property
    def lateness_max_us(self) -> int:
        """The latest that a worker ever was for a tick."""

    @property
    def sends_failed(self) -> int:
        """Packets that the operating system did not take."""

    @property
    def samples_dropped(self) -> int:
        """Samples missing in recordings, because the disk was too slow."""

    @property
    def events_dropped(self) -> int:
        """Events lost, because nobody took them."""

    @property
    def frames_dropped(self) -> int:
        """Frames of taps lost, because nobody took them in time."""

@final
class DigitReceived:
    """The peer pressed a key: told once, on its first packet, or by its tones where inband_digits allows."""

    @property
    def port_id(self) -> int:
        """Where."""

    @property
    def digit(self) -> str:
        """One of `0-9 * # A-D`."""

@final
class PlaybackEnded:
    """A clip ended, or a run of digits was cut short or could not be sent."""

    @property
    def port_id(self) -> int:
        """Where."""

    @property
    def playback_id(self) -> int:
        """Which."""

    @property
    def finished(self) -> bool:
        """The last frame was sent."""

@final
class DigitsSent:
    """The last end packet of a run of digits has left, or the last of its tones."""

    @property
    def port_id(self) -> int:
        """Where."""

    @property
    def playback_id(self) -> int:
        """Which run."""

@final
class MarkPassed:
    """A mark of a feed was reached, or dropped with what was before it."""

    @property
    def port_id(self) -> int:
        """Where."""

    @property
    def playback_id(self) -> int:
        """Which feed."""

    @property
    def mark_id(self) -> int:
        """Which mark."""

    @property
    def played(self) -> bool:
        """All that was fed before it was sent."""

@final
class RecordingEnded:
    """The file of a recording is complete and closed."""

    @property
    def port_id(self) -> int:
        """Where."""

    @property
    def recording_id(self) -> int:
        """Which."""

    @property
    def duration_ms(self) -> int:
        """Length of the audio in the file, after trimming; 0 when all of it was silence that was trimmed."""

    @property
    def recorded_ms(self) -> int:
        """Length before trimming."""

    @property
    def failure(self) -> str | None:
        """What stopped the writer; the file then holds what came before."""

@final
class VoiceStarted:
    """The peer began to speak."""

    @property
    def port_id(self) -> int:
        """Where."""

    @property
    def silent_ms(self) -> int:
        """Since its last voice, or since the watch began."""

@final
class VoiceEnded:
    """The peer has been silent for as long as the watch was asked for."""

    @property
    def port_id(self) -> int:
        """Where."""

    @property
    def voiced_ms(self) -> int:
        """From its beginning to the last voice, pauses included."""

    @property
    def silent_ms(self) -> int:
        """Since then."""

@final
class TapHeard:
    """A tap heard 20 ms."""

    @property
    def port_id(self) -> int:
        """Where."""

    @property
    def tap_id(self) -> int:
        """Which tap."""

    @property
    def track(self) -> str:
        """Of what: "inbound" or "outbound"."""

    @property
    def timestamp_ms(self) -> int:
        """Where the frame begins on its track, which begins with the tap."""

    @property
    def payload(self) -> bytes:
        """160 bytes of G.711 µ-law at 8000 Hz."""

@final
class MediaTimedOut:
    """No RTP came for the media timeout while some was expected; once until RTP comes again."""

    @property
    def port_id(self) -> int:
        """Where."""

    @property
    def silent_ms(self) -> int:
        """For how long."""

@final
class MediaFailed:
    """A defect of the core: the port is closed and hears and says nothing more."""

    @property
    def port_id(self) -> int:
        """Where."""

    @property
    def reason(self) -> str:
        """What the panic said."""
