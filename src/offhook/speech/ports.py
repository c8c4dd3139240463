"""Speech synthesis as the rest of the house sees it.

Called by `verbs/say.py`. Implemented by `speech/hibari.py` (the embedded voice).
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text to be spoken."""

    text: str
    """Plain text, at most 4096 characters."""
    language: str = "en-US"
    """BCP 47 tag as in `<Say language>`."""
    voice: str = "man"
    """Name as in `<Say voice>`; unknown ones speak with the engine's default voice."""


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
