"""Sounds in IPA as the engines write them: what they are given, and what they make of it."""

import asyncio
import subprocess

import pytest
from hibari.g2p import G2P

from offhook.base.pronunciation import pronounced
from offhook.speech import espeak_sounds
from offhook.speech.espeak import EspeakSynthesizer
from offhook.speech.hibari_sounds import letters, linked
from offhook.speech.ports import Utterance

FEIN = "ˈfaɪn"
TOMATO = "təˈmɑːtoʊ"


@pytest.fixture(scope="module")
def g2p() -> G2P:
    """What the embedded voice reads a text with."""
    return G2P(british=False)


@pytest.mark.parametrize(
    ("ipa", "said"),
    [
        (TOMATO, "təmˈɑtO"),
        ("pɪˈkɑːn", "pɪkˈɑn"),
        ("ˈtʃɜːtʃ", "ʧˈɜɹʧ"),
        ("ˈstraɪk", "stɹˈIk"),
        ("ˈmyːnçən", "mˈinhən"),
        ("ɡʊd ˈdeɪ", "ɡʊd dˈA"),
    ],
)
def test_the_embedded_voice_has_letters_of_its_own(ipa: str, said: str, g2p: G2P) -> None:
    assert letters(ipa) == said
    assert g2p(f"I say {linked('word', ipa)}, today.") == f"ˌI sˈA {said}, tədˈA."


def test_sounds_that_no_voice_of_ours_has_leave_the_word() -> None:
    assert linked("word", "ʘ") == "word"


@pytest.mark.parametrize(
    ("voice", "ipa", "made"),
    [
        ("en-us", "pɪˈkɑːn", "pɪkˈɑːn"),
        ("en-us", "ˈθɪŋk", "θˈɪŋk"),
        ("de", "ˈmyːnçən", "mˈyːnçən"),
        ("de", TOMATO, "təmˈɑːtoʊ"),
        ("es", "ˈniɲo", "nˈiɲo"),
        ("fr", "ʒə", "ʒˈə"),
        ("sv", "ˈʃøːn", "ʃˈøːn"),
    ],
)
def test_each_voice_of_espeak_makes_the_sounds_that_it_is_given(voice: str, ipa: str, made: str) -> None:
    def ask(given: bytes) -> str:
        command = ["espeak-ng", "-v", voice, "-q", "--ipa", "-b", "1", "--stdin"]
        return subprocess.run(command, input=given, capture_output=True, check=True).stdout.decode()

    names = espeak_sounds.table(ask(espeak_sounds.question()))
    given = espeak_sounds.written(ipa, names)
    assert ask(given.encode()).strip() == made


def test_a_voice_without_a_sound_is_given_the_word() -> None:
    assert espeak_sounds.written("ab", {"a": "a"}) == ""


def test_espeak_says_the_sounds_and_not_the_word() -> None:
    async def run() -> None:
        engine = EspeakSynthesizer()
        await engine.start()
        texts = (f"Das ist {pronounced('gut', FEIN)} so.", "Das ist fein so.", "Das ist gut so.")
        sounds, same, other = [await engine.synthesize(Utterance(each, language="de-DE")) for each in texts]
        await engine.close()
        assert sounds == same
        assert sounds != other

    asyncio.run(run())
