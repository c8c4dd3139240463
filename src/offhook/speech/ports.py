"""Speech as the rest of the house sees it: a text spoken, a text found in what was heard, words recognised.

Called by `verbs/voice.py`, `phone/script.py` and who listens to callers. Implemented by `speech/hibari.py`
(the embedded voice), `speech/espeak.py`, `speech/engines.py` (whichever of them speaks a language), by
`speech/spotting.py` and by the engines in `speech/recognition/`.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Protocol

from offhook.model.answered_by import AnsweredBy, DetectionPlan

MIN_RATE: Final = 0.2
MAX_RATE: Final = 2.0
MIN_PITCH: Final = 0.5
MAX_PITCH: Final = 2.0


class Gender(StrEnum):
    """Who speaks: all that is left of a voice's name once it is known what is here to speak it."""

    MAN = "man"
    WOMAN = "woman"


@dataclass(frozen=True, slots=True)
class Utterance:
    """A text to be spoken, and how. Equal ones sound the same, sample by sample."""

    text: str
    """Plain text, at most 4096 characters; words may have their sounds with them, in IPA
    (`base/pronunciation.py`), which plug-ins are not given."""
    language: str = "en-US"
    """BCP 47 tag as in `<Say language>`."""
    voice: str = ""
    """A value of Gender; empty, or any other, is the engine's own voice for the language."""
    rate: float = 1.0
    """Of the voice's own: 0.2 to 2. What is heard is within a tenth of it."""
    gain_db: float = 0.0
    """Against the voice's own volume, less where that would clip; minus infinity is silence."""
    trims_start: bool = False
    """Whether the silence is left out that a voice begins with: something stands right before it."""
    trims_end: bool = False
    """Whether the silence at its end is left out."""
    pitch: float = 1.0
    """Of the voice's own: 0.5 to 2, an octave down or up."""
    is_fleeting: bool = field(default=False, compare=False)
    """Whether it will hardly be said again, as what an agent says to one caller: it is kept nowhere."""


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


class SpeechEngine(SpeechSynthesizer, Protocol):
    """One engine of several. A plug-in is one, too (docs/voices.md)."""

    @property
    def name(self) -> str:
        """As in the setting `tts`."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same utterance sounds otherwise than before: what was kept is made anew."""
        ...

    async def start(self) -> None:
        """Get ready, so that the first caller need not wait. Raises: SpeechError."""
        ...

    def speaks(self, language: str) -> bool:
        """Whether it speaks a language, by its BCP 47 tag in any case; known once it has started."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """Who speaks a text for which a document names a voice."""

    voice: str
    """For `Utterance.voice`."""
    language: str
    """For `Utterance.language`."""
    fault: str = ""
    """Why that is another voice than was asked for, in a sentence for the account; empty when it is not."""


class Casting(Protocol):
    """Gives each of Twilio's voices to one that is here."""

    def cast(self, voice: str, language: str) -> Part:
        """Who speaks for a voice and a language as they are written in `<Say>`; empty where they are not."""
        ...


class SpeechError(Exception):
    """The engine could not speak: what failed, in a sentence."""


class EngineLostError(SpeechError):
    """The engine is not there: it cannot be started or reached, or was lost while it spoke."""


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


FRAME_MS: Final = 20
"""Length of one frame of what is listened to."""
FRAME_BYTES: Final = 160
"""Of G.711 mu-law in it, at 8000 Hz."""
HEARD_BEHIND_S: Final = 120
"""Speech that may wait to be recognised; what is more fails with RecognitionError."""


@dataclass(frozen=True, slots=True)
class Listening:
    """What somebody wants to hear, and how."""

    language: str = "en-US"
    """BCP 47 tag; one that the engine does not know is heard as its own language."""
    hints: tuple[str, ...] = ()
    """Words that are likely, at most 500 of 100 characters."""
    wants_partials: bool = False
    """Whether what is understood so far is told while somebody speaks."""
    end_silence_ms: int | None = None
    """Silence that ends an utterance, 200 to 60,000; None is the engine's choice."""
    profanity_filter: bool = True
    """Whether swear words are masked, as `f***`."""
    model: str = "default"
    """Twilio's name of a speech model; an engine that has no such model uses its own."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """Somebody began to speak."""

    start_ms: int
    """Of the audio heard so far, as all times here."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """Nobody has spoken for `end_silence_ms`: the words of the utterance follow."""

    end_ms: int
    """Where the speech ended, before that silence."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Words of one utterance."""

    text: str
    """With punctuation where the engine has any; empty in a final one when there were no words."""
    confidence: float | None
    """0 to 1; None where the engine does not say, and on partial ones."""
    is_final: bool
    """Whether the utterance is over; each has one final, after its SpeechEnded."""
    stability: float | None
    """Of a partial one, 0 to 1: how much of it will stay; None on final ones."""
    start_ms: int
    """Where the utterance began."""
    end_ms: int
    """Where it ended, of a partial one so far."""


HearingEvent = SpeechBegan | SpeechEnded | Heard
"""Of one utterance in this order: SpeechBegan, partial Heard, SpeechEnded, the final Heard."""


class Hearing(Protocol):
    """One caller who is listened to. Open until `close`, which its owner must call."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What of the options the engine cannot do, in sentences for the account's log."""
        ...

    def hear(self, ulaw: bytes) -> None:
        """Take the next frame: 160 bytes of G.711 mu-law, 20 ms. Silence is told as silence.

        Never waits. Frames may come faster than real time. After `finish` and `close` they are dropped.
        """
        ...

    async def next(self) -> HearingEvent | None:
        """What happened next; None after the last. One task at a time.

        Raises: RecognitionError for an utterance that is lost because the engine fails, is overloaded or too
        slow. The hearing goes on: the next call tells what came after it.
        """
        ...

    def finish(self) -> None:
        """Say that no more audio comes: an utterance under way ends. Twice is once."""
        ...

    def close(self) -> None:
        """Stop listening; what is not recognised yet is dropped. Twice is once."""
        ...


class Recognizer(Protocol):
    """Turns what callers say into text, outside this process."""

    @property
    def name(self) -> str:
        """Of the engine, for people."""
        ...

    async def listen(self, options: Listening) -> Hearing:
        """Begin to listen to somebody.

        Raises: RecognitionError when there is no engine, or it takes no more callers.
        """
        ...

    async def transcribe(self, samples: bytes, options: Listening) -> Heard:
        """All that is said in a recording of at most two minutes, as one final.

        samples: signed 16-bit little-endian mono at 8000 Hz. Raises: RecognitionError.
        """
        ...

    async def close(self) -> None:
        """Stop the engine. What still listens hears no more."""
        ...


class RecognitionError(Exception):
    """What was said cannot be recognised: why, in a sentence."""


class Detection(Protocol):
    """One callee who is listened to, until it is known who answered."""

    @property
    def answered_by(self) -> AnsweredBy | None:
        """Who; None while that is not known."""
        ...

    @property
    def now_ms(self) -> int:
        """What was heard so far."""
        ...

    @property
    def wants_words(self) -> bool:
        """Whether words may still change anything."""
        ...

    def hear(self, ulaw: bytes) -> AnsweredBy | None:
        """Take the next frame: 160 bytes of G.711 mu-law, 20 ms. Returns who answered, once it is known."""
        ...

    def expect_words(self, *, will_come: bool) -> None:
        """Whether somebody recognises what is said: words are waited for."""
        ...

    def handle_words(self, text: str, *, is_final: bool) -> AnsweredBy | None:
        """What the callee was understood to say. Returns who answered, once it is known."""
        ...


class MachineDetector(Protocol):
    """Tells answering machines from people."""

    def begin(self, plan: DetectionPlan) -> Detection:
        """Listen to a callee who has just answered."""
        ...
