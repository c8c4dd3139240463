"""Dynamic time warping over the timbre of sounds, with sounds that are made here."""

import numpy as np
import pytest

from offhook.speech.likeness import RATE_HZ, Numbers, best_match, features, voiced

SECOND = np.arange(RATE_HZ) / RATE_HZ


def melody(*tones_hz: int, seconds: float = 0.2) -> Numbers:
    """One tone after the other: each with an overtone, so that it has a timbre."""
    time = SECOND[: int(seconds * RATE_HZ)]
    sounds = [0.3 * np.sin(2 * np.pi * hz * time) + 0.1 * np.sin(4 * np.pi * hz * time) for hz in tones_hz]
    return np.concatenate(sounds)


def silence(seconds: float) -> Numbers:
    return np.zeros(int(seconds * RATE_HZ))


TUNE = melody(300, 600, 450, 900)
OTHER = melody(300, 600, 1300, 900)


def worst(pattern: Numbers, audio: Numbers) -> float:
    match = best_match(features(pattern), features(audio))
    assert match is not None
    return match.worst


def test_a_sound_is_found_where_it_is() -> None:
    match = best_match(features(TUNE), features(np.concatenate([silence(1.5), TUNE, silence(1.0)])))
    assert match is not None
    assert match.start == pytest.approx(150, abs=2)
    assert match.end == pytest.approx(228, abs=3)
    assert match.worst < 1.0


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01])
def test_loudness_does_not_matter(gain: float) -> None:
    assert worst(TUNE, np.concatenate([silence(1), gain * TUNE, silence(1)])) < 1.0


@pytest.mark.parametrize("seconds", [0.12, 0.3])
def test_pace_does_not_matter_within_half_to_twice(seconds: float) -> None:
    assert worst(TUNE, np.concatenate([silence(1), melody(300, 600, 450, 900, seconds=seconds)])) < 3.0


def test_one_other_fifth_of_a_second_counts_as_another_sound() -> None:
    assert worst(TUNE, np.concatenate([silence(1), OTHER, silence(1)])) > 5.0


@pytest.mark.parametrize(
    "audio",
    [silence(3), np.random.default_rng(1).normal(0, 0.1, 3 * RATE_HZ), melody(440, seconds=1.0)],
    ids=["silence", "noise", "tone"],
)
def test_what_is_no_such_sound_is_far_away(audio: Numbers) -> None:
    assert worst(TUNE, audio) > 5.0


def test_a_beep_beside_a_faint_sound_does_not_drown_it() -> None:
    beep = 0.9 * np.sin(2 * np.pi * 1000 * SECOND)
    assert worst(TUNE, np.concatenate([beep, silence(1), 0.05 * TUNE, silence(1), beep])) < 1.0


@pytest.mark.parametrize("samples", [0, 1, 199, 200, 280])
def test_audio_that_is_too_short_to_hold_it_has_no_match(samples: int) -> None:
    assert best_match(features(TUNE), features(TUNE[:samples])) is None


def test_rows_are_one_in_10_ms() -> None:
    assert features(silence(1)).shape == (98, 13)
    assert np.isfinite(features(silence(1))).all()


def test_silence_around_a_sound_is_cut_off() -> None:
    assert len(voiced(np.concatenate([silence(1), TUNE, silence(1)]))) == pytest.approx(len(TUNE), abs=410)
    assert len(voiced(silence(1))) == 0
    assert len(voiced(silence(0))) == 0
