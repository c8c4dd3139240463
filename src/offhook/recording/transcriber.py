"""Transcribes recordings that `<Record transcribe>` asks for: once the file is whole, beside everything else.

    the file is whole -> 2 s < duration <= 120 s -> its words -> the record -> transcribeCallback
                      -> shorter, longer: noted (13617), nothing is told
                      -> absent, failed: nothing
                      -> no words to be had: `failed`, noted (13620) and told

Called by verbs; made once by the roof. Source: reference/twiml 5, rest-api 3.4. Ours: the record is written
when the text is there.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from offhook.base.ids import Chance, new_sid
from offhook.base.redact import Secret
from offhook.call.call import Call
from offhook.call.courier import Courier
from offhook.call.ledger import Ledger
from offhook.model.recording import Recording, RecordingStatus
from offhook.model.sip_domain import API_VERSION
from offhook.model.transcription import Transcription, TranscriptionStatus
from offhook.recording.recorder import LiveRecording
from offhook.recording.wav import OUR_RATE_HZ, SAMPLE_BYTES, WavError, read_wav
from offhook.speech.ports import Listening, RecognitionError, Recognizer
from offhook.store.ports import RecordingFiles, StoreBusyError, Transcriptions
from offhook.webhook.ports import EventNews

log = structlog.get_logger("offhook.recording")

SHORTEST_S: Final = 2
LONGEST_S: Final = 120
WRONG_LENGTH: Final = 13617
NOT_AVAILABLE: Final = 13620
AT_ONCE: Final = 4
"""Recordings that are transcribed at the same time; the others wait."""


@dataclass(frozen=True, slots=True)
class TranscribeOrder:
    """Who hears what was said."""

    auth_token: Secret
    """Signs the callback."""
    url: str | None = None
    """Absolute; None is nobody."""


class Transcriber:
    """The transcriptions that this node makes."""

    def __init__(
        self,
        transcriptions: Transcriptions,
        files: RecordingFiles,
        recognizer: Recognizer,
        ledger: Ledger,
        courier: Courier,
        *,
        chance: Chance,
        base_url: Callable[[], str],
    ) -> None:
        """base_url: where the API is, by the time a transcription is told."""
        self._transcriptions = transcriptions
        self._files = files
        self._recognizer = recognizer
        self._ledger = ledger
        self._courier = courier
        self._chance = chance
        self._base_url = base_url
        self._places = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, call: Call, live: LiveRecording, order: TranscribeOrder) -> None:
        """Transcribe a recording once its file is whole."""
        task = asyncio.create_task(self._transcribe(call, live, order), name="recording.transcribe")
        self._tasks.add(task)
        task.add_done_callback(self._handle_end)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _handle_end(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("recording.transcription_failed", exc_info=error)

    async def _transcribe(self, call: Call, live: LiveRecording, order: TranscribeOrder) -> None:
        await live.ended.wait()
        recording = live.recording
        if recording.status is not RecordingStatus.COMPLETED:
            return
        seconds = recording.duration_s or 0
        if not SHORTEST_S < seconds <= LONGEST_S:
            allowed = f"more than {SHORTEST_S} and at most {LONGEST_S} s are transcribed"
            call.note(WRONG_LENGTH, f"The recording {recording.sid} has {seconds} s: {allowed}")
            return
        async with self._places:
            try:
                text = await self._text(recording)
                status = TranscriptionStatus.COMPLETED
            except (RecognitionError, WavError, OSError) as error:
                call.note(NOT_AVAILABLE, f"The recording {recording.sid} was not transcribed: {error}")
                text, status = "", TranscriptionStatus.FAILED
        await self._write_and_tell(call, live, order, text, status)

    async def _text(self, recording: Recording) -> str:
        """Raises: RecognitionError, WavError, OSError."""
        file = await self._files.open(recording)
        if file is None:
            raise WavError("its file is gone")
        with file:
            audio = read_wav(file)
            if audio.rate_hz != OUR_RATE_HZ or audio.channels != 1:
                raise WavError("it is not one channel of 8000 Hz")
            file.seek(audio.start)
            samples = file.read(min(audio.data_bytes, (LONGEST_S + 1) * OUR_RATE_HZ * SAMPLE_BYTES))
        heard = await self._recognizer.transcribe(samples, Listening(profanity_filter=False))
        return heard.text

    async def _write_and_tell(
        self,
        call: Call,
        live: LiveRecording,
        order: TranscribeOrder,
        text: str,
        status: TranscriptionStatus,
    ) -> None:
        recording, now = live.recording, self._ledger.now()
        made = Transcription(
            sid=new_sid("TR", self._chance),
            account_sid=recording.account_sid,
            recording_sid=recording.sid,
            status=status,
            text=text,
            duration_s=recording.duration_s or 0,
            created_at=now,
            updated_at=now,
        )
        try:
            await self._transcriptions.insert(made)
        except StoreBusyError as error:
            log.error("recording.transcription_lost", recording_sid=recording.sid, error=str(error))
        if order.url is None:
            return
        account = f"{self._base_url()}/{API_VERSION}/Accounts/{made.account_sid}"
        own = (
            ("TranscriptionSid", made.sid),
            ("TranscriptionText", text),
            ("TranscriptionStatus", status.value),
            ("TranscriptionType", "fast"),
            ("TranscriptionUrl", f"{account}/Recordings/{recording.sid}/Transcriptions/{made.sid}"),
            ("RecordingSid", recording.sid),
            ("RecordingUrl", live.url),
        )
        self._courier.send(call.record, EventNews(order.url, "POST", own, order.auth_token, call.record))
