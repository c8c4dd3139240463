"""One Gather on a call: prompts, keys and words at the same time, led to the machine (`collection.py`).

    prompts ─┐
    keys ────┼─> one inbox -> Collection -> what is stopped, what is listened to, when it is over
    words ───┘

Called by `verbs/gather.py`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Final

from offhook.call.audio import Keys
from offhook.media.ports import MediaBusyError
from offhook.model.recording import RecordingTrack
from offhook.speech.ports import Heard, Hearing, Listening, RecognitionError, SpeechBegan
from offhook.twiml.verbs.gather import Gather
from offhook.twiml.verbs.gather_speech import MAX_SPEECH_S, GatherSpeech
from offhook.verbs.gathering.collection import Collection, CollectionState
from offhook.verbs.gathering.key_collector import KeyCollector
from offhook.verbs.gathering.partial_results import PartialResults
from offhook.verbs.listening import listening
from offhook.verbs.program import Program
from offhook.waiting.timeout import timeout_at

DEGRADED_SPEECH: Final = 13340
BAD_LANGUAGE: Final = 13331

Happened = Callable[[Collection, float], None]
"""What the machine is to be told."""


class Gatherer:
    """Gathers once."""

    def __init__(self, verb: Gather, program: Program, prompt: Callable[[], Awaitable[None]]) -> None:
        """prompt: plays the prompts; cancelled, it falls silent."""
        longest_s = verb.speech.longest_s if verb.speech is not None else MAX_SPEECH_S
        collector = KeyCollector(verb.num_digits, verb.finish_on_key)
        self._collection = Collection(collector, verb.timeout_s, longest_s)
        self._verb = verb
        self._program = program
        self._prompt = prompt
        self._inbox: asyncio.Queue[Happened] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._prompting: asyncio.Task[None] | None = None
        self._hearing: Hearing | None = None

    async def gather(self, keys: Keys) -> Collection:
        """Raises: DocumentError when a prompt cannot be played."""
        async with AsyncExitStack() as listeners:
            try:
                await self._gather(keys, listeners)
            finally:
                for task in self._tasks:
                    task.cancel()
                if self._tasks:
                    await asyncio.wait(self._tasks)
        return self._collection

    async def _gather(self, keys: Keys, listeners: AsyncExitStack) -> None:
        speech = self._verb.speech
        if self._verb.takes_keys:
            self._begin(self._take_keys(keys))
        if speech is not None and speech.barge_in:
            await self._listen(speech, listeners)
        self._prompting = self._begin(self._play_prompts())
        while self._collection.state is not CollectionState.DONE:
            await self._next()
            if not self._collection.is_prompting and not self._prompting.done():
                self._prompting.cancel()
            if self._prompting.done() and not self._prompting.cancelled():
                self._prompting.result()  # a prompt that cannot be played ends the document
            if speech is not None and not speech.barge_in and self._is_waiting and self._hearing is None:
                await self._listen(speech, listeners)
            if self._hearing is not None and self._collection.is_cut_off:
                self._hearing.finish()
            elif self._hearing is not None and not self._collection.wants_speech:
                self._hearing.close()

    @property
    def _is_waiting(self) -> bool:
        return self._collection.state is CollectionState.WAITING

    async def _next(self) -> None:
        """Tell the machine what happens next, or that its time is over."""
        now = asyncio.get_running_loop().time
        try:
            async with timeout_at(self._collection.deadline):
                happened = await self._inbox.get()
        except TimeoutError:
            self._collection.handle_timeout(now())
            return
        happened(self._collection, now())

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name="verbs.gathering")
        self._tasks.append(task)
        return task

    # What happens

    async def _play_prompts(self) -> None:
        try:
            await self._prompt()
        finally:
            self._inbox.put_nowait(Collection.handle_prompted)

    async def _take_keys(self, keys: Keys) -> None:
        while True:
            key = await keys.next()
            self._inbox.put_nowait(partial(_press, key))

    async def _listen(self, speech: GatherSpeech, listeners: AsyncExitStack) -> None:
        """Begin to listen; without a recogniser it is noted, and nobody is heard to say anything."""
        program = self._program
        options = Listening(
            language=speech.language,
            hints=speech.hints,
            wants_partials=speech.partial_url is not None,
            end_silence_ms=None if speech.silence_s is None else round(speech.silence_s * 1000),
            profanity_filter=speech.profanity_filter,
            model=speech.model,
        )
        audio = program.call.leg.audio
        try:
            hearing = await listeners.enter_async_context(
                listening(audio, RecordingTrack.INBOUND, program.recognizer, options)
            )
        except (RecognitionError, MediaBusyError) as error:
            program.call.note(DEGRADED_SPEECH, f"<Gather> does not hear what is said: {error}")
            return
        for remark in hearing.remarks:
            program.call.note(BAD_LANGUAGE, f"<Gather> listens otherwise than it is asked to: {remark}")
        self._hearing = hearing
        self._begin(self._take_words(hearing, PartialResults(speech, program)))

    async def _take_words(self, hearing: Hearing, partials: PartialResults) -> None:
        while True:
            try:
                event = await hearing.next()
            except RecognitionError as error:
                self._program.call.note(DEGRADED_SPEECH, f"<Gather> did not understand a caller: {error}")
                self._tell_words("", None)
                continue
            match event:
                case None:
                    self._inbox.put_nowait(Collection.handle_deaf)
                    return
                case SpeechBegan():
                    self._inbox.put_nowait(Collection.handle_speech)
                case Heard(is_final=True):
                    self._tell_words(event.text, event.confidence)
                case Heard():
                    partials.tell(event)

    def _tell_words(self, text: str, confidence: float | None) -> None:
        self._inbox.put_nowait(lambda collection, now: collection.handle_words(text, confidence, now))


def _press(key: str, collection: Collection, now: float) -> None:
    collection.handle_key(key, now)
