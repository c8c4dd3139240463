"""The embedded recogniser: Whisper in a child process that is kept alive, one for all calls.

Made by the roof; used through `speech/ports.py`. One owner task asks the child, one piece of speech after
another, from a bounded queue in which each caller has one piece at most: who speaks long delays nobody by
more than that. A child that crashes or hangs is replaced and asked the same once more, so that a caller does
not notice; a second time the piece is lost. Partial results are made while nothing else is to be done.
"""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

import structlog

from offhook.speech.ports import Heard, Hearing, Listening, RecognitionError
from offhook.speech.recognition.child import ListenerChild, ListenerLostError
from offhook.speech.recognition.frame import Piece, Words
from offhook.speech.recognition.hearing import PieceHearing
from offhook.speech.recognition.settings import Settings
from offhook.speech.recognition.whole import heard_whole
from offhook.waiting.timeout import timeout

logger = structlog.get_logger(__name__)

TRIES: Final = 2
"""How often a piece is put to the engine, should its process be lost."""


@dataclass(frozen=True, slots=True)
class _Request:
    piece: Piece
    answer: asyncio.Future[Words]


class WhisperRecognizer:
    """Implements `ports.Recognizer`. Open from construction to `close`, which its owner must call."""

    name = "whisper"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._requests: deque[_Request] = deque()
        self._wanted = asyncio.Event()
        self._child: ListenerChild | None = None
        self._owner: asyncio.Task[None] | None = None
        self._hearings: set[PieceHearing] = set()
        self._is_busy = False
        self._closed = False
        self._is_multilingual = settings.model is not None
        """Of another model than ours that is known once it is loaded."""

    async def listen(self, options: Listening) -> Hearing:
        """Begin to listen to somebody; the engine starts, should it not run. Raises: RecognitionError."""
        if self._closed:
            raise RecognitionError("the recogniser is closed")
        self._start()
        hearing = PieceHearing(self, options, self._remarks(options), self._hearings.discard)
        self._hearings.add(hearing)
        return hearing

    def _remarks(self, options: Listening) -> tuple[str, ...]:
        language = options.language
        if self._is_multilingual or language.lower().split("-")[0] == "en":
            return ()
        return (f"the embedded recogniser knows English alone: {language} is heard as en-US",)

    @property
    def waiting(self) -> int:
        """Pieces that wait, the one that the engine has included."""
        return self._is_busy + len(self._requests)

    async def recognise(self, piece: Piece) -> Words:
        """The words of a piece.

        Raises: RecognitionError when the queue is full, the engine fails twice or needs longer than its
        timeout.
        """
        if self._closed:
            raise RecognitionError("the recogniser is closed")
        if len(self._requests) >= self._settings.queue_size:
            raise RecognitionError(f"{self._settings.queue_size} callers wait for the recogniser already")
        self._start()
        request = _Request(piece, asyncio.get_running_loop().create_future())
        self._requests.append(request)
        self._wanted.set()
        try:
            async with timeout(self._settings.timeout_s):
                return await request.answer
        except TimeoutError as error:
            raise RecognitionError(f"not recognised within {self._settings.timeout_s:g} s") from error

    async def transcribe(self, samples: bytes, options: Listening) -> Heard:
        """All that is said in a recording. Raises: RecognitionError."""
        return await heard_whole(self, samples, options)

    async def close(self) -> None:
        """End the child and every hearing. Twice is once."""
        self._closed = True
        for hearing in tuple(self._hearings):
            hearing.close()
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.cancel()
            await asyncio.wait([owner])
        while self._requests:
            _fail(self._requests.popleft(), "the recogniser was closed")

    def _start(self) -> None:
        if self._owner is None or self._owner.done():
            self._owner = asyncio.create_task(self._answer_requests(), name="speech-whisper")

    async def _answer_requests(self) -> None:
        """The owner task: alone with the child until it is cancelled."""
        try:
            await self._warm_up()
            while True:
                while not self._requests:
                    self._wanted.clear()
                    await self._wanted.wait()
                request = self._requests.popleft()
                # The caller may have hung up or lost patience while the piece waited.
                if not request.answer.done():
                    self._is_busy = True
                    await self._answer(request)
                    self._is_busy = False
        finally:
            await self._end_child()

    async def _warm_up(self) -> None:
        """Load the model while the first caller hears the prompt."""
        try:
            await self._running()
        except ListenerLostError as error:
            logger.warning("recognizer.lost", reason=str(error))  # and who asks first tries again

    async def _running(self) -> ListenerChild:
        if self._child is None:
            command = self._settings.command
            if self._settings.model is not None:
                command = (*command, str(self._settings.model))
            self._child = await ListenerChild.start(command, self._settings.start_timeout_s)
            self._is_multilingual = self._child.ready.is_multilingual
            logger.info("recognizer.started", multilingual=self._is_multilingual)
        return self._child

    async def _answer(self, request: _Request) -> None:
        why = "the recogniser was closed"
        try:
            for _ in range(TRIES):
                if request.answer.done():
                    return  # nobody waits any more
                try:
                    words = await (await self._running()).recognise(request.piece, self._settings.timeout_s)
                except ListenerLostError as error:
                    why = str(error)
                    logger.warning("recognizer.lost", reason=why)
                    await self._end_child()
                    continue
                if not request.answer.done():
                    request.answer.set_result(words)
                return
        finally:
            _fail(request, why)

    async def _end_child(self) -> None:
        if self._child is not None:
            await self._child.end()  # and once more, should this be cancelled
            self._child = None


def _fail(request: _Request, why: str) -> None:
    """Answer with an error, unless it was answered or nobody waits."""
    if not request.answer.done():
        request.answer.set_exception(RecognitionError(why))
