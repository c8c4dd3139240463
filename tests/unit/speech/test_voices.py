"""Twilio's names of voices: who each is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.speech.ports import Gender
from offhook.speech.voices import POLLY, KnownVoice, known_voice, suits

MAN, WOMAN = Gender.MAN, Gender.WOMAN


@pytest.mark.parametrize(
    ("name", "gender", "language"),
    [
        ("man", MAN, ""),
        ("woman", WOMAN, ""),
        ("ALICE", WOMAN, ""),
        ("Polly.Joanna", WOMAN, "en-US"),
        ("Polly.Matthew-Neural", MAN, "en-US"),
        ("polly.ruth-generative", WOMAN, "en-US"),
        ("Polly.Hans", MAN, "de-DE"),
        ("Polly.Geraint", MAN, "en-GB-WLS"),
        ("Google.en-US-Standard-A", MAN, "en-US"),
        ("Google.en-US-Neural2-F", WOMAN, "en-US"),
        ("Google.de-DE-Wavenet-B", MAN, "de-DE"),
        ("Google.pt-BR-Standard-A", WOMAN, "pt-BR"),
        ("Google.fr-FR-Chirp3-HD-Puck", MAN, "fr-FR"),
        ("Google.ja-JP-Chirp3-HD-Aoede", WOMAN, "ja-JP"),
    ],
)
def test_a_name_of_twilios_is_a_man_or_a_woman_of_a_language(
    name: str, gender: Gender, language: str
) -> None:
    assert known_voice(name) == KnownVoice(gender, language)


@pytest.mark.parametrize(
    "name",
    ["", "robot", "Polly.", "Polly.Nobody", "Polly.Joanna-Loud", "Google.en-US", "Google.en-US-Standard-Zoe"],
)
def test_nobody_knows_another_name(name: str) -> None:
    assert known_voice(name) is None


@given(st.text(max_size=40))
def test_any_name_is_known_or_is_not(name: str) -> None:
    known = known_voice(name)
    assert known is None or known.gender in Gender


def test_each_of_pollys_voices_speaks_one_language() -> None:
    assert len(POLLY) == 104
    assert all(each.language for each in POLLY.values())


@pytest.mark.parametrize(
    ("name", "language", "fits"),
    [
        ("alice", "sw-KE", True),
        ("Polly.Amy", "en-US", True),
        ("Polly.Amy", "fr-FR", False),
        ("Polly.Aditi", "hi-IN", True),
        ("Polly.Zeina", "ar-SA", True),
        ("Polly.Zhiyu", "zh-CN", True),
        ("Polly.Liv", "no-NO", True),
    ],
)
def test_a_voice_suits_its_language_in_whichever_country(name: str, language: str, fits: bool) -> None:
    voice = known_voice(name)

    assert voice is not None
    assert suits(name, voice, language) is fits
