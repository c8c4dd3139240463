"""A media engine without sockets, in the loop's own time: clips last as long as they are, and are remembered.

Implements `media/ports` for tests of what stands above it; the real core has its own tests.
"""

import asyncio
import io
import itertools
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from offhook.media.ports import (
    RECORD_INBOUND,
    Clip,
    MediaBusyError,
    MediaPlan,
    MediaPort,
    PortStatistics,
    RecordingPlan,
    SrtpKeys,
)
from offhook.media.ports.engine import AudioFileError
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
from offhook.model.recording import RecordingTrack

KEY_S = 0.2
FOREVER_S = 1e6
RECORDINGS_MAX = 4
TAPS_MAX = 8
FEED_MS_MAX = 60_000


@dataclass(frozen=True)
class SilentClip:
    samples: bytes
    rate_hz: int

    @property
    def duration_ms(self) -> int:
        return -(-len(self.samples) // 2 * 50 // self.rate_hz) * 20


@dataclass
class SilentRecording:
    """What a port was told of one recording. Its times are the loop's."""

    recording_id: int
    plan: RecordingPlan
    began: float
    paused: Literal["skip", "silence"] | None = None
    paused_at: float = 0.0
    skipped_s: float = 0.0


@dataclass
class SilentPort:
    """One port; `plan`, `played` and `recordings` say what it was told."""

    port_id: int
    receiver: Callable[[MediaEvent], None]
    rtp_port: int
    plan: MediaPlan | None = None
    keys: SrtpKeys | None = None
    played: list[Clip] = field(default_factory=list)
    sent_digits: list[str] = field(default_factory=list)
    watched_silence_ms: int | None = None
    is_closed: bool = False
    joined_to: "SilentPort | None" = None
    room: "SilentRoom | None" = None
    joins: int = 0
    """How often it was joined to another one."""
    recordings: list[SilentRecording] = field(default_factory=list)
    disk_takes_s: float = 0.0
    """From the end of a recording until its file is whole."""
    is_silent: bool = False
    """Nobody says anything: a recording that is trimmed is empty."""

    def __post_init__(self) -> None:
        self._ids = itertools.count(1)
        self._queue_ends = 0.0
        self._waiting: dict[int, asyncio.TimerHandle] = {}
        self._running: dict[int, SilentRecording] = {}
        self.feeds: list[SilentFeed] = []
        self._feeds: list[SilentFeed] = []
        self.taps: dict[int, RecordingTrack] = {}
        self._heard_ms = 0
        self._disk_has_s: float | None = None
        self.plans: list[MediaPlan] = []

    def apply(self, plan: MediaPlan) -> None:
        self.plan = plan
        self.plans.append(plan)

    def secure(self, keys: SrtpKeys | None) -> None:
        self.keys = keys

    def play(self, clip: Clip, loops: int = 1) -> int:
        self.played.append(clip)
        playback_id = next(self._ids)
        length_s = clip.duration_ms / 1000 * loops if loops else FOREVER_S
        self._enqueue(playback_id, length_s, PlaybackEnded(self.port_id, playback_id, finished=True))
        return playback_id

    @property
    def is_playing(self) -> bool:
        """Whether something plays, or waits to be played."""
        return bool(self._waiting)

    def open_feed(self, rate_hz: int) -> "SilentFeed":
        feed = SilentFeed(self, next(self._ids), rate_hz)
        self._feeds.append(feed)
        self.feeds.append(feed)
        return feed

    def send_digits(self, digits: str) -> int:
        self.sent_digits.append(digits)
        playback_id = next(self._ids)
        self._enqueue(playback_id, KEY_S * len(digits), DigitsSent(self.port_id, playback_id))
        return playback_id

    def _enqueue(self, playback_id: int, length_s: float, event: MediaEvent) -> None:
        loop = asyncio.get_running_loop()
        self._queue_ends = max(self._queue_ends, loop.time()) + length_s
        self._waiting[playback_id] = loop.call_at(self._queue_ends, self._end, playback_id, event)

    def _end(self, playback_id: int, event: MediaEvent) -> None:
        del self._waiting[playback_id]
        self.receiver(event)

    def join(self, other: MediaPort) -> None:
        assert isinstance(other, SilentPort)
        assert other is not self
        for port, partner in ((self, other), (other, self)):
            port.unjoin()
            port.leave_room()
            port.joined_to = partner
            port.joins += 1

    def unjoin(self) -> None:
        if self.joined_to is not None:
            self.joined_to.joined_to = None
            self.joined_to = None

    def leave_room(self) -> None:
        if self.room is not None:
            self.room.members.pop(self.port_id, None)
            self.room = None

    def stop_playing(self) -> None:
        waiting, self._waiting, self._queue_ends = self._waiting, {}, 0.0
        for playback_id, handle in waiting.items():
            handle.cancel()
            self._soon(PlaybackEnded(self.port_id, playback_id, finished=False))
        feeds, self._feeds = self._feeds, []
        for feed in feeds:
            if feed.stop():
                self._soon(PlaybackEnded(self.port_id, feed.playback_id, finished=False))

    def watch_voice(self, silence_ms: int) -> None:
        self.watched_silence_ms = silence_ms

    def stop_watching_voice(self) -> None:
        self.watched_silence_ms = None

    def record(self, path: Path, plan: RecordingPlan = RECORD_INBOUND) -> int:
        if len(self._running) == RECORDINGS_MAX:
            raise MediaBusyError("4 recordings of the port run already")
        path.touch(exist_ok=False)
        recording = SilentRecording(next(self._ids), plan, asyncio.get_running_loop().time())
        self.recordings.append(recording)
        self._running[recording.recording_id] = recording
        return recording.recording_id

    def pause_recording(self, recording_id: int, skip: bool) -> None:
        self.resume_recording(recording_id)
        if recording := self._running.get(recording_id):
            recording.paused = "skip" if skip else "silence"
            recording.paused_at = asyncio.get_running_loop().time()

    def resume_recording(self, recording_id: int) -> None:
        if recording := self._running.get(recording_id):
            if recording.paused == "skip":
                recording.skipped_s += asyncio.get_running_loop().time() - recording.paused_at
            recording.paused = None

    def stop_recording(self, recording_id: int) -> None:
        self.resume_recording(recording_id)
        if recording := self._running.pop(recording_id, None):
            length_s = asyncio.get_running_loop().time() - recording.began - recording.skipped_s
            length_ms = round(length_s * 1000)
            kept_ms = 0 if recording.plan.trims_silence and self.is_silent else length_ms
            failure = None
            if self._disk_has_s is not None:
                kept_ms = min(kept_ms, round(self._disk_has_s * 1000))
                failure = "No space left on device (os error 28)"
            ended = RecordingEnded(self.port_id, recording.recording_id, kept_ms, length_ms, failure)
            asyncio.get_running_loop().call_later(self.disk_takes_s, self.receiver, ended)

    def fill_disk(self, written_s: float | None = None) -> None:
        """The disk has no more room for its recordings. written_s: of what had room; None is all."""
        self._disk_has_s = FOREVER_S if written_s is None else written_s
        for recording_id in list(self._running):
            self.stop_recording(recording_id)

    def open_tap(self, track: RecordingTrack) -> int:
        if len(self.taps) == TAPS_MAX:
            raise MediaBusyError("8 taps of the port are open already")
        tap_id = next(self._ids)
        self.taps[tap_id] = track
        return tap_id

    def close_tap(self, tap_id: int) -> None:
        self.taps.pop(tap_id, None)

    def statistics(self) -> PortStatistics:
        return PortStatistics(0, 0, 0, 0, 0.0)

    def close(self) -> None:
        self.is_closed = True
        self.unjoin()
        self.leave_room()
        self.stop_playing()
        for recording_id in list(self._running):
            self.stop_recording(recording_id)

    def _soon(self, event: MediaEvent) -> None:
        asyncio.get_running_loop().call_soon(self.receiver, event)

    # What its feeds do

    def wait_for(self, playback_id: int, length_s: float, event: MediaEvent) -> None:
        """Tell `event` when all that is queued has been played, and `length_s` more."""
        self._enqueue(playback_id, length_s, event)

    # What the peer does

    def press(self, digits: str) -> None:
        """The peer presses keys."""
        for digit in digits:
            self.receiver(DigitReceived(self.port_id, digit))

    def speak(self, voiced_ms: int, silent_ms: int = 0) -> None:
        """The peer has spoken for so long, after so much silence, and falls silent."""
        if self.watched_silence_ms is not None:
            self.receiver(VoiceStarted(self.port_id, silent_ms))
            self.receiver(VoiceEnded(self.port_id, voiced_ms, self.watched_silence_ms))

    def utter(self, payload: bytes, track: RecordingTrack = RecordingTrack.INBOUND) -> None:
        """The peer says 20 ms, or is told them: each tap of the track hears it."""
        for tap_id, tapped in list(self.taps.items()):
            if tapped in (track, RecordingTrack.BOTH):
                self.receiver(TapHeard(self.port_id, tap_id, track, self._heard_ms, payload))
        self._heard_ms += 20

    def fall_silent(self, silent_ms: int) -> None:
        """The peer's RTP has stopped."""
        self.receiver(MediaTimedOut(self.port_id, silent_ms))

    # What the core does

    def fail(self, reason: str) -> None:
        """A defect stops the port."""
        self.receiver(MediaFailed(self.port_id, reason))


class SilentFeed:
    """A feed of one port: what is fed lasts as long as it is, in the loop's time, and its marks are told so.

    It plays at once: what is queued before it delays its end alone.
    """

    def __init__(self, port: SilentPort, playback_id: int, rate_hz: int) -> None:
        self.playback_id = playback_id
        self.underruns = 0
        self.samples = b""
        self.clears = 0
        self._port = port
        self._rate_hz = rate_hz
        self._plays_until = 0.0
        self._marks: dict[int, asyncio.TimerHandle] = {}
        self._ids = itertools.count(1)
        self._is_finished = False

    @property
    def waiting_ms(self) -> int:
        return max(0, round((self._plays_until - asyncio.get_running_loop().time()) * 1000))

    def feed(self, samples: bytes) -> None:
        self._take(samples, len(samples) / 2 / self._rate_hz)

    def feed_ulaw(self, samples: bytes) -> None:
        self._take(samples, len(samples) / self._rate_hz)

    def _take(self, samples: bytes, length_s: float) -> None:
        if self.waiting_ms + length_s * 1000 > FEED_MS_MAX:
            raise MediaBusyError("a minute of the feed waits already")
        self.samples += samples
        now = asyncio.get_running_loop().time()
        self._plays_until = max(self._plays_until, now) + length_s

    def mark(self) -> int:
        loop, mark_id = asyncio.get_running_loop(), next(self._ids)
        self._marks[mark_id] = loop.call_at(max(self._plays_until, loop.time()), self._tell, mark_id)
        return mark_id

    def _tell(self, mark_id: int, *, played: bool = True) -> None:
        self._marks.pop(mark_id).cancel()
        self._port.receiver(MarkPassed(self._port.port_id, self.playback_id, mark_id, played))

    def clear(self) -> None:
        self.clears += 1
        self._plays_until = 0.0
        for mark_id in list(self._marks):
            self._tell(mark_id, played=False)

    def finish(self) -> None:
        if not self._is_finished:
            self._is_finished = True
            ended = PlaybackEnded(self._port.port_id, self.playback_id, finished=True)
            self._port.wait_for(self.playback_id, self.waiting_ms / 1000, ended)

    def stop(self) -> bool:
        """Drop what waits; whether the port has still to tell its end."""
        self.clear()
        is_open, self._is_finished = not self._is_finished, True
        return is_open


class SilentRoom:
    """A room; `members` says who is in it, with what plan."""

    def __init__(self) -> None:
        self.members: dict[int, MemberPlan] = {}
        self.entered: list[int] = []
        """Ids of all ports that ever were."""
        self.is_closed = False

    def enter(self, port: MediaPort, plan: MemberPlan) -> None:
        assert isinstance(port, SilentPort)
        assert not self.is_closed
        port.unjoin()
        port.leave_room()
        port.room = self
        self.members[port.port_id] = plan
        self.entered.append(port.port_id)

    def change(self, port: MediaPort, plan: MemberPlan) -> None:
        if port.port_id in self.members:
            self.members[port.port_id] = plan

    def leave(self, port: MediaPort) -> None:
        assert isinstance(port, SilentPort)
        if port.room is self:
            port.leave_room()

    def close(self) -> None:
        self.is_closed = True
        self.members.clear()


class SilentMedia:
    """The engine; `ports` and `rooms` are all that were opened."""

    def __init__(self) -> None:
        self.ports: list[SilentPort] = []
        self.is_full = False
        self.rooms: list[SilentRoom] = []

    def open_room(self) -> SilentRoom:
        self.rooms.append(SilentRoom())
        return self.rooms[-1]

    def open_port(self, receiver: Callable[[MediaEvent], None]) -> SilentPort:
        port = SilentPort(len(self.ports) + 1, receiver, 40_000 + 2 * len(self.ports))
        self.ports.append(port)
        return port

    def load_clip(self, samples: bytes, rate_hz: int) -> SilentClip:
        return SilentClip(samples, rate_hz)

    def decode_clip(self, file: bytes, content_type: str = "") -> SilentClip:
        """WAV of 16 bits and one channel alone: what the real core reads has its own tests."""
        try:
            with wave.open(io.BytesIO(file)) as wav:
                return SilentClip(wav.readframes(wav.getnframes()), wav.getframerate())
        except (wave.Error, EOFError) as refused:
            raise AudioFileError(f"the file is no WAV: {refused}") from refused

    def ringback(self, country: str) -> SilentClip:
        return SilentClip(bytes(16_000 * 6), 8000)

    def beep(self) -> SilentClip:
        return SilentClip(bytes(8000), 8000)

    def hold_music(self) -> SilentClip:
        return SilentClip(bytes(2 * 8000 * 16), 8000)

    def close(self) -> None:
        for port in self.ports:
            port.close()
