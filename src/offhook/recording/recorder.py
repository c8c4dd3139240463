"""Makes recordings of calls and conferences: each has a record, a file, and an end that comes in any case.

    begin -> in-progress -> the file is whole -> completed | absent (nothing was heard)
                         -> the disk fails, or is full -> completed, with what it holds | failed (nothing)

The record is written at both ends, the application is told where it asked to be. Called by verbs; made
once by the roof. Source: reference/rest-api 3.4, twiml 12.2.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import structlog

from offhook.base.ids import Chance, new_sid
from offhook.base.redact import Secret
from offhook.call.audio import LegAudio, LegRecording
from offhook.call.call import Call
from offhook.call.courier import Courier
from offhook.call.ledger import Ledger, Noted
from offhook.media.ports import MediaBusyError, RecordingChannels, RecordingPlan
from offhook.media.ports.event import RecordingEnded
from offhook.model.callback import Subscription
from offhook.model.recording import Recording, RecordingSource, RecordingStatus, RecordingTrack
from offhook.model.sip_domain import API_VERSION
from offhook.store.ports import RecordingFiles, Recordings, StoreBusyError
from offhook.waiting.timeout import timeout
from offhook.webhook.ports import RecordingNews

log = structlog.get_logger("offhook.recording")

TOO_SHORT: Final = 16101
"""Nothing was captured."""
SILENT: Final = 16102
"""Nothing is left without its silence."""
SCHEMA_WARNING: Final = 12200
INTERNAL_FAILURE: Final = 12400
LOGGED_EVERY_S: Final = 60.0
"""A full disk ends every recording of the node: the log tells of one, a notification of each."""
WHOLE_S: Final = 3.0
"""How long the file may take to be whole before who waits for it goes on all the same."""


class RecordingError(Exception):
    """A recording cannot begin: its file cannot be made, or the call makes too many."""


@dataclass(frozen=True, slots=True)
class RecordingCallback:
    """Who hears what becomes of a recording."""

    url: str
    """Absolute."""
    method: str
    """GET or POST."""
    events: frozenset[str]
    """Of `in-progress`, `completed`, `absent`; a failure is told with `completed`."""


@dataclass(frozen=True, slots=True)
class RecordingOrder:
    """What is wanted of a recording."""

    source: RecordingSource
    auth_token: Secret
    """Signs the callbacks."""
    plan: RecordingPlan
    """What of the call is in it."""
    callback: RecordingCallback | None = None
    """Who hears what becomes of it."""
    name: str | None = None
    """By which a document stops it; None is its Sid."""


class Subject(Protocol):
    """Whose sound is recorded: a call or a conference."""

    @property
    def record(self) -> Noted:
        """Its Sid and its account's."""
        ...

    def note(self, error_code: int, text: str) -> None:
        """Write a notification about it."""
        ...

    def recording_began(self, recording: Recording) -> None:
        """One of it is under way."""
        ...

    def recording_ended(self, recording: Recording, url: str) -> None:
        """One of it is whole. url: where it can be had, without a suffix."""
        ...


class LiveRecording:
    """A recording under way."""

    def __init__(self, recording: Recording, url: str, taken: LegRecording, name: str | None = None) -> None:
        self.name = name
        """Unique of its call; None is its Sid."""
        self.recording = recording
        """Its record as of now."""
        self.url = url
        """Where it can be had, without a suffix."""
        self.ended = asyncio.Event()
        """Set once the file is whole and the record final."""
        self.taken = taken
        """Where it is made."""
        self.whole_s: int | None = None
        """Once it has ended: whole seconds in the file, before silence was cut off."""
        self._clock = asyncio.get_running_loop().time
        self._counts_from, self._counts_until = self._clock(), math.inf

    @property
    def recorded_s(self) -> int:
        """Whole seconds, before silence is cut off; by the clock until its file has told.

        Who asks when the caller hangs up asks before the file is whole.
        """
        if self.whole_s is not None:
            return self.whole_s
        return max(0, round(min(self._clock(), self._counts_until) - self._counts_from))

    def pause(self, *, skip: bool) -> None:
        """Record nothing of what comes. skip: leave nothing in its place, else silence."""
        self.resume()
        self.taken.pause(skip=skip)
        if skip:
            self._counts_until = self._clock()

    def resume(self) -> None:
        """Record again what comes from now on."""
        self.taken.resume()
        self._counts_from += max(0.0, self._clock() - self._counts_until)
        self._counts_until = math.inf

    def stop(self) -> None:
        """End it. It ends with its leg by itself."""
        self.taken.stop()
        self._counts_until = min(self._counts_until, self._clock())

    async def finish(self) -> None:
        """End it, and wait for its file; a disk that is slow is not waited for."""
        self.stop()
        try:
            async with timeout(WHOLE_S):
                await self.ended.wait()
        except TimeoutError:
            pass  # the callback tells when it is whole


class Recorder:
    """The recordings that this node makes."""

    def __init__(
        self,
        recordings: Recordings,
        files: RecordingFiles,
        ledger: Ledger,
        courier: Courier,
        chance: Chance,
        *,
        base_url: Callable[[], str],
    ) -> None:
        """base_url: where the API is, by the time a recording begins."""
        self._recordings = recordings
        self._files = files
        self._ledger = ledger
        self._courier = courier
        self._chance = chance
        self._base_url = base_url
        self._under_way: dict[str, list[LiveRecording]] = {}
        """By CallSid, or by ConferenceSid."""
        self._finishing: set[asyncio.Task[None]] = set()
        self._awaiting: dict[tuple[str, str], asyncio.Task[None]] = {}
        """Recordings that are to begin with the answer, by CallSid and name."""
        self._logged_failure_at = -LOGGED_EVERY_S
        self._failures_unlogged = 0

    def begin(self, call: Call, order: RecordingOrder) -> LiveRecording:
        """Record an answered call from now on. Raises: RecordingError."""
        return self._begin(call, call.leg.audio, order, call_sid=call.sid)

    def begin_on_answer(self, call: Call, order: RecordingOrder) -> None:
        """Record a call once it is answered, as a document asks; what cannot be recorded is noted."""
        name = order.name or ""
        is_taken = any(live.name == name for live in self.under_way(call.sid)) or (
            (call.sid, name) in self._awaiting
        )
        if name and is_taken:
            call.note(SCHEMA_WARNING, f"A recording of this call is named {name} already: none is made")
        elif call.answered.is_set():
            self._begin_noting(call, order)
        else:
            task = asyncio.create_task(self._await_answer(call, order), name="recording.await_answer")
            self._awaiting[call.sid, name or str(id(task))] = task

    async def _await_answer(self, call: Call, order: RecordingOrder) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (call.answered, call.ended)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not call.ended.is_set():
                self._begin_noting(call, order)
        finally:
            for wait in waits:
                wait.cancel()
            mine = asyncio.current_task()
            self._awaiting = {key: task for key, task in self._awaiting.items() if task is not mine}

    def _begin_noting(self, call: Call, order: RecordingOrder) -> None:
        try:
            self.begin(call, order)
        except RecordingError as error:
            call.note(INTERNAL_FAILURE, str(error))

    def stop_named(self, call: Call, name: str) -> None:
        """End what `begin_on_answer` began under a name, or a recording of the call by its Sid."""
        if (task := self._awaiting.get((call.sid, name))) is not None:
            task.cancel()
        for live in self.under_way(call.sid):
            if name in (live.name, live.recording.sid):
                self.stop(live)

    def begin_conference(self, conference: Subject, desk: LegAudio, order: RecordingOrder) -> LiveRecording:
        """Record a conference from now on. desk: what its outbound track holds. Raises: RecordingError."""
        return self._begin(conference, desk, order, conference_sid=conference.record.sid)

    def _begin(
        self,
        subject: Subject,
        audio: LegAudio,
        order: RecordingOrder,
        *,
        call_sid: str | None = None,
        conference_sid: str | None = None,
    ) -> LiveRecording:
        now = self._ledger.now()
        recording = Recording(
            sid=new_sid("RE", self._chance),
            account_sid=subject.record.account_sid,
            call_sid=call_sid,
            source=order.source,
            status=RecordingStatus.IN_PROGRESS,
            created_at=now,
            updated_at=now,
            channels=_channels(order.plan),
            track=order.plan.track if conference_sid is None else RecordingTrack.BOTH,
            conference_sid=conference_sid,
            started_at=now,
        )
        try:
            taken = audio.record(self._files.new_path(recording), order.plan)
        except (OSError, MediaBusyError) as error:
            what = "call" if conference_sid is None else "conference"
            raise RecordingError(f"the {what} cannot be recorded: {error}") from error
        live = LiveRecording(recording, self._base_url() + path_of(recording), taken, order.name)
        subject.recording_began(recording)
        self._under_way.setdefault(subject.record.sid, []).append(live)
        self._write(recording)
        self._tell(subject, live, order)
        task = asyncio.create_task(self._finish(subject, live, order))
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)
        return live

    def under_way(self, sid: str) -> Sequence[LiveRecording]:
        """The recordings of a call or a conference that have not ended."""
        return tuple(self._under_way.get(sid, ()))

    def pause(self, live: LiveRecording, *, skip: bool) -> Recording:
        """Record nothing of what comes. skip: leave nothing in its place, else silence."""
        live.pause(skip=skip)
        return self._become(live, RecordingStatus.PAUSED)

    def resume(self, live: LiveRecording) -> Recording:
        """Record again what comes from now on."""
        live.resume()
        return self._become(live, RecordingStatus.IN_PROGRESS)

    def stop(self, live: LiveRecording) -> Recording:
        """End it; it becomes `completed` when its file is whole."""
        live.stop()
        return self._become(live, RecordingStatus.STOPPED)

    def _become(self, live: LiveRecording, status: RecordingStatus) -> Recording:
        live.recording = replace(live.recording, status=status, updated_at=self._ledger.now())
        self._write(live.recording)
        return live.recording

    def _forget(self, sid: str, live: LiveRecording) -> None:
        under_way = self._under_way[sid]
        under_way.remove(live)
        if not under_way:
            del self._under_way[sid]

    async def drain(self, timeout_s: float) -> None:
        """Wait until every recording of a call that has ended has its final record."""
        if self._finishing:
            await asyncio.wait(self._finishing, timeout=timeout_s)

    async def _finish(self, subject: Subject, live: LiveRecording, order: RecordingOrder) -> None:
        ended = await live.taken.whole
        self._forget(subject.record.sid, live)
        live.recording = _final(live.recording, ended, self._ledger)
        live.whole_s = round(ended.recorded_ms / 1000)
        if ended.failure is not None:
            text = _failure_text(live.recording, ended.failure)
            subject.note(INTERNAL_FAILURE, text)
            self._log_failure(live.recording, text)
        elif live.recording.error_code is not None:
            subject.note(live.recording.error_code, f"The recording {live.recording.sid} is empty")
        if live.recording.error_code is not None:
            await self._remove(live.recording)
        self._write(live.recording)
        live.ended.set()
        self._tell(subject, live, order)
        subject.recording_ended(live.recording, live.url)

    def _log_failure(self, recording: Recording, text: str) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._logged_failure_at < LOGGED_EVERY_S:
            self._failures_unlogged += 1
            return
        before, self._failures_unlogged = self._failures_unlogged, 0
        self._logged_failure_at = now
        log.error("recording.failed", recording_sid=recording.sid, text=text, others_before=before)

    async def _remove(self, recording: Recording) -> None:
        try:
            await self._files.remove(recording)
        except OSError as error:
            log.warning("recording.file_left", recording_sid=recording.sid, error=str(error))

    def _write(self, recording: Recording) -> None:
        try:
            self._recordings.post(recording)
        except StoreBusyError as error:
            log.error("recording.record_lost", recording_sid=recording.sid, error=str(error))

    def _tell(self, subject: Subject, live: LiveRecording, order: RecordingOrder) -> None:
        callback = order.callback
        if callback is None:
            return
        if event_of(live.recording) in callback.events:
            news = RecordingNews(
                callback.url, callback.method, live.recording, live.url, auth_token=order.auth_token
            )
            self._courier.send(subject.record, news)
        self._remember(live.recording, callback)

    def _remember(self, recording: Recording, callback: RecordingCallback) -> None:
        """While it lives the store knows who is told of its end, should this node not live to see it."""
        if recording.status.is_final:
            self._courier.forget(recording.sid)
            return
        self._courier.remember(
            Subscription(
                sid=recording.sid,
                account_sid=recording.account_sid,
                created_at=recording.created_at,
                url=callback.url,
                method=callback.method,
                events=callback.events,
            )
        )


def path_of(recording: Recording) -> str:
    """Where the API has a recording, without a suffix."""
    return f"/{API_VERSION}/Accounts/{recording.account_sid}/Recordings/{recording.sid}"


def event_of(recording: Recording) -> str:
    """Under which of a callback's events a recording is told as it is."""
    status = recording.status
    return (RecordingStatus.COMPLETED if status is RecordingStatus.FAILED else status).value


def _final(recording: Recording, ended: RecordingEnded, ledger: Ledger) -> Recording:
    recording = replace(recording, updated_at=ledger.now(), duration_s=round(ended.duration_ms / 1000))
    if ended.failure is not None and ended.duration_ms == 0:
        return replace(recording, status=RecordingStatus.FAILED, error_code=INTERNAL_FAILURE)
    if ended.duration_ms == 0:
        error_code = SILENT if ended.recorded_ms else TOO_SHORT
        return replace(recording, status=RecordingStatus.ABSENT, error_code=error_code)
    return replace(recording, status=RecordingStatus.COMPLETED)


def _failure_text(recording: Recording, failure: str) -> str:
    """failure: in the words of the media core, as "No space left on device"."""
    if recording.status is RecordingStatus.FAILED:
        return f"The recording {recording.sid} holds nothing, it could not be written: {failure}"
    return f"The recording {recording.sid} was cut off, {recording.duration_s} s of it are kept: {failure}"


def _channels(plan: RecordingPlan) -> int:
    is_dual = plan.track is RecordingTrack.BOTH and plan.channels is RecordingChannels.DUAL
    return 2 if is_dual else 1
