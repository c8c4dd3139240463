"""The voice of the node: text to clips of the media core, synthesized once and kept.

Joins the speech engine to the media core's prompt cache. A long text is spoken sentence by
sentence: the first is heard while the next are made. Called by `say` and by the runner's error
sentence.
"""

import asyncio
import re
import textwrap
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from offhook.base.readable import is_readable
from offhook.call.audio import LegAudio
from offhook.media.ports import Clip
from offhook.media.ports.engine import MediaEngine
from offhook.media.prompt_cache import PromptCache
from offhook.speech.ports import Casting, Part, SpeechSynthesizer, Utterance
from offhook.twiml.prosody import Break

SENTENCE_END: Final = re.compile(r"(?<=[.!?;:…。！？।])\s+|(?<=[。！？])")  # noqa: RUF001 - marks of other scripts
CLAUSE_END: Final = re.compile(r"(?<=[,;:—])\s+")
PIECE_MIN: Final = 60
"""Characters below which sentences are spoken together, so that short ones keep their rhythm."""
SLOW_PIECE_MAX: Final = 800
"""Characters of a sentence at the voice's own rate that are spoken at once; at half of it half as many."""
FIRST_PIECE_MAX: Final = 160
"""Characters of a first sentence that is not cut at its commas: the caller waits for all of a piece."""
DEFAULT_LANGUAGE: Final = "en-US"
SILENCE_HZ: Final = 8_000
HOLD_MUSIC: Final = ("hold music",)
AHEAD: Final = 2
"""Clips that wait in the port behind the one that plays."""


class Voice:
    """Speaks on legs. Shared by all calls."""

    def __init__(
        self,
        speech: SpeechSynthesizer,
        media: MediaEngine,
        cache: PromptCache,
        casting: Casting | None = None,
    ) -> None:
        """casting: None has every name spoken by the engine's own voice."""
        self._speech = speech
        self._casting = casting
        self._media = media
        self._cache = cache
        self._making: dict[Utterance, asyncio.Future[Clip | None]] = {}

    def cast(self, voice: str, language: str) -> Part:
        """Who speaks for a voice and a language as they are written; empty where they are not."""
        if self._casting is None:
            return Part(voice, language or DEFAULT_LANGUAGE)
        return self._casting.cast(voice, language)

    async def clip(self, utterance: Utterance) -> Clip | None:
        """The clip of an utterance; None when there is nothing to hear in it: marks alone are not spoken.

        Callers who want the same words at one time share one synthesis, which goes on when a caller
        hangs up: the next one finds it in the cache.
        Raises: SpeechError.
        """
        if not is_readable(utterance.text):
            return None
        cached = self._cache.get(utterance)
        if cached is not None:
            return cached
        making = self._making.get(utterance)
        if making is None:
            making = asyncio.ensure_future(self._make(utterance))
            self._making[utterance] = making
            making.add_done_callback(lambda done: self._forget(utterance, done))
        return await asyncio.shield(making)

    async def _make(self, utterance: Utterance) -> Clip | None:
        spoken = await self._speech.synthesize(utterance)
        if not spoken.samples:
            return None
        clip = self._media.load_clip(spoken.samples, spoken.rate_hz)
        if not utterance.is_fleeting:
            self._cache.put(utterance, clip)
        return clip

    def _forget(self, utterance: Utterance, done: "asyncio.Future[Clip | None]") -> None:
        del self._making[utterance]
        if not done.cancelled():
            done.exception()  # whoever still waits is told; when nobody does, nobody is missing it

    def silence(self, ms: int) -> Clip | None:
        """So much of it, to stand between two others; None for none."""
        if not ms:
            return None
        clip = self._cache.get(("silence", ms))
        if clip is None:
            clip = self._media.load_clip(bytes(2 * SILENCE_HZ * ms // 1000), SILENCE_HZ)
            self._cache.put(("silence", ms), clip)
        return clip

    def ringback(self, country: str) -> Clip:
        """One period of a country's ringback tone, to be played in a loop."""
        clip = self._cache.get(("ringback", country))
        if clip is None:
            clip = self._media.ringback(country)
            self._cache.put(("ringback", country), clip)
        return clip

    def hold_music(self) -> Clip:
        """One round of the music of those who wait, to be played in a loop."""
        clip = self._cache.get(HOLD_MUSIC)
        if clip is None:
            clip = self._media.hold_music()
            self._cache.put(HOLD_MUSIC, clip)
        return clip

    def beep(self) -> Clip:
        """The beep before a recording."""
        return self._media.beep()

    async def say(self, audio: LegAudio, *parts: Utterance | Break) -> None:
        """Speak on a leg, part by part, and wait for the end; cancelling stops it at once.

        Raises: SpeechError.
        """
        playing: deque[asyncio.Future[bool]] = deque()
        try:
            for part in parts:
                for piece in (part,) if isinstance(part, Break) else cut(part):
                    clip = self.silence(piece.ms) if isinstance(piece, Break) else await self.clip(piece)
                    if clip is None:
                        continue
                    playing.append(audio.enqueue(clip))
                    while len(playing) > AHEAD:
                        await playing[0]
                        playing.popleft()
            while playing:
                await playing[0]
                playing.popleft()
        finally:
            if playing:
                audio.stop_playing()


def cut(utterance: Utterance) -> Iterator[Utterance]:
    """An utterance in pieces, to be spoken one after the other.

    Slow speech is cut between words as well where a sentence is long: the engine needs memory for as long as
    a sentence lasts.
    """
    parts: list[Utterance] = []
    for sentence in pieces(utterance.text):
        if utterance.rate < 1.0:
            longest = round(SLOW_PIECE_MAX * utterance.rate)
            spans = textwrap.wrap(sentence, longest, break_on_hyphens=False)
        else:
            spans = [sentence]
        parts += (
            replace(utterance, text=span, trims_start=index > 0, trims_end=index < len(spans) - 1)
            for index, span in enumerate(spans)
        )
    if parts:
        parts[0] = replace(parts[0], trims_start=utterance.trims_start)
        parts[-1] = replace(parts[-1], trims_end=utterance.trims_end)
    return iter(parts)


def pieces(text: str) -> Iterator[str]:
    """A text cut at sentence ends into pieces of at least 60 characters, the last one excepted."""
    piece = ""
    for sentence in _short_first(SENTENCE_END.split(text.strip())):
        piece = f"{piece} {sentence}".strip()
        if len(piece) >= PIECE_MIN:
            yield piece
            piece = ""
    if piece:
        yield piece


def _short_first(sentences: list[str]) -> Iterator[str]:
    """The same, with a long first sentence cut at a comma, where it has one."""
    first, *others = sentences
    head = ""
    if len(first) > FIRST_PIECE_MAX:
        clauses = CLAUSE_END.split(first)
        while clauses and len(head) < PIECE_MIN:
            head = f"{head} {clauses.pop(0)}".strip()
        first = " ".join(clauses)
    yield from (each for each in (head, first) if each)
    yield from others
