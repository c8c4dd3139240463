"""The embedded voice at another pitch, and as a man's: between the network and the sound it makes.

The network of hibari says, for each frame of 12.5 ms, with which pitch the vocal cords move and how the
throat colours that. Pulses of another pitch, coloured the same, are the same person higher or lower; with the
colour moved towards lower frequencies as well the throat is longer, as a man's is. What the network says of
the colour holds at the harmonics of its own pitch alone, so it is read there, and straight lines are drawn
between. Called by `speech/worker.py`, in the engine's process, for what differs from the
voice's own; its own is spoken by hibari itself.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from offhook.speech.ports import Gender, Utterance

Spectrum = npt.NDArray[np.float32]
"""One column for each frame, one row for each 20 Hz."""

BIN_HZ: Final = 20.0
VOICED_HZ: Final = 40.0
"""Pitch below which a frame has no pitch: a whispered or hissed one (hibari 0.2, `dsp.pulses`)."""
MAN_PITCH: Final = 0.58
"""Of the woman's: 188 Hz become 109. American men speak at some 130 (Hillenbrand 1995)."""
MAN_THROAT: Final = 0.86
"""Formants of a man, of a woman's (Hillenbrand 1995, mean over vowels)."""
MIN_PITCH_HZ: Final = 50.0
SMOOTHED_BINS: Final = 9
"""Width of the mean that takes the harmonics out of the noise's colour: 180 Hz, about one harmonic."""
PITCHED_BINS: Final = 30
"""Below 600 Hz."""
SILENT: Final = -20.0
"""Natural logarithm of a colour that is not heard."""


class Network(Protocol):
    """The parts of `hibari.Hibari` that are used, of version 0.2."""

    sess: Any
    """Its onnxruntime session."""

    def phonemize(self, text: str) -> list[str]:
        """The sounds of each sentence."""
        ...

    def ids(self, phonemes: str) -> list[int]:
        """Their numbers for the network."""
        ...


@dataclass(frozen=True, slots=True)
class Tuning:
    """What is different."""

    pitch: float = 1.0
    """Of the voice's own."""
    throat: float = 1.0
    """Where its formants are, of the voice's own."""

    @property
    def is_plain(self) -> bool:
        """Whether nothing is."""
        return self.pitch == 1.0 and self.throat == 1.0


def tuning_of(utterance: Utterance) -> Tuning:
    """How an utterance is to sound; the engine's own voice is a woman's."""
    if utterance.voice == Gender.MAN:
        return Tuning(MAN_PITCH * utterance.pitch, MAN_THROAT)
    return Tuning(utterance.pitch)


def tuned_sentences(
    voice: Network, text: str, speed: float, tuning: Tuning, seed: int
) -> "list[npt.NDArray[np.float32]]":
    """Samples from -1 to 1 of each sentence, as `Hibari.stream` gives them, tuned."""
    from hibari import dsp  # noqa: PLC0415 (in the engine's process only, as the engine)

    chance = np.random.default_rng(seed)
    sentences = []
    for phonemes in voice.phonemize(text):
        ids = voice.ids(phonemes)
        if len(ids) < 3:
            continue
        asked = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([speed], np.float32)}
        harmonics, turns, noise, rest, phases, pitch_hz = (each[0] for each in voice.sess.run(None, asked))
        tuned_hz = np.where(pitch_hz > VOICED_HZ, np.maximum(pitch_hz * tuning.pitch, MIN_PITCH_HZ), pitch_hz)
        sentences.append(
            dsp.synth(
                # Fewer harmonics stand in the same band: each is so much stronger.
                at_harmonics(harmonics, pitch_hz, tuning.throat) + np.float32(0.5 * np.log(tuning.pitch)),
                at_harmonics(turns, pitch_hz, tuning.throat),
                moved(smoothed(noise), tuning.throat),
                without_pitch(moved(rest, tuning.throat), pitch_hz),
                phases,
                tuned_hz.astype(np.float32),
                chance,
            )
        )
    return sentences


def at_harmonics(colour: Spectrum, pitch_hz: npt.NDArray[np.float32], throat: float) -> Spectrum:
    """A colour as it is at the harmonics of each frame, with straight lines between, its formants moved.

    Frames without pitch have their colour everywhere.
    """
    rows, frames = colour.shape
    step = np.where(pitch_hz > VOICED_HZ, np.maximum(pitch_hz, VOICED_HZ) / BIN_HZ, 1.0)
    row = np.arange(rows, dtype=np.float32)[:, None] / throat
    harmonic = np.maximum(row / step[None, :], 1.0)
    lower = np.floor(harmonic)
    weight = (harmonic - lower).astype(np.float32)
    below = np.clip(np.rint(lower * step), 0, rows - 1).astype(np.intp)
    above = np.clip(np.rint((lower + 1) * step), 0, rows - 1).astype(np.intp)
    frame = np.arange(frames)[None, :]
    between: Spectrum = colour[below, frame] * (1 - weight) + colour[above, frame] * weight
    return between


def without_pitch(rest: Spectrum, pitch_hz: npt.NDArray[np.float32]) -> Spectrum:
    """What has no pitch in it of a part whose phases are the network's own.

    Consonants are in it, voiced ones as well; its low frequencies have the old pitch where there is one.
    Without all of it a recogniser misses one word in eight, without these one in a hundred.
    """
    rest = rest.copy()
    rest[:PITCHED_BINS, pitch_hz > VOICED_HZ] = SILENT
    return rest


def moved(colour: Spectrum, throat: float) -> Spectrum:
    """The same colour at other frequencies: what was at 1 kHz is at 860 Hz for a throat of 0.86."""
    rows = colour.shape[0]
    at = np.minimum(np.arange(rows, dtype=np.float32) / throat, rows - 1)
    lower = np.minimum(at.astype(np.intp), rows - 2)
    weight = (at - lower)[:, None].astype(np.float32)
    between: Spectrum = colour[lower] * (1 - weight) + colour[lower + 1] * weight
    return between


def smoothed(colour: Spectrum) -> Spectrum:
    """The mean of each frequency and its neighbours."""
    half = SMOOTHED_BINS // 2
    sums = np.cumsum(np.pad(colour, ((half + 1, half), (0, 0)), mode="edge"), axis=0, dtype=np.float64)
    return ((sums[SMOOTHED_BINS:] - sums[:-SMOOTHED_BINS]) / SMOOTHED_BINS).astype(np.float32)
