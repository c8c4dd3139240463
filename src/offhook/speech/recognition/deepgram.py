"""A recogniser over the network: Deepgram's streaming protocol, one WebSocket for each caller.

    frames -> WebSocket -> Results (interim, final) -> words
    silence of the caller -> Finalize -> what is left of the utterance

The node decides where an utterance begins and ends, so that `end_silence_ms` may be any; the service has the
words. It is connected while the caller hears the prompt: ten seconds of audio wait for that. A connection
that is lost costs the utterance that it had, and ends the hearing. Whoever speaks this protocol can be named
by `asr_url`. Source: https://developers.deepgram.com/docs/live-streaming-audio (read 2026-11).
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp

from offhook.base.redact import Secret
from offhook.speech.ports import (
    FRAME_BYTES,
    Heard,
    Hearing,
    HearingEvent,
    Listening,
    RecognitionError,
    SpeechBegan,
    SpeechEnded,
)
from offhook.speech.recognition.endpointer import Endpointer, Turn
from offhook.speech.recognition.hearing import END_SILENCE_MS, EVENTS_MAX, agreement
from offhook.speech.recognition.profanity import masked
from offhook.speech.recognition.voice_activity import VoiceActivity
from offhook.speech.recognition.whole import heard_whole

URL: Final = "wss://api.deepgram.com/v1/listen"
MODEL: Final = "nova-3"
PREFIX: Final = "deepgram_"
"""Of Twilio's names of Deepgram's models."""
HINTS_MAX: Final = 100
WAITING_MAX: Final = 500
"""Frames that wait to be sent: ten seconds; the oldest is lost."""
FRAMES_A_MESSAGE: Final = 5
CONNECT_S: Final = 5.0
FINAL_S: Final = 5.0
"""How long the words may take once the service was told to finish them."""
MESSAGE_MAX: Final = 1 << 20
FINALIZE: Final = json.dumps({"type": "Finalize"})
CLOSE: Final = json.dumps({"type": "CloseStream"})


@dataclass
class _Utterance:
    start_ms: int
    end_ms: int = 0
    finals: list[tuple[str, float]] = field(default_factory=list)


class DeepgramRecognizer:
    """Implements `ports.Recognizer`."""

    name = "deepgram"

    def __init__(self, url: str | None, key: Secret | None, model: str | None) -> None:
        """url: of the service; None is Deepgram's own. Raises: ValueError without a key for that."""
        if key is None and url is None:
            raise ValueError("asr_key: the key of the service is missing")
        self._url = url or URL
        self._key = key
        self._model = model or MODEL
        self._session: aiohttp.ClientSession | None = None
        self._hearings: set[DeepgramHearing] = set()
        self._closed = False

    async def listen(self, options: Listening) -> Hearing:
        """Begin to listen; it is connected meanwhile. Raises: RecognitionError."""
        if self._closed:
            raise RecognitionError("the recogniser is closed")
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        headers = {} if self._key is None else {"Authorization": f"Token {self._key.reveal()}"}
        opening = self._session.ws_connect(
            f"{self._url}?{urlencode(self._query(options))}", headers=headers, max_msg_size=MESSAGE_MAX
        )
        hearing = DeepgramHearing(opening, options, self._hearings.discard)
        self._hearings.add(hearing)
        return hearing

    def _query(self, options: Listening) -> list[tuple[str, str]]:
        model = options.model.removeprefix(PREFIX) if options.model.startswith(PREFIX) else self._model
        hint = "keyterm" if model.startswith("nova-3") else "keywords"
        return [
            ("model", model),
            ("language", options.language),
            ("encoding", "mulaw"),
            ("sample_rate", "8000"),
            ("interim_results", str(options.wants_partials).lower()),
            ("endpointing", "false"),
            ("punctuate", "true"),
            ("smart_format", "true"),
            ("profanity_filter", str(options.profanity_filter).lower()),
            *((hint, each) for each in options.hints[:HINTS_MAX]),
        ]

    async def transcribe(self, samples: bytes, options: Listening) -> Heard:
        """All that is said in a recording. Raises: RecognitionError."""
        return await heard_whole(self, samples, options)

    async def close(self) -> None:
        """End every hearing and connection."""
        self._closed = True
        for hearing in tuple(self._hearings):
            await hearing.end()
        if self._session is not None:
            await self._session.close()


class DeepgramHearing:
    """Implements `ports.Hearing`."""

    remarks: tuple[str, ...] = ()

    def __init__(
        self,
        opening: Any,
        options: Listening,
        forget: Callable[["DeepgramHearing"], None],
        is_voice: Callable[[bytes], bool] | None = None,
    ) -> None:
        """opening: what gives the WebSocket. forget: told when it is closed."""
        self._opening = opening
        self._options = options
        self._forget = forget
        self._is_voice = is_voice or VoiceActivity().is_voice
        self._endpointer = Endpointer(options.end_silence_ms or END_SILENCE_MS)
        self._outbox: deque[bytes | str] = deque()
        self._sending = asyncio.Event()
        self._utterance: _Utterance | None = None
        self._ended: deque[_Utterance] = deque()
        """Utterances whose last words are on their way."""
        self._partial = ""
        self._events: deque[HearingEvent | RecognitionError] = deque()
        self._news = asyncio.Event()
        self._is_finished = self._is_over = False
        self._worker = asyncio.create_task(self._run(), name="speech-deepgram")

    # What is heard

    def hear(self, ulaw: bytes) -> None:
        """Take the next frame."""
        if self._is_finished:
            return
        if len(ulaw) != FRAME_BYTES:
            raise ValueError(f"a frame of {len(ulaw)} bytes")
        turn = self._endpointer.hear(is_voice=self._is_voice(ulaw))
        if turn is Turn.BEGAN:
            self._utterance = _Utterance(self._endpointer.start_ms)
            self._tell(SpeechBegan(self._endpointer.start_ms))
        self._post(ulaw)
        if turn is Turn.ENDED:
            self._end_utterance()

    def finish(self) -> None:
        """No more audio comes."""
        if self._is_finished:
            return
        self._is_finished = True
        self._endpointer.finish()
        self._end_utterance()
        self._post(CLOSE)

    def close(self) -> None:
        """Stop listening."""
        self._is_finished = self._is_over = True
        self._worker.cancel()
        self._events.clear()
        self._news.set()
        self._forget(self)

    async def end(self) -> None:
        """Close it, and wait until its connection is gone."""
        self.close()
        await asyncio.wait([self._worker])

    def _end_utterance(self) -> None:
        utterance, self._utterance = self._utterance, None
        if utterance is None:
            return
        utterance.end_ms = self._endpointer.end_ms
        self._tell(SpeechEnded(utterance.end_ms))
        self._ended.append(utterance)
        self._post(FINALIZE)

    def _post(self, item: bytes | str) -> None:
        if len(self._outbox) >= WAITING_MAX:
            self._outbox.popleft()
        self._outbox.append(item)
        self._sending.set()

    # What is understood

    async def next(self) -> HearingEvent | None:
        """What happened next. Raises: RecognitionError."""
        while not self._events:
            if self._is_over:
                return None
            self._news.clear()
            await self._news.wait()
        event = self._events.popleft()
        if isinstance(event, RecognitionError):
            raise event
        return event

    def _tell(self, event: HearingEvent | RecognitionError) -> None:
        if len(self._events) >= EVENTS_MAX:
            self.close()
            return
        self._events.append(event)
        self._news.set()

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(CONNECT_S):
                socket: aiohttp.ClientWebSocketResponse = await self._opening
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            self._lose(f"the speech service cannot be reached: {str(error) or 'it needed too long'}")
            return
        sending = asyncio.create_task(self._send(socket), name="speech-deepgram-send")
        try:
            await self._receive(socket)
            if self._ended or not self._is_finished:
                self._lose(f"the speech service closed the connection ({socket.close_code})")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            self._lose(f"the speech service was lost: {str(error) or 'it needed too long'}")
        finally:
            sending.cancel()
            await socket.close()
            self._is_over = self._is_finished = True
            self._news.set()

    def _lose(self, why: str) -> None:
        self._tell(RecognitionError(why))
        self._ended.clear()
        self._utterance = None
        self._is_over = self._is_finished = True
        self._news.set()

    async def _send(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            while not self._outbox:
                self._sending.clear()
                await self._sending.wait()
            frames: list[bytes] = []
            while self._outbox and len(frames) < FRAMES_A_MESSAGE and isinstance(self._outbox[0], bytes):
                frames.append(self._outbox.popleft())  # type: ignore[arg-type]
            if frames:
                await socket.send_bytes(b"".join(frames))
            else:
                await socket.send_str(str(self._outbox.popleft()))

    async def _receive(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            async with asyncio.timeout(FINAL_S if self._ended else None) as patience:
                message = await socket.receive()
                while message.type is aiohttp.WSMsgType.BINARY:
                    message = await socket.receive()
                patience.reschedule(None)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            self._handle(message.data)

    def _handle(self, text: str) -> None:
        try:
            message = json.loads(text)
            if message.get("type") != "Results":
                return
            best = message["channel"]["alternatives"][0]
            words, confidence = str(best["transcript"]).strip(), float(best.get("confidence", 0.0))
        except (ValueError, LookupError, TypeError, AttributeError):
            return  # a message of another version
        utterance = self._ended[0] if self._ended else self._utterance
        if utterance is None:
            return
        if message.get("is_final"):
            self._partial = ""
            if words:
                utterance.finals.append((words, confidence))
            if message.get("from_finalize") and self._ended:
                self._tell_final(self._ended.popleft())
        elif words and self._options.wants_partials:
            stability, self._partial = agreement(self._partial, words), words
            said = self._shown([*utterance.finals, (words, confidence)])
            self._tell(Heard(said, None, False, stability, utterance.start_ms, self._endpointer.end_ms))

    def _tell_final(self, utterance: _Utterance) -> None:
        finals = utterance.finals
        confidence = sum(each for _, each in finals) / len(finals) if finals else 0.0
        self._tell(Heard(self._shown(finals), confidence, True, None, utterance.start_ms, utterance.end_ms))

    def _shown(self, finals: list[tuple[str, float]]) -> str:
        text = " ".join(words for words, _ in finals)
        return masked(text) if self._options.profanity_filter else text
