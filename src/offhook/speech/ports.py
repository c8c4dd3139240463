"""Speech as the rest of the house sees it: a text spoken, and a text found in what was heard.

Called by `verbs/voice.py` and `phone/script.py`. Implemented by `speech/hibari.py` (the embedded voice) and
`speech/spotting.py`.
"""

from dataclasses import dataclass, replace
from typing import Final, Protocol

MIN_RATE: Final = 0.2
MAX_RATE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text to be spoken, and how. Equal ones sound the same, sample by sample."""

    text: str
    """Plain text, at most 4096 characters."""
    language: str = "en-US"
    """BCP 47 tag as in `<Say language>`."""
    voice: str = "man"
    """Name as in `<Say voice>`; unknown ones speak with the engine's default voice."""
    rate: float = 1.0
    """Of the voice's own: 0.2 to 2. What is heard is within a tenth of it."""
    gain_db: float = 0.0
    """Against the voice's own volume, less where that would clip; minus infinity is silence."""
    trims_start: bool = False
    """Whether the silence is left out that a voice begins with: something stands right before it."""
    trims_end: bool = False
    """Whether the silence at its end is left out."""


@dataclass(frozen=True, slots=True)
class SpokenAudio:
    """Audio of an utterance, whole."""

    samples: bytes
    """Signed 16-bit little-endian mono."""
    rate_hz: int


class SpeechSynthesizer(Protocol):
    """Turns text into audio, outside this process or thread."""

    async def synthesize(self, utterance: Utterance) -> SpokenAudio:
        """Speak a text. Empty audio for a text in which there is nothing to say.

        Raises: SpeechError when the engine fails, is overloaded or needs longer than its timeout.
        """
        ...

    async def close(self) -> None:
        """Stop the engine's process."""
        ...


class SpeechError(Exception):
    """The engine could not speak: what failed, in a sentence."""


HEARD_AT_MOST: Final = 4.8
"""Greatest difference at which a phrase counts as heard: docs/cli.md has what was measured on both sides."""


@dataclass(frozen=True, slots=True)
class Spotting:
    """The place of some audio that is most like a phrase."""

    start_s: float
    """From the beginning of the audio."""
    end_s: float
    difference: float
    """Of the worst fifth of a second: 0 is the same sound, other words are 5 to 14."""

    @property
    def is_heard(self) -> bool:
        """Whether that is the phrase."""
        return self.difference <= HEARD_AT_MOST

    def later_by(self, seconds: float) -> "Spotting":
        """The same place, counted from an earlier beginning."""
        return replace(self, start_s=self.start_s + seconds, end_s=self.end_s + seconds)

    def joined_with(self, other: "Spotting") -> "Spotting":
        """From the beginning of this one to the end of a later one, as good as the worse of both."""
        return Spotting(self.start_s, other.end_s, max(self.difference, other.difference))


class Phrase(Protocol):
    """A sentence that can be looked for."""

    @property
    def text(self) -> str:
        """Its words."""
        ...

    @property
    def longest_s(self) -> float:
        """As long as it may be where it is found."""
        ...


class PhraseSpotter(Protocol):
    """Finds the words of a text in audio."""

    async def learn(self, text: str) -> tuple[Phrase, ...]:
        """The sentences of a text, ready to be looked for one after the other.

        Raises: SpeechError.
        """
        ...

    async def spot(self, phrase: Phrase, samples: bytes) -> Spotting | None:
        """The place most like the phrase in signed 16-bit little-endian mono samples at 8000 Hz.

        None where the audio is too short to hold it.
        """
        ...
