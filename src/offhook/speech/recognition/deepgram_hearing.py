"""One caller listened to by Deepgram's streaming protocol, over as many connections as it takes.

    frames -> WebSocket -> Results (interim, final) -> words
    silence of the caller -> Finalize -> what is left of the utterance
    connection lost -> 0.25 s, 0.5 s, 1 s, 2 s -> the next one, and what has no words yet again

The node decides where an utterance begins and ends, so that `end_silence_ms` may be any; the service has the
words. It is connected while the caller hears the prompt: ten seconds of audio wait for that, and as much is
sent again when a connection is lost, so that a short loss costs no word. A service that stays away for five
tries, or ten seconds of them, or that does not want us, ends the hearing: what was being said is told as lost
(RecognitionError), and None follows. Made by `deepgram.py`; implements `ports.Hearing`.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import structlog

from offhook.speech.ports import (
    FRAME_BYTES,
    Heard,
    HearingEvent,
    Listening,
    RecognitionError,
    SpeechBegan,
    SpeechEnded,
)
from offhook.speech.recognition.endpointer import Endpointer, Turn
from offhook.speech.recognition.hearing import END_SILENCE_MS, agreement
from offhook.speech.recognition.news import HearingNews
from offhook.speech.recognition.profanity import masked
from offhook.speech.recognition.resending import FRAMES_MAX, Resending
from offhook.speech.recognition.voice_activity import VoiceActivity
from offhook.waiting.timeout import timeout

CONNECT_S: Final = 5.0
FINAL_S: Final = 5.0
"""How long the words may take once the service was told to finish them."""
PAUSES_S: Final = (0.25, 0.5, 1.0, 2.0)
"""Before the second try, the third ..."""
AWAY_S: Final = 10.0
"""How long words may be late because the service is away."""
FINALIZE: Final = json.dumps({"type": "Finalize"})
CLOSE: Final = json.dumps({"type": "CloseStream"})
LATER: Final = frozenset({408, 429})
"""Of the statuses below 500 those that may be others a moment later."""

Connect = Callable[[], Awaitable[aiohttp.ClientWebSocketResponse]]

log = structlog.get_logger(__name__)


class _LostError(Exception):
    """A connection that is no more, or never was; why, in a sentence's end.

    is_final: another try would end alike.
    """

    def __init__(self, why: str, *, is_final: bool = False) -> None:
        super().__init__(why)
        self.is_final = is_final


@dataclass
class _Utterance:
    start_ms: int
    end_ms: int = 0
    finals: list[tuple[str, float]] = field(default_factory=list)


class DeepgramHearing:
    """Implements `ports.Hearing`."""

    remarks: tuple[str, ...] = ()

    def __init__(
        self,
        connect: Connect,
        options: Listening,
        forget: Callable[["DeepgramHearing"], None],
        is_voice: Callable[[bytes], bool] | None = None,
    ) -> None:
        """connect: opens another WebSocket. forget: told when it is closed."""
        self._connect = connect
        self._options = options
        self._forget = forget
        self._is_voice = is_voice or VoiceActivity().is_voice
        self._endpointer = Endpointer(options.end_silence_ms or END_SILENCE_MS)
        self._outbox = Resending()
        self._posted, self._taken = asyncio.Event(), asyncio.Event()
        self._utterance: _Utterance | None = None
        self._ended: deque[_Utterance] = deque()
        """Utterances whose last words are on their way."""
        self._partial = ""
        self._news = HearingNews(self.close)
        self._is_finished = False
        self._tries = 0
        """Connections since there were words, the one that is open included."""
        self._away_since: float | None = None
        """When the first of them was lost."""
        self._loop = asyncio.get_running_loop()
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
            self._news.tell(SpeechBegan(self._endpointer.start_ms))
        self._post(ulaw)
        if turn is Turn.ENDED:
            self._end_utterance()
        elif self._oldest is None:
            self._outbox.rest()

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
        self._is_finished = True
        self._worker.cancel()
        self._news.drop()
        self._forget(self)

    async def end(self) -> None:
        """Close it, and wait until its connection is gone."""
        self.close()
        await asyncio.wait([self._worker])

    async def has_room(self) -> None:
        """Wait until what was heard so far is on its way, or is not needed any more."""
        while self._outbox.waiting_frames > FRAMES_MAX // 2 and not self._news.is_over:
            self._taken.clear()
            await self._taken.wait()

    def _end_utterance(self) -> None:
        utterance, self._utterance = self._utterance, None
        if utterance is None:
            return
        utterance.end_ms = self._endpointer.end_ms
        self._news.tell(SpeechEnded(utterance.end_ms))
        self._ended.append(utterance)
        self._post(FINALIZE)

    def _post(self, item: bytes | str) -> None:
        self._outbox.post(item)
        self._posted.set()

    # The connections

    async def next(self) -> HearingEvent | None:
        """What happened next. Raises: RecognitionError."""
        return await self._news.next()

    async def _run(self) -> None:
        try:
            while (lost := await self._listen_once()) is not None:
                await self._pause(lost)
                self._outbox.rewind()
                self._partial = ""
        except _LostError as lost:
            self._news.tell(RecognitionError(f"the speech service {lost}"))
        finally:
            self._is_finished = True
            self._news.end()
            self._taken.set()

    async def _pause(self, lost: _LostError) -> None:
        """Wait for the next try. Raises: _LostError when there is none."""
        if self._away_since is None:
            self._away_since = self._loop.time()
        away_s = self._loop.time() - self._away_since
        if lost.is_final or self._tries > len(PAUSES_S) or away_s >= AWAY_S:
            log.warning("speech.service_lost", why=str(lost), tries=self._tries, away_s=round(away_s, 1))
            raise lost
        log.info("speech.service_away", why=str(lost), tries=self._tries)
        await asyncio.sleep(PAUSES_S[self._tries - 1])

    async def _listen_once(self) -> _LostError | None:
        """From the opening of a connection to its end: None when that was asked for, else why."""
        self._tries += 1
        try:
            socket = await self._open()
        except _LostError as lost:
            return lost
        opened_at = self._loop.time()
        sending = asyncio.create_task(self._send(socket), name="speech-deepgram-send")
        try:
            await self._receive(socket)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return _LostError(f"was lost: {str(error) or 'it needed too long'}")
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            await socket.close()
            if self._loop.time() - opened_at >= AWAY_S:  # it worked, though nobody spoke
                self._tries, self._away_since = 1, None
        if self._ended or not self._is_finished:
            return _LostError(f"closed the connection ({socket.close_code})")
        return None

    async def _open(self) -> aiohttp.ClientWebSocketResponse:
        try:
            async with timeout(CONNECT_S):
                return await self._connect()
        except aiohttp.WSServerHandshakeError as error:
            is_final = 400 <= error.status < 500 and error.status not in LATER
            raise _LostError(f"cannot be reached: {error}", is_final=is_final) from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _LostError(f"cannot be reached: {str(error) or 'it needed too long'}") from error

    async def _send(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            while True:
                while (message := self._outbox.take()) is None:
                    self._posted.clear()
                    await self._posted.wait()
                self._taken.set()
                if isinstance(message, bytes):
                    await socket.send_bytes(message)
                else:
                    await socket.send_str(message)
        except (aiohttp.ClientError, OSError) as error:
            log.debug("speech.send_failed", error=str(error))  # who receives is told so, too

    async def _receive(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            async with timeout(FINAL_S if self._ended else None) as patience:
                message = await socket.receive()
                while message.type is aiohttp.WSMsgType.BINARY:
                    message = await socket.receive()
                patience.reschedule(None)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            self._handle(message.data)

    # What is understood

    def _handle(self, text: str) -> None:
        try:
            message = json.loads(text)
            if message.get("type") != "Results":
                return
            best = message["channel"]["alternatives"][0]
            words, confidence = str(best["transcript"]).strip(), float(best.get("confidence", 0.0))
            answered_ms = _covered_ms(message)
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
            return  # a message of another version
        self._tries, self._away_since = 1, None
        if message.get("is_final"):
            self._take_final(words, confidence, answered_ms, ends=bool(message.get("from_finalize")))
        elif words and self._options.wants_partials and (utterance := self._oldest) is not None:
            stability, self._partial = agreement(self._partial, words), words
            said = self._shown([*utterance.finals, (words, confidence)])
            self._news.tell(Heard(said, None, False, stability, utterance.start_ms, self._endpointer.end_ms))

    @property
    def _oldest(self) -> _Utterance | None:
        """The utterance whose words come next."""
        return self._ended[0] if self._ended else self._utterance

    def _take_final(self, words: str, confidence: float, answered_ms: int | None, *, ends: bool) -> None:
        self._partial = ""
        self._outbox.answered(answered_ms)
        if ends:
            self._outbox.finished()
        if (utterance := self._oldest) is not None:
            if words:
                utterance.finals.append((words, confidence))
            if ends and self._ended:
                self._tell_final(self._ended.popleft())
        if self._oldest is None:
            self._outbox.rest()

    def _tell_final(self, utterance: _Utterance) -> None:
        finals = utterance.finals
        confidence = sum(each for _, each in finals) / len(finals) if finals else 0.0
        start_ms, end_ms = utterance.start_ms, utterance.end_ms
        self._news.tell(Heard(self._shown(finals), confidence, True, None, start_ms, end_ms))

    def _shown(self, finals: list[tuple[str, float]]) -> str:
        text = " ".join(words for words, _ in finals)
        return masked(text) if self._options.profanity_filter else text


def _covered_ms(message: dict[str, Any]) -> int | None:
    """How far into its connection's audio a result reaches; None where it does not say so.

    Raises: ValueError, TypeError, OverflowError.
    """
    if "start" not in message or "duration" not in message:
        return None
    return round((float(message["start"]) + float(message["duration"])) * 1000)
