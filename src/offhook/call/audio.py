"""What a leg hears and says, as coroutines over the media port's commands and events.

The port answers commands with events (`media/ports/event.py`); here each playback is awaited, keys go to
whoever collects them, and a recording is awaited until its file is whole. Owned by a Leg, used by
verbs and by the phone; one task at a time awaits each thing.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Final

import structlog

from offhook.base.errors import UsageError
from offhook.call.info_digits import InfoDigits
from offhook.call.leg_feed import LegFeed
from offhook.call.leg_tap import LegTap
from offhook.media.ports import (
    RECORD_INBOUND,
    Clip,
    MediaBusyError,
    MediaPort,
    RecordingPlan,
)
from offhook.media.ports.event import (
    DigitReceived,
    DigitsSent,
    MarkPassed,
    MediaEvent,
    PlaybackEnded,
    RecordingEnded,
    TapHeard,
    VoiceEnded,
    VoiceStarted,
)
from offhook.model.recording import RecordingTrack
from offhook.waiting.timeout import timeout

log = structlog.get_logger("offhook.call")

KEYS_MAX: Final = 128
"""Keys that wait for a collector to take them; further ones are dropped, as a switch would."""


VOICES_MAX: Final = 64
"""Beginnings and ends of speech that wait for who follows them; further ones are dropped."""

KEY_S: Final = 0.2
"""From one key that we send by INFO to the next, as in RTP."""
WAITS_S: Final = {"w": 0.5, "W": 1.0}
"""Of Twilio's sendDigits."""

TOLD_MAX: Final = 32
"""Keys of the last half second that are remembered: nobody types more."""
SAME_KEY_S: Final = 0.5
"""Phones set to "RFC 2833 and INFO" tell each key twice, this close together at most."""


class KeySource(Enum):
    """How a key was told of."""

    RTP = auto()
    """RFC 4733 telephone-event."""
    INFO = auto()
    """SIP INFO."""


class Keys:
    """The keys pressed while somebody collects them, in order."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue(KEYS_MAX)
        self._broken_off: asyncio.Task[object] | None = None

    def put(self, digit: str) -> None:
        """Take one key; dropped when 128 wait already."""
        if not self._queue.full():
            self._queue.put_nowait(digit)
        if self._broken_off is not None:
            self._broken_off.cancel()
            self._broken_off = None

    async def next(self) -> str:
        """The next key, one of `0-9 * # A-D`."""
        return await self._queue.get()

    @contextmanager
    def breaking_off(self) -> Iterator[None]:
        """Break off what is awaited inside at the next key, by cancellation that ends here.

        As `waiting.timeout` does it: who was cancelled by others meanwhile stays cancelled.
        """
        task = asyncio.current_task()
        if task is None:
            raise UsageError("a key breaks off a task")
        cancelled_before = task.cancelling()
        self._broken_off = task
        try:
            yield
        except asyncio.CancelledError:
            is_by_key = self._broken_off is None
            if not is_by_key or task.uncancel() > cancelled_before:
                raise
        finally:
            self._broken_off = None


class LegRecording:
    """A recording under way; nothing that is asked of one that has ended happens."""

    def __init__(self, port: MediaPort, recording_id: int, whole: "asyncio.Future[RecordingEnded]") -> None:
        self._port = port
        self._recording_id = recording_id
        self.whole = whole
        """Resolves when the file is complete. The recording ends with its leg by itself."""

    def stop(self) -> None:
        """Close the file."""
        if not self.whole.done():
            self._port.stop_recording(self._recording_id)

    def pause(self, *, skip: bool) -> None:
        """Record nothing of what comes. skip: leave nothing in its place, else silence."""
        if not self.whole.done():
            self._port.pause_recording(self._recording_id, skip)

    def resume(self) -> None:
        """Record again what comes from now on."""
        if not self.whole.done():
            self._port.resume_recording(self._recording_id)


class LegAudio:
    """The audio of one leg, from the moment its port is open."""

    def __init__(self, port: MediaPort, info: InfoDigits | None = None) -> None:
        """info: how keys are sent where the operator wants that; None is never."""
        self._port = port
        self._info = info
        self._informing: set[asyncio.Task[bool]] = set()
        self._playbacks: dict[int, asyncio.Future[bool]] = {}
        self._recordings: dict[int, asyncio.Future[RecordingEnded]] = {}
        self._collector: Keys | None = None
        self._voice: asyncio.Queue[VoiceStarted | VoiceEnded] | None = None
        self._taps: dict[int, LegTap] = {}
        self._feeds: dict[int, LegFeed] = {}
        self._told: deque[tuple[str, KeySource, float]] = deque(maxlen=TOLD_MAX)
        self.has_heard_keys = False
        """Whether a key came in its RTP, where a bridge passes keys on by itself."""

    def handle_event(self, event: MediaEvent) -> None:
        """Take one event of this leg's port."""
        match event:
            case TapHeard(tap_id=tap_id):
                if tap := self._taps.get(tap_id):
                    tap.put(event)
            case MarkPassed(playback_id=playback_id, mark_id=mark_id, played=played):
                if feed := self._feeds.get(playback_id):
                    feed.handle_mark(mark_id, played=played)
            case PlaybackEnded(playback_id=playback_id, finished=finished):
                self._resolve(playback_id, finished=finished)
            case DigitsSent(playback_id=playback_id):
                self._resolve(playback_id, finished=True)
            case DigitReceived(digit=digit):
                self.handle_key(digit, KeySource.RTP)
            case VoiceStarted() | VoiceEnded():
                if self._voice is not None and not self._voice.full():
                    self._voice.put_nowait(event)
            case RecordingEnded(recording_id=recording_id):
                waiter = self._recordings.pop(recording_id, None)
                if waiter is not None and not waiter.done():
                    waiter.set_result(event)
            case _:
                pass  # the media timeout concerns the Call, which sees every event too

    def handle_key(self, key: str, source: KeySource) -> bool:
        """The peer pressed a key. One told of in both ways within half a second was pressed once.

        Returns: whether it counts.
        """
        self.has_heard_keys = self.has_heard_keys or source is KeySource.RTP
        now = asyncio.get_running_loop().time()
        while self._told and now - self._told[0][2] >= SAME_KEY_S:
            self._told.popleft()
        for told in self._told:
            if told[0] == key and told[1] is not source:
                self._told.remove(told)  # the same key again in this way is another press
                return False
        self._told.append((key, source, now))
        if self._collector is not None:
            self._collector.put(key)
        return True

    def _resolve(self, playback_id: int, *, finished: bool) -> None:
        self._feeds.pop(playback_id, None)
        waiter = self._playbacks.pop(playback_id, None)
        if waiter is not None and not waiter.done():
            waiter.set_result(finished)

    def enqueue(self, clip: Clip, loops: int = 1) -> "asyncio.Future[bool]":
        """Queue a clip behind what plays; the future tells whether it was played to its end.

        loops: how often, without a gap; 0 is until it is stopped.

        Raises: MediaBusyError.
        """
        return self._await_playback(self._port.play(clip, loops))

    def send_digits(self, digits: str) -> "asyncio.Future[bool]":
        """Queue key presses behind what plays; the future resolves when the last one has left.

        By SIP INFO where that is set and the peer takes it. Raises: ValueError, MediaBusyError.
        """
        if self._info is not None and self._info.is_on:
            return self._inform(self._info, digits)
        return self._await_playback(self._port.send_digits(digits))

    def pass_on(self, key: str) -> None:
        """Press a key that the other side of a bridge told of outside of its RTP; too many are dropped."""
        try:
            self.send_digits(key)
        except MediaBusyError:
            log.warning("call.key_dropped", why="too much waits to be played")

    def _inform(self, info: InfoDigits, digits: str) -> "asyncio.Future[bool]":
        loop = asyncio.get_running_loop()
        sent: asyncio.Future[bool] = loop.create_future()
        task = loop.create_task(
            _press(info, digits, tuple(self._playbacks.values())), name="call.info_digits"
        )
        self._informing.add(task)

        def handle_end(task: "asyncio.Task[bool]") -> None:
            self._informing.discard(task)
            if not sent.done():
                sent.set_result(not task.cancelled() and task.result())

        task.add_done_callback(handle_end)
        return sent

    def _await_playback(self, playback_id: int) -> "asyncio.Future[bool]":
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._playbacks[playback_id] = waiter
        return waiter

    async def play(self, clip: Clip, loops: int = 1) -> bool:
        """Play a clip and wait for its end; cancelling stops all that plays. False when it was cut short.

        loops: as for `enqueue`.
        """
        return await self.wait_for(self.enqueue(clip, loops))

    async def wait_for(self, playback: "asyncio.Future[bool]") -> bool:
        """Wait for a playback; cancelling stops all that plays."""
        try:
            return await playback
        except asyncio.CancelledError:
            self.stop_playing()
            raise

    def stop_playing(self) -> None:
        """Fall silent now; every playback that waits ends as cut short."""
        self.stop_informing()
        self._port.stop_playing()

    def stop_informing(self) -> None:
        """Send no more keys by INFO."""
        for task in self._informing:
            task.cancel()

    def open_feed(self, rate_hz: int) -> LegFeed:
        """Queue audio that is made while it is heard, behind what plays.

        rate_hz: of what will be fed, 8000 to 192000. Whoever opens it finishes it. Raises: MediaBusyError.
        """
        core = self._port.open_feed(rate_hz)
        feed = LegFeed(core, self._await_playback(core.playback_id))
        self._feeds[core.playback_id] = feed
        return feed

    @contextmanager
    def tapping(self, track: RecordingTrack) -> Iterator[LegTap]:
        """Listen to what the peer says, to what is sent to it, or to both, from now on.

        Up to eight do so at once. Raises: MediaBusyError for a ninth.
        """
        tap_id = self._port.open_tap(track)
        self._taps[tap_id] = tap = LegTap()
        try:
            yield tap
        finally:
            del self._taps[tap_id]
            self._port.close_tap(tap_id)
            tap.close()

    @contextmanager
    def collecting(self) -> Iterator[Keys]:
        """Take the keys pressed from now on. Keys pressed while nobody collects are dropped.

        Raises: UsageError when somebody collects already.
        """
        if self._collector is not None:
            raise UsageError("keys are collected by one at a time")
        self._collector = keys = Keys()
        try:
            yield keys
        finally:
            self._collector = None

    async def silence(self, seconds: float) -> None:
        """Wait until the peer has said nothing for so long, from now on.

        Raises: UsageError when somebody waits for silence already; MediaBusyError.
        """
        if self._voice is not None:
            raise UsageError("silence is waited for by one at a time")
        voice: asyncio.Queue[VoiceStarted | VoiceEnded] = asyncio.Queue()
        self._voice = voice
        try:
            self._port.watch_voice(round(seconds * 1000))
            try:
                async with timeout(seconds):
                    while not isinstance(await voice.get(), VoiceStarted):
                        pass
            except TimeoutError:
                return  # nothing was said at all
            while not isinstance(await voice.get(), VoiceEnded):
                pass
        finally:
            self._voice = None
            self._port.stop_watching_voice()

    @contextmanager
    def following_voice(self, silence_s: float) -> "Iterator[asyncio.Queue[VoiceStarted | VoiceEnded]]":
        """Be told when the peer begins to speak, and when it has been silent for so long.

        Raises: UsageError when somebody follows it already; MediaBusyError.
        """
        if self._voice is not None:
            raise UsageError("voice is followed by one at a time")
        voice: asyncio.Queue[VoiceStarted | VoiceEnded] = asyncio.Queue(VOICES_MAX)
        self._voice = voice
        try:
            self._port.watch_voice(round(silence_s * 1000))
            yield voice
        finally:
            self._voice = None
            self._port.stop_watching_voice()

    @property
    def is_recording(self) -> bool:
        """Whether the file of some recording is not whole yet."""
        return bool(self._recordings)

    def record(self, path: Path, plan: RecordingPlan = RECORD_INBOUND) -> "LegRecording":
        """Record what `plan` says from now on, beside what is recorded already: up to four at once.

        Raises: MediaBusyError for a fifth; OSError when the file cannot be made.
        """
        waiter: asyncio.Future[RecordingEnded] = asyncio.get_running_loop().create_future()
        recording_id = self._port.record(path, plan)
        self._recordings[recording_id] = waiter
        return LegRecording(self._port, recording_id, waiter)


async def _press(info: InfoDigits, digits: str, before: tuple["asyncio.Future[bool]", ...]) -> bool:
    """Send keys by INFO once what plays has ended; whether all of them left."""
    if before:
        await asyncio.wait(before)
    for key in digits:
        if key not in WAITS_S and not info.send(key):
            return False
        await asyncio.sleep(WAITS_S.get(key, KEY_S))
    return True
