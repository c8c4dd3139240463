"""All the engines of a node as one: each text goes to the one that speaks its language, and is kept.

    <Say voice language> -> cast: who speaks -> kept on disk? -> the engine's queue -> kept on disk

The first engine in order that speaks a language speaks it. Where none does, the first one speaks the text all
the same, and the account is told. An engine that does not start is left out, if it is not the first.
Made by the roof; asked by `verbs/voice.py`. Plug-ins: docs/voices.md.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Final

import structlog

from offhook.base.pronunciation import plain
from offhook.speech.espeak import NAME as ESPEAK
from offhook.speech.espeak import PACKAGE, EspeakSynthesizer
from offhook.speech.hibari import NAME as HIBARI
from offhook.speech.hibari import HibariSynthesizer
from offhook.speech.ports import Part, SpeechEngine, SpeechError, SpokenAudio, Utterance
from offhook.speech.prompt_store import PromptStore, prompt_key
from offhook.speech.settings import Settings
from offhook.speech.voices import known_voice, suits

log = structlog.get_logger(__name__)

PLUG_INS: Final = "offhook.synthesizers"
"""The group of entry points: a name to something that makes a `SpeechEngine` when it is called."""
DEFAULT_LANGUAGE: Final = "en-US"
WRITES_AT_ONCE: Final = 16
"""Texts that are on their way to the disk; where it is slower than that, further ones are not kept."""


class SpeechEngines:
    """Implements `ports.SpeechSynthesizer` and `ports.Casting`."""

    def __init__(self, engines: Sequence[SpeechEngine], store: PromptStore | None = None) -> None:
        """engines: the preferred one first; at least one. store: None keeps nothing."""
        self._engines = list(engines)
        self._store = store
        self._writing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start every engine. Raises: SpeechError when the first does not start, or is not installed."""
        first = self._engines[0]
        if isinstance(first, EspeakSynthesizer) and not first.is_installed:
            raise SpeechError(f"tts is {ESPEAK}, which is not here: install the Debian package {PACKAGE}")
        for engine in tuple(self._engines):
            try:
                await engine.start()
            except SpeechError as error:
                if engine is self._engines[0]:
                    raise
                log.warning("speech.engine_left_out", engine=engine.name, why=str(error))
                self._engines.remove(engine)
                await engine.close()

    def cast(self, voice: str, language: str) -> Part:
        """Who speaks for a voice and a language as they are written; empty where they are not."""
        known = known_voice(voice) if voice else None
        if known is None:
            wanted = language or DEFAULT_LANGUAGE
            fault = f"there is no voice {voice[:60]}: the voice of this node speaks" if voice else ""
            return self._part("", wanted, fault)
        if not language:
            return self._part(known.gender, known.language or DEFAULT_LANGUAGE, "")
        if not suits(voice, known, language):
            return self._part(
                known.gender, language, f"{voice[:60]} does not speak {language}: another voice does"
            )
        return self._part(known.gender, known.language or language, "")

    def _part(self, gender: str, language: str, fault: str) -> Part:
        if self._engine_for(language) is not None:
            return Part(gender, language, fault)
        missing = any(isinstance(each, EspeakSynthesizer) and not each.is_installed for each in self._engines)
        remedy = f"; the Debian package {PACKAGE} speaks a hundred languages" if missing else ""
        return Part(
            gender, DEFAULT_LANGUAGE, f"nothing here speaks {language}: it is read as English{remedy}"
        )

    def _engine_for(self, language: str) -> SpeechEngine | None:
        return next((engine for engine in self._engines if engine.speaks(language)), None)

    async def synthesize(self, utterance: Utterance) -> SpokenAudio:
        """Speak a text, or take what is kept of it. Raises: SpeechError."""
        engine = self._engine_for(utterance.language)
        if engine is None:
            engine = self._engine_for(DEFAULT_LANGUAGE) or self._engines[0]
            utterance = replace(utterance, language=DEFAULT_LANGUAGE)
        if not isinstance(engine, HibariSynthesizer | EspeakSynthesizer):
            utterance = replace(utterance, text=plain(utterance.text))
        if self._store is None:
            return await engine.synthesize(utterance)
        key = prompt_key(utterance, f"{engine.name} {engine.version}")
        if key in self._store:
            kept = await asyncio.to_thread(self._store.get, key)
            if kept is not None:
                return kept
        audio = await engine.synthesize(utterance)
        if not utterance.is_fleeting:
            self._keep(self._store, key, audio)
        return audio

    def _keep(self, store: PromptStore, key: str, audio: SpokenAudio) -> None:
        """Beside the call, which does not wait for the disk."""
        if len(self._writing) < WRITES_AT_ONCE:
            task = asyncio.create_task(_write(store, key, audio), name="speech.keep")
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)

    async def close(self) -> None:
        """Stop every engine, once what was spoken is on disk."""
        if self._writing:
            await asyncio.wait(self._writing)
        for engine in self._engines:
            await engine.close()


async def _write(store: PromptStore, key: str, audio: SpokenAudio) -> None:
    try:
        await asyncio.to_thread(store.put, key, audio)
    except OSError as error:
        log.warning("speech.not_kept", why=error.strerror or str(error))


def make_engines(preferred: str, settings: Settings | None = None) -> list[SpeechEngine]:
    """The engines of a node, the preferred one first; whatever it does not speak the built-in ones do.

    Raises: ValueError with the names that there are, for another one.
    """
    built_in: dict[str, Callable[[], SpeechEngine]] = {
        HIBARI: lambda: HibariSynthesizer(settings or Settings()),
        ESPEAK: EspeakSynthesizer,
    }
    if preferred in built_in:
        return [built_in[each]() for each in sorted(built_in, key=lambda name: name != preferred)]
    for plug_in in entry_points(group=PLUG_INS, name=preferred):
        make: Callable[[], SpeechEngine] = plug_in.load()
        return [make(), *(each() for each in built_in.values())]
    raise ValueError(f"{preferred}: there are {', '.join(engine_names())}")


def engine_names() -> tuple[str, ...]:
    """Of every engine there is: built in, and installed as a plug-in."""
    return HIBARI, ESPEAK, *sorted(entry_points(group=PLUG_INS).names)
