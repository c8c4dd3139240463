"""The steps of a call: made ready before it is dialled or answered, then carried out in their order.

What cannot be done at all (a file that is no audio, a text that cannot be spoken) is known before anybody's
telephone rings. Called by `cli/call.py` and `cli/phone.py`.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from offhook.base.clock import Clock
from offhook.media.ports import Clip
from offhook.media.ports.engine import AudioFileError, MediaEngine
from offhook.model.user_defined_message import ContentError, check_content
from offhook.phone.hearing import LOOK_AGAIN_S, RATE_HZ, Hearing
from offhook.phone.phone_call import CallEndedError, PhoneCall
from offhook.phone.steps import Expect, Play, Press, Say, SendMessage, Step
from offhook.speech.ports import (
    Phrase,
    PhraseSpotter,
    SpeechError,
    SpeechSynthesizer,
    Spotting,
    Utterance,
)

DIGITS: Final = frozenset("0123456789*#ABCDabcdwW")
DIGITS_MAX: Final = 64
_KEY_S: Final = 0.2
"""From one key to the next: down for 100 ms, then as long nothing (`media/ports`)."""
_WAITS_S: Final = {"w": 0.5, "W": 1.0}


class StepError(Exception):
    """A step that cannot be carried out, whatever the call: which, and what is allowed."""


class NotHeardError(Exception):
    """What was expected was not heard.

    sentence: the first that is missing. nearest: the place most like it; None when nothing was heard.
    """

    def __init__(self, sentence: str, nearest: Spotting | None, why: str) -> None:
        super().__init__(why)
        self.sentence = sentence
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class ReadyStep:
    """A step with what it needs."""

    step: Step
    clip: Clip | None = None
    """Of Say and Play; None where there is nothing to hear in the text."""
    phrases: tuple[Phrase, ...] = ()
    """Of Expect: its sentences."""


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step that was carried out."""

    step: Step
    began_s: float
    """Seconds since the answer, here and below."""
    ended_s: float
    spotting: Spotting | None = None
    """Of Expect: where it was heard, counted from the beginning of the recording."""


def check(step: Step) -> None:
    """Refuse what is no step by its arguments alone. Raises: StepError."""
    match step:
        case Press(digits=digits):
            wrong = sorted(set(digits) - DIGITS)
            if wrong:
                allowed = "0-9 * # A-D, w (waits 0.5 s) and W (1 s)"
                raise StepError(f"{''.join(wrong)!r} in {digits!r} are no keys: {allowed} are")
            if not 1 <= len(digits) <= DIGITS_MAX:
                raise StepError(f"{len(digits)} keys at once: 1 to {DIGITS_MAX} are allowed")
        case Say(text=text) | Expect(text=text):
            if not any(character.isalnum() for character in text):
                raise StepError(
                    f"there is nothing to {'say' if isinstance(step, Say) else 'hear'} in {text!r}"
                )
        case SendMessage(content=content):
            try:
                check_content(content)
            except ContentError as error:
                raise StepError(f"{content!r} cannot be sent: {error.message}") from error
        case Play():
            pass  # the file is read when it is made ready


async def make_ready(
    steps: Iterable[Step], media: MediaEngine, voice: SpeechSynthesizer, spotter: PhraseSpotter
) -> tuple[ReadyStep, ...]:
    """Load and speak everything that the steps need.

    Raises: StepError for what can never be done; SpeechError when the engine fails.
    """
    ready: list[ReadyStep] = []
    for step in steps:
        check(step)
        try:
            match step:
                case Press() | SendMessage():
                    ready.append(ReadyStep(step))
                case Say(text=text):
                    audio = await voice.synthesize(Utterance(text))
                    clip = media.load_clip(audio.samples, audio.rate_hz) if audio.samples else None
                    ready.append(ReadyStep(step, clip=clip))
                case Play(path=path):
                    data = await asyncio.to_thread(path.read_bytes)
                    clip = await asyncio.to_thread(media.decode_clip, data)
                    ready.append(ReadyStep(step, clip=clip))
                case Expect(text=text):
                    ready.append(ReadyStep(step, phrases=await spotter.learn(text)))
        except OSError as error:
            raise StepError(f"{error.filename} cannot be read: {error.strerror}") from error
        except AudioFileError as error:
            raise StepError(f"cannot {step}: {error}") from error
        except SpeechError as error:
            raise SpeechError(f"cannot {step}: {error}") from error
    return tuple(ready)


class Script:
    """Carries the steps of one call out."""

    def __init__(
        self, call: PhoneCall, spotter: PhraseSpotter, clock: Clock, hearing: Hearing | None
    ) -> None:
        """Begins at the answer. hearing: needed where something is expected."""
        self._call = call
        self._spotter = spotter
        self._clock = clock
        self._hearing = hearing
        self._answered_at = clock.monotonic()
        self._heard_up_to = 0
        """Where the last expectation's words ended: the next one is heard behind it."""
        self._previous_began = 0
        """Where the recording was when the step before began: an answer to it is not heard earlier."""

    @property
    def elapsed_s(self) -> float:
        """Seconds since the answer."""
        return self._clock.monotonic() - self._answered_at

    async def carry_out(self, ready: ReadyStep, until_s: float) -> StepDone:
        """Do one step and wait for its end.

        until_s: seconds after the answer up to which an expectation waits.
        Raises: CallEndedError when the other side hung up meanwhile, NotHeardError; CarrierError for a
        message that the other side has not taken.
        """
        began_s = self.elapsed_s
        position = self._hearing.position if self._hearing is not None else 0
        spotting = None
        can_hear = isinstance(ready.step, Expect) and self._hearing is not None
        if self._call.end is not None and not can_hear:
            raise CallEndedError(self._call.end)
        match ready.step:
            case Press(digits=digits):
                await self._press(digits)
            case Say() | Play():
                if ready.clip is not None:
                    await self._call.play(ready.clip)
            case SendMessage(content=content):
                await self._call.send_message(content)
            case Expect():
                spotting = await self._expect(ready.phrases, until_s)
        self._previous_began = position
        return StepDone(ready.step, began_s, self.elapsed_s, spotting)

    async def _press(self, digits: str) -> None:
        """Press keys. Whom the last one makes hang up has had it, although its last packet has not left."""
        began_s = self.elapsed_s
        try:
            await self._call.press(digits)
        except CallEndedError:
            if self.elapsed_s - began_s < _begin_of_last_key_s(digits):
                raise

    async def _expect(self, phrases: tuple[Phrase, ...], until_s: float) -> Spotting:
        """Hear every sentence, in order: the spotting is from the first to the last, as good as the worst."""
        whole: Spotting | None = None
        start = max(self._heard_up_to, self._previous_began)
        for phrase in phrases:
            found = await self._hear(phrase, start, until_s)
            start = self._heard_up_to = round(found.end_s * RATE_HZ)
            whole = found if whole is None else whole.joined_with(found)
        if whole is None:
            raise AssertionError("check() refuses a text without words")
        return whole

    async def _hear(self, phrase: Phrase, start: int, until_s: float) -> Spotting:
        if self._hearing is None:
            raise AssertionError("who expects something listens")
        nearest: Spotting | None = None
        while True:
            is_over = self._call.end is not None
            if is_over:
                await self._call.recorded()
            samples = self._hearing.read(start)
            found = await self._spotter.spot(phrase, samples)
            if found is not None:
                found = found.later_by(start / RATE_HZ)
                if found.is_heard:
                    return found
                if nearest is None or found.difference < nearest.difference:
                    nearest = found
            if is_over:
                raise NotHeardError(phrase.text, nearest, "before the call ended")
            if self.elapsed_s >= until_s:
                raise NotHeardError(phrase.text, nearest, f"within {until_s:g} s of the answer")
            # The words may have begun already: what a whole phrase could need is looked at once more.
            start = max(start, start + len(samples) // 2 - round(phrase.longest_s * RATE_HZ))
            await self._call.ended_within(min(LOOK_AGAIN_S, max(0.0, until_s - self.elapsed_s)))


def _begin_of_last_key_s(digits: str) -> float:
    """When the last key goes down, counted from the first."""
    keys = digits.rstrip("wW")
    return sum(_WAITS_S.get(each, _KEY_S) for each in keys[:-1])
