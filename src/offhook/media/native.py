"""The media core in Rust behind the protocols of `media/ports`.

Built by the roof, called through the ports. The core's threads queue their events and make one
file descriptor readable; the loop then takes them in batches and hands each to the receiver of its
port, in order. Everything here runs on the loop's thread; `load_clip`
and `decode_clip` may run on any.
"""

import asyncio
import math
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import structlog

from offhook import _media
from offhook.base.errors import UsageError
from offhook.media.ports import (
    RECORD_INBOUND,
    AudioFeed,
    Clip,
    MediaBusyError,
    MediaPlan,
    MediaPort,
    PortStatistics,
    RecordingPlan,
    SrtpKeys,
)
from offhook.media.ports.engine import AudioFileError, NoFreePortError
from offhook.media.ports.event import (
    DigitReceived,
    DigitsSent,
    MarkPassed,
    MediaEvent,
    MediaFailed,
    MediaTimedOut,
    PlaybackEnded,
    RecordingEnded,
    TapHeard,
    VoiceEnded,
    VoiceStarted,
)
from offhook.media.ports.room import MemberPlan
from offhook.media.settings import Settings
from offhook.model.recording import RecordingTrack

BATCH: Final = 256
"""Events taken at once; with more, the loop has its turn between two batches."""

TRACKS: Final = {str(track): track for track in RecordingTrack}

FULL_S: Final = 1.0
"""How long nobody asks again once no pair was free."""
TOLD_EVERY_S: Final = 60.0
"""How often that is logged."""

SILENCE_MS_MAX: Final = 2**32 - 1
"""The longest silence that a watch waits for: seven weeks."""

CoreEvent = (
    _media.DigitReceived
    | _media.PlaybackEnded
    | _media.DigitsSent
    | _media.MarkPassed
    | _media.RecordingEnded
    | _media.VoiceStarted
    | _media.VoiceEnded
    | _media.TapHeard
    | _media.MediaTimedOut
    | _media.MediaFailed
)

_Begun = TypeVar("_Begun")

logger = structlog.get_logger(__name__)


class NativeAudioFeed:
    """Generated audio on its way into a port of the core."""

    def __init__(self, core: _media.AudioFeed) -> None:
        self._core = core
        self._is_finished = False

    @property
    def playback_id(self) -> int:
        """Names the feed in events."""
        return self._core.playback_id

    @property
    def underruns(self) -> int:
        """How often the feed ran dry before its end."""
        return self._core.underruns

    @property
    def waiting_ms(self) -> int:
        """What was fed and is not used up."""
        return self._core.waiting_ms

    def feed(self, samples: bytes) -> None:
        """Add samples. Raises: MediaBusyError, ValueError."""
        self._check_open()
        try:
            self._core.feed(samples)
        except _media.MediaBusyError as busy:
            raise MediaBusyError(str(busy)) from busy

    def feed_ulaw(self, samples: bytes) -> None:
        """Add G.711 µ-law. Raises: MediaBusyError."""
        self._check_open()
        try:
            self._core.feed_ulaw(samples)
        except _media.MediaBusyError as busy:
            raise MediaBusyError(str(busy)) from busy

    def mark(self) -> int:
        """Have MarkPassed told when all before was sent. Raises: MediaBusyError."""
        self._check_open()
        try:
            return self._core.mark()
        except _media.MediaBusyError as busy:
            raise MediaBusyError(str(busy)) from busy

    def clear(self) -> None:
        """Drop what waits; the feed goes on."""
        self._check_open()
        self._core.clear()

    def finish(self) -> None:
        """Say that there is no more. Twice is once."""
        self._is_finished = True
        self._core.finish()

    def _check_open(self) -> None:
        if self._is_finished:
            raise UsageError(f"feed {self.playback_id} is finished")


class NativeMediaPort:
    """One leg's audio on a worker of the core."""

    def __init__(
        self,
        core: _media.MediaPort,
        receiver: Callable[[MediaEvent], None],
        forget: Callable[[int], None],
    ) -> None:
        self._core = core
        self._receiver = receiver
        self._forget = forget
        self._running = 0
        self._is_closed = False

    @property
    def port_id(self) -> int:
        """Names the port in events."""
        return self._core.port_id

    @property
    def core(self) -> _media.MediaPort:
        """The core's own. UsageError after `close`."""
        self._check_open()
        return self._core

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._is_closed

    @property
    def rtp_port(self) -> int:
        """The local UDP port of RTP; RTCP is the next one."""
        return self._core.rtp_port

    def apply(self, plan: MediaPlan) -> None:
        """Send and receive as `plan` says from now on.

        Raises: ValueError for an address that is not IPv4, a port or payload type out of range, a
        codec that the core lacks. UsageError after `close`, here and below.
        """
        self._check_open()
        self._core.apply(plan)

    def secure(self, keys: SrtpKeys | None) -> None:
        """Send and believe SRTP with these keys, or plain RTP. Raises: ValueError."""
        self._check_open()
        self._core.secure(keys)

    def play(self, clip: Clip, loops: int = 1) -> int:
        """Queue a clip for so many turns. Raises: MediaBusyError when 64 are queued already, ValueError."""
        self._check_open()
        if not isinstance(clip, _media.Clip):
            raise UsageError("a port plays clips that the media core loaded")
        return self._begin(lambda: self._core.play(clip, loops))

    def open_feed(self, rate_hz: int) -> AudioFeed:
        """Queue audio that will be fed in pieces. Raises: MediaBusyError, ValueError."""
        self._check_open()
        return NativeAudioFeed(self._begin(lambda: self._core.open_feed(rate_hz)))

    def send_digits(self, digits: str) -> int:
        """Queue key presses. Raises: ValueError for what is no digit, MediaBusyError."""
        self._check_open()
        return self._begin(lambda: self._core.send_digits(digits))

    def stop_playing(self) -> None:
        """Drop what plays and what is queued; after `close` there is nothing."""
        if not self._is_closed:
            self._core.stop_playing()

    def watch_voice(self, silence_ms: int) -> None:
        """Tell when the peer speaks and when it is silent. Raises: MediaBusyError, ValueError."""
        self._check_open()
        if not 0 <= silence_ms <= SILENCE_MS_MAX:
            raise ValueError(f"a silence of {silence_ms} ms is not within 0 to {SILENCE_MS_MAX}")
        try:
            self._core.watch_voice(silence_ms)
        except _media.MediaBusyError as busy:
            raise MediaBusyError(str(busy)) from busy

    def stop_watching_voice(self) -> None:
        """Tell no more; after `close` there is nothing to tell."""
        if not self._is_closed:
            self._core.stop_watching_voice()

    def record(self, path: Path, plan: RecordingPlan = RECORD_INBOUND) -> int:
        """Write what the plan says to a new file. Raises: MediaBusyError for a fifth, OSError."""
        self._check_open()
        return self._begin(lambda: self._core.record(path, plan))

    def pause_recording(self, recording_id: int, skip: bool) -> None:
        """Record nothing of what comes; after `close` nothing is recorded anyway."""
        if not self._is_closed:
            self._core.pause_recording(recording_id, skip)

    def resume_recording(self, recording_id: int) -> None:
        """Record again; after `close` there is no recording."""
        if not self._is_closed:
            self._core.resume_recording(recording_id)

    def stop_recording(self, recording_id: int) -> None:
        """Complete its file; after `close` it is complete."""
        if not self._is_closed:
            self._core.stop_recording(recording_id)

    def open_tap(self, track: RecordingTrack) -> int:
        """Pass on 20 ms at a time. Raises: MediaBusyError for a ninth."""
        self._check_open()
        try:
            return self._core.open_tap(track.value)
        except _media.MediaBusyError as busy:
            raise MediaBusyError(str(busy)) from busy

    def close_tap(self, tap_id: int) -> None:
        """Pass no more on; after `close` nothing is."""
        if not self._is_closed:
            self._core.close_tap(tap_id)

    def join(self, other: MediaPort) -> None:
        """Make a bridge of two ports of this engine. Raises: ValueError for the port itself."""
        self._check_open()
        if not isinstance(other, NativeMediaPort):
            raise UsageError("a port is joined to a port of the same media core")
        other._check_open()
        self._core.join(other._core)

    def unjoin(self) -> None:
        """End the bridge for both sides; after `close` there is none."""
        if not self._is_closed:
            self._core.unjoin()

    def statistics(self) -> PortStatistics:
        """The counters as of the last tick, 20 ms ago at most, or a second on a bridge."""
        counted = self._core.statistics()
        return PortStatistics(
            packets_sent=counted.packets_sent,
            packets_received=counted.packets_received,
            packets_lost=counted.packets_lost,
            packets_discarded=counted.packets_discarded,
            jitter_ms=counted.jitter_ms,
            remote_packets_lost=counted.remote_packets_lost,
            remote_jitter_ms=counted.remote_jitter_ms,
            round_trip_ms=counted.round_trip_ms,
            packets_unauthenticated=counted.packets_unauthenticated,
            packets_replayed=counted.packets_replayed,
            mos=counted.mos,
        )

    def close(self) -> None:
        """Stop everything, free the ports. Twice is once."""
        self._is_closed = True
        self._core.close()
        self._forget_when_over()

    def handle_event(self, event: MediaEvent) -> None:
        """Hand an event of the core to the receiver; the last one of a closed port ends it."""
        if isinstance(event, PlaybackEnded | DigitsSent | RecordingEnded):
            self._running -= 1
        self._forget_when_over()
        self._receiver(event)

    def _begin(self, command: Callable[[], _Begun]) -> _Begun:
        try:
            begun = command()
        except _media.MediaBusyError as busy:
            raise MediaBusyError(str(busy)) from busy
        self._running += 1
        return begun

    def _forget_when_over(self) -> None:
        if self._is_closed and self._running == 0:
            self._forget(self.port_id)

    def _check_open(self) -> None:
        if self._is_closed:
            raise UsageError(f"media port {self.port_id} is closed")


class NativeRoom:
    """A room of the core."""

    def __init__(self, core: _media.Room) -> None:
        self._core = core
        self._is_closed = False

    def enter(self, port: MediaPort, plan: MemberPlan) -> None:
        """Let a port in. UsageError for one that is closed, and after `close`."""
        if self._is_closed:
            raise UsageError("the room is closed")
        self._core.enter(_native(port).core, plan)

    def change(self, port: MediaPort, plan: MemberPlan) -> None:
        """Give a member another plan; after `close`, of the port too, there is none."""
        if not self._is_closed and not _native(port).is_closed:
            self._core.change(_native(port).core, plan)

    def leave(self, port: MediaPort) -> None:
        """Let a member go; after `close`, of the port too, there is none."""
        if not self._is_closed and not _native(port).is_closed:
            self._core.leave(_native(port).core)

    def close(self) -> None:
        """End the room. Twice is once."""
        self._is_closed = True
        self._core.close()


def _native(port: MediaPort) -> NativeMediaPort:
    if not isinstance(port, NativeMediaPort):
        raise UsageError("a port meets ports of the same media core")
    return port


class NativeMediaEngine:
    """The media core of this process. Built on the event loop that will take its events.

    What a receiver raises goes to the loop's exception handler; the next event is delivered all the
    same.
    Raises: ValueError for settings that make no engine, OSError when the system refuses threads or
    descriptors.
    """

    def __init__(self, settings: Settings) -> None:
        self._loop = asyncio.get_running_loop()
        self._core = _media.MediaEngine(
            settings.ports_low,
            settings.ports_high,
            settings.workers,
            round(settings.media_timeout_s * 1000),
            settings.inband_digits,
        )
        self._ports: dict[int, NativeMediaPort] = {}
        low, high = settings.ports_low, settings.ports_high
        self._pairs = (high + 1 - low - low % 2) // 2 if high else sys.maxsize
        """How many ports there can be at one time."""
        legs = f"{self._pairs:,} legs at once, {self._pairs // 2:,} calls that are put through"
        self._room = f"media_ports {low}-{high}: {legs}" if high else "media_ports 0: what the system has"
        self._full_at = self._told_full_at = -math.inf
        self._pending: deque[CoreEvent] = deque()
        self._is_closed = False
        self._loop.add_reader(self._core.fileno(), self._handle_readable)

    def open_port(self, receiver: Callable[[MediaEvent], None]) -> NativeMediaPort:
        """Bind the next free pair of the range. Raises: NoFreePortError; UsageError after `close`."""
        if self._is_closed:
            raise UsageError("the media engine is closed")
        try:
            port = NativeMediaPort(self._core.open_port(), receiver, self._forget)
        except _media.NoFreePortError as full:
            self._tell_full()
            raise NoFreePortError(f"{full} ({self._room})") from full
        self._ports[port.port_id] = port
        return port

    @property
    def is_full(self) -> bool:
        """As the port has it; the core alone knows which pairs rest, and which another program has."""
        return len(self._ports) >= self._pairs or self._loop.time() - self._full_at < FULL_S

    def _tell_full(self) -> None:
        now = self._full_at = self._loop.time()
        if now - self._told_full_at >= TOLD_EVERY_S:
            self._told_full_at = now
            text = "every pair of RTP ports is in use: calls are refused with 503; widen media_ports"
            logger.warning("media.no_free_port", room=self._room, open=len(self._ports), text=text)

    def open_room(self) -> NativeRoom:
        """An empty room. UsageError after `close`."""
        if self._is_closed:
            raise UsageError("the media engine is closed")
        return NativeRoom(self._core.open_room())

    def load_clip(self, samples: bytes, rate_hz: int) -> Clip:
        """Convert signed 16-bit little-endian mono samples of 8000 to 192000 Hz. Raises: ValueError."""
        return self._core.load_clip(samples, rate_hz)

    def decode_clip(self, file: bytes, content_type: str = "") -> Clip:
        """Decode an audio file; any thread may. Raises: AudioFileError."""
        try:
            return self._core.decode_clip(file, content_type)
        except _media.AudioFileError as refused:
            raise AudioFileError(str(refused)) from refused

    def ringback(self, country: str) -> Clip:
        """One period of a country's ringback. Raises: ValueError for a name that Twilio lacks."""
        return self._core.ringback(country)

    def beep(self) -> Clip:
        """The beep before a recording."""
        return self._core.beep()

    def hold_music(self) -> Clip:
        """One round of the music of those who wait."""
        return self._core.hold_music()

    def counters(self) -> _media.EngineCounters:
        """Ticks, lateness and what was dropped since the start, for the metrics."""
        return self._core.counters()

    def close(self) -> None:
        """Close every port, join the threads, deliver what is still queued. Waits for the disk."""
        if self._is_closed:
            return
        self._is_closed = True
        for port in tuple(self._ports.values()):
            port.close()
        self._core.close()
        self._loop.remove_reader(self._core.fileno())
        while batch := self._core.poll_events(BATCH):
            self._pending.extend(batch)
        self._deliver()

    def _forget(self, port_id: int) -> None:
        self._ports.pop(port_id, None)

    def _handle_readable(self) -> None:
        self._pending.extend(self._core.poll_events(BATCH))
        self._deliver()

    def _deliver(self) -> None:
        try:
            while self._pending:
                event = self._pending.popleft()
                # A port that is over may still have told of a key; nobody waits for that.
                if port := self._ports.get(event.port_id):
                    port.handle_event(_translate(event))
        finally:
            if self._pending:
                self._loop.call_soon(self._deliver)


def _translate(event: CoreEvent) -> MediaEvent:
    match event:
        case _media.TapHeard():  # first: fifty times a second and track
            return TapHeard(
                event.port_id, event.tap_id, TRACKS[event.track], event.timestamp_ms, event.payload
            )
        case _media.DigitReceived():
            return DigitReceived(event.port_id, event.digit)
        case _media.PlaybackEnded():
            return PlaybackEnded(event.port_id, event.playback_id, event.finished)
        case _media.DigitsSent():
            return DigitsSent(event.port_id, event.playback_id)
        case _media.MarkPassed():
            return MarkPassed(event.port_id, event.playback_id, event.mark_id, event.played)
        case _media.RecordingEnded():
            return RecordingEnded(
                event.port_id, event.recording_id, event.duration_ms, event.recorded_ms, event.failure
            )
        case _media.VoiceStarted():
            return VoiceStarted(event.port_id, event.silent_ms)
        case _media.VoiceEnded():
            return VoiceEnded(event.port_id, event.voiced_ms, event.silent_ms)
        case _media.MediaTimedOut():
            return MediaTimedOut(event.port_id, event.silent_ms)
        case _media.MediaFailed():
            # A defect of ours: someone must act. Its call is ended by its owner.
            logger.error("media.failed", port_id=event.port_id, reason=event.reason)
            return MediaFailed(event.port_id, event.reason)
