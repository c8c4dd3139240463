"""One Gather as a machine: what counts of keys and words, and what time-out runs (reference/twiml 4).

    PROMPTING -- prompts over --> WAITING      PROMPTING, WAITING -- key -----> PRESSING, or DONE
    WAITING   -- timeout -------> DONE         PROMPTING, WAITING -- speech --> SPEAKING
    PRESSING  -- key -----------> PRESSING, or DONE with the last one; timeout --> DONE
    SPEAKING  -- words ---------> DONE; nothing but noise --> WAITING
    SPEAKING  -- maxSpeechTime -> SPEAKING, and no more is listened to

The first kind wins: speech is not heeded once a key was pressed, nor keys (the finish key included) while
somebody speaks. Two of ours, since a recogniser hears noise and the tones of keys as well: a key that is
told of within `TONE_S` of the beginning of a sound was that sound; and keys that were pressed during a sound
without words count. Knows no clock, no call. Used by `gatherer.py`.
"""

from dataclasses import dataclass
from enum import auto
from typing import Final

from offhook.base.symbol import Symbol
from offhook.verbs.gathering.key_collector import KeyCollector

TONE_S: Final = 0.8
"""Of a key, until it is told of: phones send INFO when it is let go."""


class CollectionState(Symbol):
    """What is waited for."""

    PROMPTING = auto()
    """The prompts play."""
    WAITING = auto()
    """They are over: the time-out runs."""
    PRESSING = auto()
    """Keys come: the time-out runs anew with each."""
    SPEAKING = auto()
    """Somebody speaks: the longest speech runs."""
    DONE = auto()
    """Nothing more counts."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What was said."""

    text: str
    confidence: float | None


class Collection:
    """What came so far.

    timeout_s: from the end of the prompts, or the last key, to the end. longest_s: of speech.
    """

    def __init__(self, keys: KeyCollector, timeout_s: float, longest_s: float) -> None:
        self._keys = keys
        self._timeout_s = timeout_s
        self._longest_s = longest_s
        self._held = ""
        """Keys that were pressed while somebody spoke."""
        self._began_at = 0.0
        self.is_cut_off = False
        """Whether speech has lasted too long: no more of it counts, what was said does."""
        self.state = CollectionState.PROMPTING
        self.deadline: float | None = None
        """When `handle_timeout` is due; None is never."""
        self.speech: Speech | None = None
        """What was said, once it is DONE by that."""

    @property
    def digits(self) -> str:
        """The keys that count."""
        return self._keys.digits

    @property
    def finished_on_key(self) -> str:
        """The key that ended it; "" for none."""
        return self._keys.finished_on_key

    @property
    def is_prompting(self) -> bool:
        """Whether the prompts are to go on."""
        return self.state is CollectionState.PROMPTING

    @property
    def wants_speech(self) -> bool:
        """Whether it is of use to listen."""
        return self.state not in (CollectionState.PRESSING, CollectionState.DONE)

    def handle_prompted(self, now: float) -> None:
        """The prompts have ended by themselves."""
        if self.state is CollectionState.PROMPTING:
            self._wait(now)

    def handle_key(self, key: str, now: float) -> None:
        """A key was pressed."""
        match self.state:
            case CollectionState.DONE:
                return
            case CollectionState.SPEAKING if now - self._began_at > TONE_S:
                self._held += key
            case _:
                self._press(key, now)

    def handle_speech(self, now: float) -> None:
        """Somebody began to speak."""
        if self.state in (CollectionState.PROMPTING, CollectionState.WAITING):
            self.state = CollectionState.SPEAKING
            self._began_at = now
            self.deadline = now + self._longest_s

    def handle_words(self, text: str, confidence: float | None, now: float) -> None:
        """An utterance is over; without text it was none, or could not be understood."""
        if self.state is not CollectionState.SPEAKING:
            return
        if text:
            self.speech = Speech(text, confidence)
            self._end()
            return
        held, self._held = self._held, ""
        self._wait(now)
        for key in held:
            self.handle_key(key, now)
        if self.is_cut_off and not self._keys.digits:
            self._end()

    def handle_timeout(self, now: float) -> None:
        """The deadline is reached."""
        if self.deadline is None or now < self.deadline:
            return
        if self.state is CollectionState.SPEAKING:
            self.is_cut_off = True
            self.deadline = None
        else:
            self._end()

    def handle_deaf(self, now: float) -> None:
        """Nothing more will be heard."""
        if self.state is CollectionState.SPEAKING:
            self.handle_words("", None, now)

    def _press(self, key: str, now: float) -> None:
        if self._keys.take(key):
            self._end()
        else:
            self.state = CollectionState.PRESSING
            self.deadline = now + self._timeout_s

    def _wait(self, now: float) -> None:
        self.state = CollectionState.WAITING
        self.deadline = now + self._timeout_s

    def _end(self) -> None:
        self.state, self.deadline = CollectionState.DONE, None
