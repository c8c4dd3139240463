"""What an agent of ConversationRelay says, made into sound and heard one thing after another.

Sound of the next few items is made ahead, so that no clause waits for the one before it; one alone is in the
media port, so that what is dropped is silent at once. A clause may hold SSML, as in `<Say>`. What cannot be
spoken or played is told, and what follows it goes on. Owned by `conversation_relay.py`.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Protocol

from offhook.media.ports import Clip, MediaBusyError
from offhook.media.ports.engine import AudioFileError
from offhook.speech.ports import EngineLostError, Part, SpeechError, Utterance
from offhook.stream.conversation_relay import TTS_FAILED, TTS_LOST
from offhook.stream.talk_queue import Item, Playing, Pressing, Saying
from offhook.twiml.connect.conversation_relay import BAD_VALUE, ConversationRelay, RelayLanguage
from offhook.twiml.problem import SCHEMA_WARNING
from offhook.twiml.prosody import Break
from offhook.twiml.verbs.say import Say
from offhook.verbs.connecting.relay_text import spoken
from offhook.verbs.program import Program
from offhook.verbs.say import utterances
from offhook.webhook.ports import WebhookError

AHEAD: Final = 3
"""Items whose sound is made while one is heard."""
NO_AUDIO: Final = 13420
KEY_MS: Final = 200
"""Of one key: 100 ms and 100 ms of silence."""
WAIT_MS: Final = 500
"""Of `w`."""


class Told(Protocol):
    """Who is told what becomes of the items."""

    def handle_begun(self, item_id: int, length_ms: int) -> None:
        """It is heard from now on."""
        ...

    def handle_ended(self, item_id: int) -> None:
        """It was heard, or there was nothing to hear."""
        ...

    def handle_fault(self, code: int, what: str) -> None:
        """It cannot be heard."""
        ...

    def note(self, code: int, text: str) -> None:
        """Something for the debugger log alone."""
        ...


@dataclass(frozen=True, slots=True)
class _Sound:
    """What is heard of an item."""

    clips: tuple[Clip, ...] = ()
    loops: int = 1
    digits: str = ""

    @property
    def length_ms(self) -> int:
        keys = sum(WAIT_MS if each in "wW" else KEY_MS for each in self.digits)
        return keys + self.loops * sum(clip.duration_ms for clip in self.clips)


class RelayMouth:
    """The items that are not over, in order. `run` lets them be heard until it is cancelled."""

    def __init__(self, noun: ConversationRelay, program: Program, told: Told) -> None:
        self._noun = noun
        self._program = program
        self._told = told
        self._audio = program.call.leg.audio
        self._items: dict[int, Item] = {}
        self._making: dict[int, asyncio.Task[_Sound]] = {}
        self._arrived = asyncio.Event()
        self._sounding: int | None = None
        self._faults: list[str] = []
        self._has_noted_tags = False

    def take(self, item: Item) -> None:
        """Put an item behind the others."""
        self._items[item.item_id] = item
        self._make_ahead()
        self._arrived.set()

    def drop(self, item_ids: tuple[int, ...]) -> None:
        """Forget items; the one that is heard falls silent now."""
        for item_id in item_ids:
            self._items.pop(item_id, None)
            making = self._making.pop(item_id, None)
            if making is not None:
                making.cancel()
        if self._sounding in item_ids:
            self._audio.stop_playing()
        self._make_ahead()

    async def run(self) -> None:
        """Let one item after the other be heard."""
        try:
            while True:
                while not self._items:
                    self._arrived.clear()
                    await self._arrived.wait()
                await self._let_be_heard(next(iter(self._items.values())))
        finally:
            making = list(self._making.values())
            for task in making:
                task.cancel()
            if making:
                await asyncio.wait(making)

    def _make_ahead(self) -> None:
        for item_id, item in tuple(islice(self._items.items(), AHEAD + 1)):
            if item_id not in self._making:
                self._making[item_id] = asyncio.create_task(self._make(item), name="relay.make")

    async def _let_be_heard(self, item: Item) -> None:
        making = self._making[item.item_id]
        await asyncio.wait([making])
        if item.item_id not in self._items:
            return  # dropped meanwhile
        try:
            await self._sound(item, making.result())
        except SpeechError as error:
            code = TTS_LOST if isinstance(error, EngineLostError) else TTS_FAILED
            self._told.handle_fault(code, f"a text could not be spoken: {error}")
        except (WebhookError, AudioFileError) as error:
            code = error.code if isinstance(error, WebhookError) else NO_AUDIO
            self._told.handle_fault(code, f"{_source(item)} could not be played: {error}")
        except MediaBusyError as error:
            self._told.handle_fault(TTS_FAILED, f"too much waits to be heard: {error}")
        if self._items.pop(item.item_id, None) is not None:
            self._making.pop(item.item_id, None)
            self._make_ahead()
            self._told.handle_ended(item.item_id)

    async def _sound(self, item: Item, sound: _Sound) -> None:
        if not sound.length_ms:
            return
        self._sounding = item.item_id
        try:
            self._told.handle_begun(item.item_id, sound.length_ms)
            if sound.digits:
                await self._audio.send_digits(sound.digits)
            for clip in sound.clips:
                if item.item_id in self._items:
                    await self._audio.enqueue(clip, sound.loops)
        except asyncio.CancelledError:
            self._audio.stop_playing()
            raise
        finally:
            self._sounding = None

    async def _make(self, item: Item) -> _Sound:
        match item.what:
            case Saying(text, language):
                clips = [await self._clip(part) for part in self._parts(text, language)]
                return _Sound(tuple(clip for clip in clips if clip is not None))
            case Playing(source, loops):
                return _Sound((await self._program.sound(source),), loops)
            case Pressing(digits):
                return _Sound(digits=digits)

    async def _clip(self, part: Utterance | Break) -> Clip | None:
        voice = self._program.voice
        if isinstance(part, Break):
            return voice.silence(part.ms)
        return await voice.clip(replace(part, is_fleeting=True))

    def _parts(self, text: str, language: str) -> Iterator[Utterance | Break]:
        settings, clause = self._noun.spoken(language), spoken(text)
        if clause.unknown and not self._has_noted_tags:
            self._has_noted_tags = True
            what = f"<{clause.unknown[0]}> is no tag of <Say>: its text alone is spoken, as that of any other"
            self._told.note(SCHEMA_WARNING, what)
        faults: dict[str, int] = {}
        yield from utterances(Say(clause.parts, settings.voice, language, 1), self._caster(settings), faults)
        for fault in faults:
            if fault not in self._faults:
                self._faults.append(fault)
                self._told.note(BAD_VALUE, fault)

    def _caster(self, settings: RelayLanguage) -> Callable[[str, str], Part]:
        """Gives a provider's voice to one that is here: by its name in `<Say>`, or as it is written."""
        provider, cast = settings.tts_provider, self._program.voice.cast
        prefix = {"Amazon": "Polly.", "Google": "Google."}.get(provider, "")

        def cast_as_named(voice: str, language: str) -> Part:
            if not voice or voice != settings.voice:
                return cast(voice, language)
            named = cast(f"{prefix}{voice}", language)
            as_written = cast(voice, language) if named.fault and prefix else named
            return as_written if not as_written.fault else named

        return cast_as_named


def _source(item: Item) -> str:
    return item.what.source if isinstance(item.what, Playing) else "a text"
