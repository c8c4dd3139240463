"""The embedded voice: hibari in a child process that is kept alive.

Made by the roof; used through `speech/ports.py`. One owner task asks the child, one text after
another, from a bounded queue. A child that crashes is replaced, and asked once more for what it was asked:
it may have been killed for no fault of the text, and a caller waits for these words. A text at which two
of them were lost fails, and so does one that no engine could say, or that takes too long: alone. It speaks
English, American at that, with the one voice in its wheel, a woman's; `tuning.py` makes a man's of it. Left
out: other voices of the engine, which would be downloaded at run time.
"""

import asyncio
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

import structlog

from offhook.base.errors import UsageError
from offhook.speech.child import Child, ChildLostError
from offhook.speech.frame import MAX_TEXT
from offhook.speech.ports import (
    MAX_PITCH,
    MAX_RATE,
    MIN_PITCH,
    MIN_RATE,
    SpeechError,
    SpokenAudio,
    Utterance,
)
from offhook.speech.settings import Settings
from offhook.waiting.timeout import timeout

logger = structlog.get_logger(__name__)

NAME: Final = "hibari"
OURS: Final = "2"
"""Of what `manner.py`, `tuning.py` and `sayable.py` do to its speech: raise it when that changes."""


@dataclass(frozen=True, slots=True)
class _Request:
    utterance: Utterance
    answer: asyncio.Future[SpokenAudio]


class HibariSynthesizer:
    """Implements `ports.SpeechEngine`. Open from construction to `close`, which its owner must call."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._requests: asyncio.Queue[_Request] = asyncio.Queue(settings.queue_size)
        self._child: Child | None = None
        self._owner: asyncio.Task[None] | None = None
        self._closed = False
        self._version = f"{version('hibari-tts')}+{OURS}"

    @property
    def name(self) -> str:
        """As in the setting `tts`."""
        return NAME

    @property
    def version(self) -> str:
        """Of the package, and of what is done to its speech."""
        return self._version

    def speaks(self, language: str) -> bool:
        """Whether it speaks a language: English, in whichever country."""
        return language.lower().split("-")[0] == "en"

    async def start(self) -> None:
        """Start the child and wait until it is ready, so that the first caller need not.

        Not needed: the first `synthesize` does the same. Raises: SpeechError.
        """
        await self._ask(Utterance(""), self._settings.start_timeout_s)

    async def synthesize(self, utterance: Utterance) -> SpokenAudio:
        """Speak a text: 24 kHz, the same samples for the same utterance.

        Raises: SpeechError when the queue is full, the text is longer than 4,096 characters, the
        engine fails at it or needs longer than its timeout; UsageError after `close`, or for a rate or
        pitch that is none.
        """
        if not MIN_RATE <= utterance.rate <= MAX_RATE:
            raise UsageError(f"a rate of {utterance.rate}: {MIN_RATE} to {MAX_RATE} are spoken")
        if not MIN_PITCH <= utterance.pitch <= MAX_PITCH:
            raise UsageError(f"a pitch of {utterance.pitch}: {MIN_PITCH} to {MAX_PITCH} are spoken")
        if len(utterance.text) > MAX_TEXT:
            raise SpeechError(f"a text of {len(utterance.text)} characters, more than {MAX_TEXT}")
        return await self._ask(utterance, self._settings.timeout_s)

    async def close(self) -> None:
        """End the child; requests that still wait fail. Twice is once."""
        self._closed = True
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.cancel()
            await asyncio.wait([owner])
        while not self._requests.empty():
            _fail(self._requests.get_nowait(), SpeechError("the synthesizer was closed"))

    async def _ask(self, utterance: Utterance, timeout_s: float) -> SpokenAudio:
        if self._closed:
            raise UsageError("the synthesizer is closed")
        if self._owner is None or self._owner.done():
            self._owner = asyncio.create_task(self._answer_requests(), name="speech-hibari")
        request = _Request(utterance, asyncio.get_running_loop().create_future())
        try:
            self._requests.put_nowait(request)
        except asyncio.QueueFull as error:
            raise SpeechError(f"{self._settings.queue_size} texts wait to be spoken already") from error
        try:
            async with timeout(timeout_s):
                return await request.answer
        except TimeoutError as error:
            raise SpeechError(f"not spoken within {timeout_s:g} s") from error

    async def _answer_requests(self) -> None:
        """The owner task: alone with the child until it is cancelled."""
        try:
            while True:
                request = await self._requests.get()
                # The caller may have hung up or lost patience while its text waited.
                if not request.answer.done():
                    await self._answer(request)
        finally:
            await self._end_child()

    async def _answer(self, request: _Request) -> None:
        try:
            try:
                audio = await self._speak(request.utterance)
            except ChildLostError:
                if request.answer.done():  # nobody waits any more
                    return
                audio = await self._speak(request.utterance)
            if not request.answer.done():
                request.answer.set_result(audio)
        except SpeechError as error:
            _fail(request, error)
        finally:
            _fail(request, SpeechError("the synthesizer was closed"))

    async def _speak(self, utterance: Utterance) -> SpokenAudio:
        """Ask the child, which is started where there is none, and ended where it is lost."""
        settings = self._settings
        try:
            if self._child is None:
                self._child = await Child.start(settings.command, settings.start_timeout_s)
                logger.info("speech.started")
            return await self._child.speak(utterance, settings.timeout_s)
        except ChildLostError as error:
            logger.warning("speech.lost", reason=str(error))
            await self._end_child()
            raise

    async def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.end()


def _fail(request: _Request, error: SpeechError) -> None:
    """Answer with an error, unless it was answered or nobody waits."""
    if not request.answer.done():
        request.answer.set_exception(error)
