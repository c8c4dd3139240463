"""Closes the recordings that the death of the node cut: what was captured is kept, and told as it is.

Run by the roof at start, before the calls left open are closed. Source: reference/rest-api 3.4.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from offhook.call.ledger import Ledger
from offhook.model.call import Call
from offhook.model.recording import Recording, RecordingStatus
from offhook.recording.recorder import INTERNAL_FAILURE, TOO_SHORT
from offhook.recording.wav import WavError, mend
from offhook.store.ports import RecordingFiles, Store

log = structlog.get_logger("offhook.recording")

PAGE: Final = 100
"""How many are held in memory at once."""


async def close_left_open(store: Store, files: RecordingFiles, ledger: Ledger, now: datetime) -> int:
    """Give each recording that is still being made its final record, and its file a true header; how many.

    `completed` with the length of the file; `absent`, without a file and with a notification 16101, when
    nothing was captured; `failed` when the file cannot be read or is not ours: it stays where it is, and the
    log and a notification 12400 say why. Its call lived at least as long as the recording holds: a call left
    open is written down as heard of then, so that it is not closed as of before.
    Raises: StoreBusyError.
    """
    closed = 0
    while page := await store.recordings.left_open(PAGE):
        for recording in page:
            final, captured_s, why = await _final(recording, files, now)
            call = await _hear_of_call(store, recording, captured_s)
            if final.status is RecordingStatus.ABSENT:
                await _remove(final, files)
            if final.error_code is not None and call is not None:
                ledger.note(call, final.error_code, why)
            store.recordings.post(final)
        await store.flushed()
        closed += len(page)
    return closed


async def _final(recording: Recording, files: RecordingFiles, now: datetime) -> tuple[Recording, float, str]:
    """The record, how many seconds it holds, and why it holds nothing."""
    recording = replace(recording, updated_at=now)
    try:
        captured_s = await _captured_s(recording, files)
    except (WavError, OSError) as error:
        log.error("recording.unreadable", recording_sid=recording.sid, file=recording.file, error=str(error))
        failed = replace(recording, status=RecordingStatus.FAILED, duration_s=0, error_code=INTERNAL_FAILURE)
        return failed, 0.0, f"The file of the recording {recording.sid} cannot be read: {error}"
    if captured_s == 0:
        absent = replace(recording, status=RecordingStatus.ABSENT, duration_s=0, error_code=TOO_SHORT)
        return absent, 0.0, f"The recording {recording.sid} is empty"
    return replace(recording, status=RecordingStatus.COMPLETED, duration_s=round(captured_s)), captured_s, ""


async def _captured_s(recording: Recording, files: RecordingFiles) -> float:
    file = await files.open_to_mend(recording)
    if file is None:
        return 0.0
    with file:
        return await asyncio.to_thread(mend, file, recording.channels)


async def _remove(recording: Recording, files: RecordingFiles) -> None:
    try:
        await files.remove(recording)
    except OSError as error:
        log.warning("recording.file_left", recording_sid=recording.sid, error=str(error))


async def _hear_of_call(store: Store, recording: Recording, captured_s: float) -> Call | None:
    if recording.call_sid is None:
        return None
    heard = (recording.started_at or recording.created_at) + timedelta(seconds=captured_s)
    call = await store.calls.fetch(recording.account_sid, recording.call_sid)
    if call is not None and not call.status.is_final and call.updated_at < heard:
        store.calls.post(replace(call, updated_at=heard))
    return call
