"""Finds a text in what was heard by speaking it and comparing the sound: no recogniser, no model.

The embedded voice says the text alone and inside short sentences of our own, because words sound otherwise
at the end of a sentence than amid it; whichever fits best counts. So it hears what that voice says, whole
sentences or a part of one, and no other voice: recorded prompts need a recogniser. Implements
`ports.PhraseSpotter`. How like is alike: `likeness.py`.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from offhook.speech.likeness import FRAMES_A_SECOND, RATE_HZ, Numbers, best_match, features, voiced
from offhook.speech.ports import Phrase, SpeechError, SpeechSynthesizer, SpokenAudio, Spotting, Utterance

SENTENCE_END: Final = re.compile(r"(?<=[.!?;:])\s+")
SURROUNDINGS: Final = (
    "Now then, {}.",
    "{}, now then.",
    "Or {} or go.",
    "{} and go on.",
    "We have {}.",
    "Then {}, and so on.",
)
"""What a text is spoken in: before it a pause or a word, behind it a pause or a word."""
SLOWEST: Final = 2
"""How many times as long as our own a phrase may be where it is heard."""


@dataclass(frozen=True, slots=True)
class SpokenPhrase:
    """A sentence as the embedded voice says it. Implements `ports.Phrase`."""

    text: str
    patterns: tuple[Numbers, ...]
    """Alone and out of each of the surroundings, as `likeness.features`."""

    @property
    def longest_s(self) -> float:
        """As long as it may be where it is found."""
        return SLOWEST * max(len(each) for each in self.patterns) / FRAMES_A_SECOND + 0.1


class VoiceSpotter:
    """Implements `ports.PhraseSpotter` over a voice that says the same text in the same way each time."""

    def __init__(self, voice: SpeechSynthesizer) -> None:
        self._voice = voice

    async def learn(self, text: str) -> tuple[Phrase, ...]:
        """Every sentence of a text that has a sound. Raises: SpeechError."""
        sentences = [each for each in SENTENCE_END.split(text.strip()) if any(map(str.isalnum, each))]
        return tuple([await self._learn(each) for each in sentences])

    async def _learn(self, sentence: str) -> SpokenPhrase:
        alone = _pattern(await self._voice.synthesize(Utterance(sentence)))
        if len(alone) < 2:
            raise SpeechError(f"there is nothing to hear in {sentence!r}")
        patterns = [alone]
        for surrounding in SURROUNDINGS:
            whole = _pattern(
                await self._voice.synthesize(Utterance(surrounding.format(sentence.rstrip(".!?;:"))))
            )
            match = await asyncio.to_thread(best_match, alone, whole)
            if match is not None:
                patterns.append(whole[match.start : match.end])
        return SpokenPhrase(sentence, tuple(patterns))

    async def spot(self, phrase: Phrase, samples: bytes) -> Spotting | None:
        """The place most like the phrase. Computes in a thread."""
        if not isinstance(phrase, SpokenPhrase):
            raise TypeError("a phrase is looked for by the spotter that learnt it")
        return await asyncio.to_thread(_spot, phrase, samples)


def _spot(phrase: SpokenPhrase, samples: bytes) -> Spotting | None:
    heard = features(np.frombuffer(samples, dtype="<i2").astype(np.float64) / 32768)
    matches = [match for each in phrase.patterns if (match := best_match(each, heard)) is not None]
    if not matches:
        return None
    best = min(matches, key=lambda match: match.worst)
    return Spotting(best.start / FRAMES_A_SECOND, best.end / FRAMES_A_SECOND, best.worst)


def _pattern(audio: SpokenAudio) -> Numbers:
    samples = np.frombuffer(audio.samples, dtype="<i2").astype(np.float64) / 32768
    return features(voiced(_at_8000_hz(samples, audio.rate_hz)))


def _at_8000_hz(samples: Numbers, rate_hz: int) -> Numbers:
    """The band below 4 kHz of a signal."""
    if rate_hz == RATE_HZ or not len(samples):
        return samples
    count = len(samples) * RATE_HZ // rate_hz
    spectrum = np.fft.rfft(samples)[: count // 2 + 1]
    resampled: Numbers = np.fft.irfft(spectrum, count) * (count / len(samples))
    return resampled
