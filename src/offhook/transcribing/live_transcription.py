"""One real-time transcription: from the order to the last callback (reference/twiml 8.4, 11).

    the call is answered -> transcription-started -> content ... content -> transcription-stopped
    no recogniser ----------> transcription-error, and the call goes on
    an utterance is lost ---> transcription-error, and the transcription goes on

Each track has a hearing of its own. `SequenceId` rises over all events. Run by `transcriptions.py` as a task
of its own. Where the page is silent: an utterance without words is not told; what was said before the end is
told before `transcription-stopped`, if it is recognised within five seconds.
"""

import asyncio
import json
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from typing import Final

import structlog

from offhook.call.call import Call
from offhook.call.courier import Courier
from offhook.call.ledger import Ledger
from offhook.call.leg_tap import LegTap
from offhook.media.ports import MediaBusyError
from offhook.model.companion import CompanionRecord, CompanionStatus
from offhook.model.recording import RecordingTrack
from offhook.speech.ports import Heard, Hearing, Listening, RecognitionError, Recognizer
from offhook.transcribing.order import TranscriptionOrder
from offhook.webhook.ports import EventNews

log = structlog.get_logger("offhook.transcribing")

UNAVAILABLE: Final = 32653
"""There is nobody who recognises, or what was said could not be."""
LAST_WORDS_S: Final = 5.0

TRACKS: Final = {
    RecordingTrack.INBOUND: "inbound_track",
    RecordingTrack.OUTBOUND: "outbound_track",
    RecordingTrack.BOTH: "both_tracks",
}
HEARD: Final = {
    RecordingTrack.INBOUND: (RecordingTrack.INBOUND,),
    RecordingTrack.OUTBOUND: (RecordingTrack.OUTBOUND,),
    RecordingTrack.BOTH: (RecordingTrack.INBOUND, RecordingTrack.OUTBOUND),
}
_MARKS: Final = str.maketrans("", "", ".,!?;:")


@dataclass(frozen=True, slots=True)
class TranscriptionTools:
    """What every transcription works with."""

    recognizer: Recognizer
    courier: Courier
    ledger: Ledger


class LiveTranscription:
    """See the head of the file. `record` is as of now."""

    def __init__(
        self,
        call: Call,
        order: TranscriptionOrder,
        record: CompanionRecord,
        tools: TranscriptionTools,
    ) -> None:
        self.record = record
        self.order = order
        self._call = call
        self._tools = tools
        self._sequence = 0
        self._over = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or is to end at once: then it takes no track of the call's, and no name."""
        return self._over.is_set() or self.order.fault is not None

    def stop(self) -> CompanionRecord:
        """End it. Twice is once. As it is then."""
        if not self._over.is_set():
            self._over.set()
            now = self._tools.ledger.now()
            self.record = replace(self.record, status=CompanionStatus.STOPPED, updated_at=now)
        return self.record

    async def run(self) -> None:
        """Until it has ended. Whatever goes wrong ends this transcription and nothing else."""
        try:
            if self.order.fault is not None:
                self._fail(*self.order.fault)
            elif await _either(self._call.answered, self._over):
                await self._transcribe()
        finally:
            self.stop()
            log.info("transcription.ended", call_sid=self._call.sid, sid=self.record.sid)

    async def _transcribe(self) -> None:
        async with AsyncExitStack() as stack:
            try:
                hearings = {track: await self._listen(stack) for track in HEARD[self.order.track]}
                tap = stack.enter_context(self._call.leg.audio.tapping(self.order.track))
            except (RecognitionError, MediaBusyError) as error:
                self._fail(UNAVAILABLE, str(error))
                return
            for remark in next(iter(hearings.values())).remarks:
                self._call.note(UNAVAILABLE, f"The transcription is otherwise than asked for: {remark}")
            self._tell_started()
            taking = [
                asyncio.create_task(self._take(hearing, track), name="transcribing.words")
                for track, hearing in hearings.items()
            ]
            feeding = asyncio.create_task(_feed(tap, hearings), name="transcribing.feed")
            try:
                await self._over.wait()
                for hearing in hearings.values():
                    hearing.finish()
                await asyncio.wait(taking, timeout=LAST_WORDS_S)
            finally:
                for task in (feeding, *taking):
                    task.cancel()
                await asyncio.wait([feeding, *taking])
        self._tell("transcription-stopped")

    async def _listen(self, stack: AsyncExitStack) -> Hearing:
        order = self.order
        options = Listening(
            language=order.language,
            hints=order.hints,
            wants_partials=order.partial_results,
            profanity_filter=order.profanity_filter,
            model=order.model,
        )
        hearing = await self._tools.recognizer.listen(options)
        stack.callback(hearing.close)
        return hearing

    async def _take(self, hearing: Hearing, track: RecordingTrack) -> None:
        while True:
            try:
                event = await hearing.next()
            except RecognitionError as error:
                self._tell_error(UNAVAILABLE, str(error))
                continue
            if event is None:
                if not self._over.is_set():
                    self._fail(UNAVAILABLE, "the recogniser has ended: no more of a track is transcribed")
                return
            if isinstance(event, Heard) and event.text:
                self._tell_content(event, track)

    # What is told

    def _tell_started(self) -> None:
        order = self.order
        configuration = {
            "profanityFilter": str(order.profanity_filter).lower(),
            "speechModel": order.model,
            "enableAutomaticPunctuation": str(order.punctuation).lower(),
            "hints": ",".join(order.hints),
        }
        inbound, outbound = order.labels
        labels = (("InboundTrackLabel", inbound), ("OutboundTrackLabel", outbound))
        self._tell(
            "transcription-started",
            ("TranscriptionEngine", order.engine),
            ("ProviderConfiguration", json.dumps(configuration)),
            ("Name", self.record.name),
            ("Track", TRACKS[order.track]),
            *((name, label) for name, label in labels if label),
            ("PartialResults", str(order.partial_results).lower()),
            ("LanguageCode", order.language),
        )

    def _tell_content(self, heard: Heard, track: RecordingTrack) -> None:
        text = heard.text if self.order.punctuation else heard.text.translate(_MARKS)
        data: dict[str, object] = {"transcript": text}
        if heard.is_final and heard.confidence is not None:
            data["confidence"] = heard.confidence
        parameters = [
            ("LanguageCode", self.order.language),
            ("Track", TRACKS[track]),
            ("TranscriptionData", json.dumps(data)),
            ("Final", str(heard.is_final).lower()),
        ]
        if not heard.is_final:
            parameters.append(("Stability", f"{heard.stability or 0.0:g}"))
        if self.order.provider_data:
            name = self._tools.recognizer.name
            provider = {"engine": name, "startMs": heard.start_ms, "endMs": heard.end_ms}
            parameters.append(("TranscriptionProviderData", json.dumps(provider)))
        self._tell("transcription-content", *parameters)

    def _fail(self, code: int, why: str) -> None:
        self._call.note(code, f"The transcription {self.record.name} failed: {why}")
        self._tell_error(code, why)

    def _tell_error(self, code: int, why: str) -> None:
        self._tell("transcription-error", ("TranscriptionErrorCode", str(code)), ("TranscriptionError", why))

    def _tell(self, event: str, *parameters: tuple[str, str]) -> None:
        url = self.order.callback_url
        if url is None:
            return
        self._sequence += 1
        record = self.record
        common = (
            ("TranscriptionEvent", event),
            ("AccountSid", record.account_sid),
            ("CallSid", record.call_sid),
            ("TranscriptionSid", record.sid),
            ("Timestamp", self._tools.ledger.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")),
            ("SequenceId", str(self._sequence)),
        )
        news = EventNews(url, self.order.callback_method, (*common, *parameters), self.order.auth_token)
        self._tools.courier.tell(self._call.record, news, record.sid)


async def _either(wanted: asyncio.Event, instead: asyncio.Event) -> bool:
    """Wait for one of the two; whether it was the first."""
    waits = [asyncio.ensure_future(event.wait()) for event in (wanted, instead)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
    return wanted.is_set() and not instead.is_set()


async def _feed(tap: LegTap, hearings: dict[RecordingTrack, Hearing]) -> None:
    async for frame in tap:
        with suppress(KeyError):  # a track that nobody asked for
            hearings[frame.track].hear(frame.payload)
