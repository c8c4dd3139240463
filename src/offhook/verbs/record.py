"""`<Record>`: record the caller, then ask the application (reference/twiml 5). Called by `verbs/runner.py`.

After the beep the recording runs until a key of `finishOnKey`, `timeout` seconds of silence, `maxLength`,
the end of the recording itself (stopped over the API, or a disk without room), or the caller's end. The
action is asked in each case, of a caller who has gone with `Digits=hangup`; but where nothing was recorded of
one who is still there it is not, and the next verb runs (Twilio's page of `<Record>`, "action"; of a caller
who has gone it says nothing, and the application learns here that it has).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Final

from offhook.media.ports import RecordingPlan
from offhook.model.recording import RecordingSource, RecordingStatus
from offhook.recording.recorder import LiveRecording, RecordingError, RecordingOrder
from offhook.recording.transcriber import TranscribeOrder
from offhook.twiml.verbs.record import Record
from offhook.verbs.program import DocumentError, LastWord, Program
from offhook.verbs.verb import Flow, GoTo, Needs, Next

FAILED: Final = 12400
HANGUP: Final = "hangup"


class RunRecord:
    """Records, and goes to the action; on with the document where nobody said anything."""

    needs: ClassVar = Needs.MEDIA

    async def run(self, verb: Record, program: Program) -> Next:
        """Raises: DocumentError 12400 when no recording can be made."""
        audio = program.call.leg.audio
        with audio.collecting() as keys:
            if verb.play_beep:
                await audio.play(program.voice.beep())
            live = self._begin(verb, program)
            if verb.transcribe:
                url = program.resolve(verb.transcribe_url) if verb.transcribe_url else None
                program.transcriber.begin(program.call, live, TranscribeOrder(program.auth_token, url))
            try:
                digits = await _until_over(verb, program, live, keys.next)
            except asyncio.CancelledError:
                live.stop()
                program.last_words.append(LastWord(_next(verb, program, live, HANGUP)))
                raise
        await live.finish()
        if live.recording.status in (RecordingStatus.ABSENT, RecordingStatus.FAILED):
            return Flow.CONTINUE  # there is no recording that the action could be told of
        return _next(verb, program, live, digits)

    @staticmethod
    def _begin(verb: Record, program: Program) -> LiveRecording:
        plan = RecordingPlan(trims_silence=verb.trim)
        callback = program.recording_callback(verb.callback)
        order = RecordingOrder(RecordingSource.RECORD_VERB, program.auth_token, plan, callback)
        try:
            return program.recorder.begin(program.call, order)
        except RecordingError as error:
            raise DocumentError(FAILED, str(error)) from error


async def _until_over(
    verb: Record, program: Program, live: LiveRecording, next_key: Callable[[], Awaitable[str]]
) -> str:
    """Wait for what ends the recording, or for its end; the key that did it, "" for all else."""
    audio = program.call.leg.audio
    key = asyncio.ensure_future(_finishing_key(verb.finish_on_key, next_key))
    # Whoever speaks on where nothing is recorded any more speaks to nobody.
    waiting: list[asyncio.Future[Any]] = [key, asyncio.ensure_future(live.ended.wait())]
    if verb.timeout_s:
        waiting.append(asyncio.ensure_future(audio.silence(verb.timeout_s)))
    try:
        await asyncio.wait(waiting, timeout=verb.max_length_s, return_when=asyncio.FIRST_COMPLETED)
        return key.result() if key.done() else ""
    finally:
        for each in waiting:
            each.cancel()
        await asyncio.wait(waiting)


async def _finishing_key(keys: str, next_key: Callable[[], Awaitable[str]]) -> str:
    while (key := await next_key()) not in keys:
        pass  # `finishOnKey` leaves it to the caller's voice mail
    return key


def _next(verb: Record, program: Program, live: LiveRecording, digits: str) -> GoTo:
    results = [
        ("RecordingUrl", live.url),
        ("RecordingSid", live.recording.sid),
        ("RecordingDuration", str(live.recorded_s)),
        ("Digits", digits),
    ]
    return GoTo(program.resolve(verb.action), verb.method, tuple(results))
