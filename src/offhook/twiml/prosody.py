"""How a text in SSML is to be spoken: rate, volume, pitch and emphasis as numbers, and the length of a break.

Read by `ssml.py`. The words are SSML 1.1's (W3C, 7 September 2010, §3.2.2 to 3.2.4), their bounds and what
they mean Amazon Polly's, whose voices Twilio speaks with (https://docs.aws.amazon.com/polly/latest/dg/
supportedtags.html, read 2026-11). Neither gives the labels numbers: those here are ours, and are told in
`docs/twiml.md`.
"""

import re
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from offhook.twiml.attribute import Attribute, Kind, one_of

MAX_BREAK_MS: Final = 10_000
"""The longest pause of one `<break>` (Polly, break tag)."""
MIN_RATE: Final = 0.2
MAX_RATE: Final = 2.0
"""The slowest and the fastest speech, of a voice's own rate (Polly, prosody tag); nesting ends there, too."""
MIN_PITCH: Final = 0.5
MAX_PITCH: Final = 2.0
"""An octave below and above a voice's own pitch: nesting ends there."""
MAX_GAIN_DB: Final = 40.0
"""Most that nesting can add or, but for `silent`, take away: far beyond what a telephone carries."""

PAUSES_MS: Final = {
    "none": 0,
    "x-weak": 0,
    "weak": 300,
    "medium": 300,
    "strong": 700,
    "x-strong": 1_200,
}
"""Pauses by strength. Polly: weak and medium are as long as after a comma, strong as after a sentence,
x-strong as after a paragraph. The embedded voice pauses 290 ms after a comma and 670 ms after a sentence."""

RATES: Final = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.2, "x-fast": 1.5}
"""Labels of `rate`, of the voice's own."""
VOLUMES_DB: Final = {
    "silent": -inf,
    "x-soft": -12.0,
    "soft": -6.0,
    "medium": 0.0,
    "default": 0.0,
    "loud": 3.0,
    "x-loud": 6.0,
}
"""Labels of `volume`. 6 dB are twice the amplitude; the embedded voice has some 6 dB before it clips."""
PITCHES: Final = {"x-low": 0.7, "low": 0.85, "medium": 1.0, "default": 1.0, "high": 1.15, "x-high": 1.3}
"""Labels of `pitch`, of the voice's own: x-low is six semitones below it, x-high less than five above."""
LEVELS: Final = {"strong": (0.8, 4.0), "moderate": (0.9, 2.0), "reduced": (1.1, -3.0)}
"""Emphasis as rate and decibels. Polly: more is louder and slower, less is softer and faster."""

_PERCENT: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3})?%")
_DECIBELS: Final = re.compile(r"(?i)[+-][0-9]{1,3}(\.[0-9]{1,3})?dB")
_CHANGE: Final = re.compile(r"(?i)([+-][0-9]{1,3}(?:\.[0-9]{1,3})?)(%|st)")
_TIME: Final = re.compile(r"(?i)([0-9]{1,5}(?:\.[0-9]{1,3})?|\.[0-9]{1,3})(ms|s)")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that are spoken in one manner."""

    text: str
    """Plain text, every run of blanks and newlines one space; words may have their sounds with them
    (`base/pronunciation.py`)."""
    rate: float = 1.0
    """Of the voice's own: 0.2 to 2."""
    gain_db: float = 0.0
    """Against the voice's own volume: -40 to 40, or minus infinity, which is silence as long as the words."""
    pitch: float = 1.0
    """Of the voice's own: 0.5 to 2."""
    language: str = ""
    """BCP 47 tag of `<lang>`; empty is that of the whole text."""
    said_as: tuple[str, str] = ("", "")
    """`interpret-as` and `format` of what has words of its own in some languages (`ssml.worded`)."""

    def is_like(self, other: "Phrase") -> bool:
        """Whether both are spoken in one manner."""
        return replace(self, text="") == replace(other, text="")


@dataclass(frozen=True, slots=True)
class Break:
    """A pause, as long as this and no longer whatever marks stand beside it."""

    ms: int
    """0 to 10,000; 0 takes away the pause that a mark makes."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A value of `volume`."""

    db: float
    is_relative: bool = False
    """Against the volume around it, as decibels are; labels are against the voice's own (SSML 1.1 §3.2.4)."""


@dataclass(frozen=True, slots=True)
class Pitch:
    """A value of `pitch`."""

    factor: float
    is_relative: bool = False
    """Against the pitch around it, as percents and semitones are; labels are against the voice's own."""


def _read_pitch(text: str) -> Pitch | None:
    label = PITCHES.get(text.lower())
    if label is not None:
        return Pitch(label)
    change = _CHANGE.fullmatch(text)
    if change is None:
        return None
    number = float(change[1])
    factor = 1 + number / 100 if change[2] == "%" else 2 ** (number / 12)
    return Pitch(factor, is_relative=True) if MIN_PITCH <= factor <= MAX_PITCH else None


def _read_rate(text: str) -> float | None:
    label = RATES.get(text.lower())
    if label is not None or _PERCENT.fullmatch(text) is None:
        return label
    rate = float(text[:-1]) / 100
    return rate if MIN_RATE <= rate <= MAX_RATE else None


def _read_volume(text: str) -> Volume | None:
    label = VOLUMES_DB.get(text.lower())
    if label is not None:
        return Volume(label)
    return Volume(float(text[:-2]), is_relative=True) if _DECIBELS.fullmatch(text) else None


def _read_time(text: str) -> int | None:
    """Milliseconds."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    number, unit = float(found[1]), found[2].lower()
    ms = round(number * 1000 if unit == "s" else number)
    return ms if ms <= MAX_BREAK_MS else None


RATE: Final[Attribute[float | None]] = Attribute(
    "rate", Kind(f"20% to 200%, or one of {', '.join(RATES)}", _read_rate), None
)
VOLUME: Final[Attribute[Volume | None]] = Attribute(
    "volume", Kind(f"decibels such as +6dB, or one of {', '.join(VOLUMES_DB)}", _read_volume), None
)
PITCH: Final[Attribute[Pitch | None]] = Attribute(
    "pitch", Kind(f"-50% to +100%, semitones such as +2st, or one of {', '.join(PITCHES)}", _read_pitch), None
)
LEVEL: Final = Attribute("level", one_of(LEVELS), "moderate")
STRENGTH: Final = Attribute("strength", one_of(PAUSES_MS), "")
"""Absent, it is told by the mark before it."""
TIME: Final[Attribute[int | None]] = Attribute(
    "time", Kind("0ms to 10000ms or 0s to 10s", _read_time), None, instead="ignored"
)


@dataclass(frozen=True, slots=True)
class Prosody:
    """The manner that is in force somewhere in a document."""

    rate: float = 1.0
    gain_db: float = 0.0
    pitch: float = 1.0
    language: str = ""

    def changed(self, rate: float | None, volume: Volume | None, pitch: Pitch | None = None) -> "Prosody":
        """Inside `<prosody>`; None changes nothing.

        A rate is always of the voice's own, whatever stands around it (SSML 1.1 §3.2.4: a multiplier of the
        default rate); decibels are added to those around them, and relative pitches to the pitch there.
        """
        gain_db = self.gain_db
        if volume is not None:
            gain_db = _bounded_db(gain_db + volume.db) if volume.is_relative else volume.db
        factor = self.pitch
        if pitch is not None:
            factor = factor * pitch.factor if pitch.is_relative else pitch.factor
            factor = min(max(factor, MIN_PITCH), MAX_PITCH)
        return replace(self, rate=self.rate if rate is None else rate, gain_db=gain_db, pitch=factor)

    def in_language(self, language: str) -> "Prosody":
        """Inside `<lang>`; an empty language changes nothing."""
        return replace(self, language=language or self.language)

    def emphasised(self, level: str) -> "Prosody":
        """Inside `<emphasis>`: against what stands around it."""
        rate, gain_db = LEVELS[level]
        rate = min(max(self.rate * rate, MIN_RATE), MAX_RATE)
        return replace(self, rate=rate, gain_db=_bounded_db(self.gain_db + gain_db))

    def phrase(self, text: str) -> Phrase:
        """A text spoken in this manner."""
        return Phrase(text, self.rate, self.gain_db, self.pitch, self.language)


def _bounded_db(gain_db: float) -> float:
    """Silence stays silence, whatever is added to it."""
    return gain_db if gain_db == -inf else min(max(gain_db, -MAX_GAIN_DB), MAX_GAIN_DB)
