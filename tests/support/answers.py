"""What is heard of callees who answer: people, machines, fax, silence. Synthesised, at 8000 Hz in mu-law.

Used by the tests of the detector and by `python -m tests.speech answering`, which writes the confusion table.
"""

import io
import wave
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from offhook.model.answered_by import AnsweredBy
from offhook.speech.recognition.ulaw import compress
from tests.support.another_voice import another_voice

RATE_HZ = 8000
VOICES = ("en-us", "en-gb", "en-us+f3")
NOISE = 25.0
"""Root mean square of the line's noise, of 32768: -62 dBFS."""

PEOPLE = (
    "Hello?",
    "Yes?",
    "Hello, Smith speaking.",
    "Hi, this is Anna.",
    "Good morning, how can I help you?",
    "Acme, good afternoon.",
    "Hello? | Hello?",
    "Hello? | Who is this?",
    "Yes, speaking.",
    "Just a moment please.",
)
"""`|` is a pause of a second."""
MACHINES = (
    "Hi, you've reached Anna. I can't come to the phone right now. Please leave a message after the beep.",
    "Please leave your message after the beep.",
    "This is the voicemail of Peter. Leave a message.",
    "Your call has been forwarded to an automatic voice message system. At the tone, please record.",
    "The person you are calling is not available. Please try again later.",
    "Thank you for calling Acme. Our office hours are Monday to Friday, nine to five.",
    "Hello, this is Bob. I am away from my phone. Tell me your name and number and I will call you back.",
    "Welcome to Acme. For sales, press one. For support, press two.",
)
BEEPS_HZ = (440, 1000, 1400)

Sound = NDArray[np.float64]


@dataclass(frozen=True)
class Answer:
    """What somebody hears who calls."""

    what: str
    """The row of the table."""
    text: str
    ulaw: bytes
    expected: frozenset[AnsweredBy]
    """What `DetectMessageEnd` should say; machine_start of any machine where `Enable` is asked."""
    greeting_ends_ms: int
    """When the first words are over, the beep included."""


def spoken(text: str, voice: str) -> Sound:
    """A text, from its first sound to its last."""
    with wave.open(io.BytesIO(another_voice(text, voice))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)
        count = len(samples) * RATE_HZ // file.getframerate()
    narrow = np.fft.irfft(np.fft.rfft(samples)[: count // 2 + 1], count) * count / len(samples)
    loud = np.flatnonzero(np.abs(narrow) > 200)
    part: Sound = narrow[loud[0] : loud[-1] + 1] * (9000 / np.abs(narrow).max())
    return part


def silent(seconds: float) -> Sound:
    """Nothing."""
    return np.zeros(round(seconds * RATE_HZ))


def tone(hz: float, seconds: float) -> Sound:
    """A steady tone."""
    return 6000 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


def on_the_line(*parts: Sound, seed: int = 0) -> bytes:
    """Parts one after the other, with the noise of a line, as mu-law."""
    sound = np.concatenate(parts)
    noise = np.random.default_rng(seed).normal(0, NOISE, len(sound))
    return compress(np.clip(sound + noise, -32000, 32000).astype(np.int16))


def _ms(*parts: Sound) -> int:
    return sum(map(len, parts)) * 1000 // RATE_HZ


def people() -> list[Answer]:
    """Who answers, and waits."""
    answers = []
    for text in PEOPLE:
        for voice in VOICES:
            parts = [silent(0.4)]
            for part in text.split("|"):
                parts += [spoken(part.strip(), voice), silent(1.0)]
            ends_ms = _ms(*parts[:2])
            ulaw = on_the_line(*parts, silent(5))
            answers.append(Answer("person", text, ulaw, frozenset({AnsweredBy.HUMAN}), ends_ms))
    return answers


def machines(*, beep: bool) -> list[Answer]:
    """Greetings, with a beep or silence behind them."""
    answers = []
    for number, text in enumerate(MACHINES):
        for voice in VOICES:
            parts = [silent(0.6), spoken(text, voice)]
            if beep:
                parts += [silent(0.5), tone(BEEPS_HZ[number % len(BEEPS_HZ)], 0.4)]
            expected = AnsweredBy.MACHINE_END_BEEP if beep else AnsweredBy.MACHINE_END_SILENCE
            what = "machine, beep" if beep else "machine, no beep"
            ulaw = on_the_line(*parts, silent(8), seed=number)
            answers.append(Answer(what, text, ulaw, frozenset({expected}), _ms(*parts)))
    return answers


def others() -> list[Answer]:
    """What says nothing."""
    cng = [part for _ in range(6) for part in (tone(1100, 0.5), silent(3))]
    unknown, fax = frozenset({AnsweredBy.UNKNOWN}), frozenset({AnsweredBy.FAX})
    beep = frozenset({AnsweredBy.MACHINE_END_BEEP})
    return [
        Answer("fax", "CED", on_the_line(silent(0.5), tone(2100, 2.6), silent(8)), fax, 3100),
        Answer("fax", "CNG", on_the_line(silent(0.5), *cng), fax, 1000),
        Answer("silence", "silence", on_the_line(silent(12)), unknown, 12_000),
        Answer("silence", "digital silence", b"\xff" * 8 * 12_000, unknown, 12_000),
        Answer("beep alone", "beep", on_the_line(silent(1), tone(1000, 0.5), silent(9)), beep, 1500),
    ]


def all_answers() -> list[Answer]:
    """Every one of them."""
    return [*people(), *machines(beep=True), *machines(beep=False), *others()]
