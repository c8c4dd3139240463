"""Twilio's voices by their names: which language each speaks, and whether it is a man's or a woman's.

What is here to speak has other voices, so that no more of a name counts. Called by `speech/engines.py`.
Sources: https://www.twilio.com/docs/voice/twiml/say/text-speech, https://docs.aws.amazon.com/polly/latest/dg/
available-voices.html, https://cloud.google.com/text-to-speech/docs/list-voices-and-types (read 2026-11).
"""

import re
from dataclasses import dataclass
from typing import Final

from offhook.speech.ports import Gender


@dataclass(frozen=True, slots=True)
class KnownVoice:
    """What a name stands for."""

    gender: Gender
    language: str = ""
    """BCP 47 tag; empty for a voice that speaks whatever is asked."""


BASIC: Final = {
    "man": KnownVoice(Gender.MAN),
    "woman": KnownVoice(Gender.WOMAN),
    "alice": KnownVoice(Gender.WOMAN),
}

_POLLY: Final = """
arb     : Zeina |
ar-AE   : Hala | Zayd
ca-ES   : Arlet |
cmn-CN  : Zhiyu |
cs-CZ   : Jitka |
cy-GB   : Gwyneth |
da-DK   : Naja Sofie | Mads
de-AT   : Hannah |
de-CH   : Sabrina |
de-DE   : Marlene Vicki | Hans Daniel
en-AU   : Nicole Olivia | Russell
en-GB   : Amy Emma | Brian Arthur
en-GB-WLS : | Geraint
en-IE   : Niamh |
en-IN   : Aditi Raveena Kajal |
en-NZ   : Aria |
en-SG   : Jasmine |
en-US   : Danielle Ivy Joanna Kendra Kimberly Ruth Salli Tiffany |
en-US   : | Gregory Joey Justin Kevin Matthew Patrick Stephen
en-ZA   : Ayanda |
es-ES   : Alba Conchita Lucia | Enrique Raul Sergio
es-MX   : Mia | Andres
es-US   : Lupe Penelope | Miguel Pedro
fi-FI   : Suvi |
fr-BE   : Isabelle |
fr-CA   : Chantal Gabrielle | Liam
fr-FR   : Celine Lea | Mathieu Remi
is-IS   : Dora | Karl
it-IT   : Bianca Carla | Adriano Giorgio
ja-JP   : Kazuha Mizuki Tomoko | Takumi
ko-KR   : Jihye Seoyeon |
nb-NO   : Ida Liv |
nl-BE   : Lisa |
nl-NL   : Laura Lotte | Ruben
pl-PL   : Ewa Maja Ola | Jacek Jan
pt-BR   : Camila Vitoria | Ricardo Thiago
pt-PT   : Ines | Cristiano
ro-RO   : Carmen |
ru-RU   : Tatyana | Maxim
sv-SE   : Astrid Elin |
tr-TR   : Burcu Filiz |
yue-CN  : Hiujin |
"""
"""A line a language: its women before the bar, its men behind it."""
_BILINGUAL: Final = {"aditi": ("en", "hi"), "kajal": ("en", "hi")}
"""Polly's voices of two languages."""


def _polly() -> dict[str, KnownVoice]:
    known = {}
    for line in _POLLY.strip().splitlines():
        language, _, names = line.partition(":")
        women, _, men = names.partition("|")
        for gender, of_gender in ((Gender.WOMAN, women), (Gender.MAN, men)):
            known.update({name.lower(): KnownVoice(gender, language.strip()) for name in of_gender.split()})
    return known


POLLY: Final = _polly()

_POLLY_NAME: Final = re.compile(r"polly\.([a-z]+)(-neural|-generative|-standard|-long-form)?\Z")
_GOOGLE_NAME: Final = re.compile(r"google\.([a-z]{2,3}-[a-z]{2})-([a-z0-9-]+?)-([a-z]+)\Z")
_GOOGLE_FAMILIES: Final = re.compile(
    r"standard|wavenet|neural2|news|studio|casual|polyglot(-1)?|journey|chirp(3)?-hd"
)
_STARS: Final = {
    Gender.WOMAN: "achernar aoede autonoe callirrhoe despina erinome gacrux kore laomedeia leda pulcherrima "
    "sulafat vindemiatrix zephyr",
    Gender.MAN: "achird algenib algieba alnilam charon enceladus fenrir iapetus orus puck rasalgethi "
    "sadachbia sadaltager schedar umbriel zubenelgenubi",
}
"""Voices of Google's Chirp 3, in whatever language."""
_MEN_OF_GOOGLE: Final = {"en-us": "abdijq", "": "bdmq"}
"""Letters of Google's other voices; the rest are women's. Not each language follows the rule of most."""


def known_voice(name: str) -> KnownVoice | None:
    """What a name of Twilio's stands for, in any case of letters; None for a name that nobody knows."""
    name = name.lower()
    if name in BASIC:
        return BASIC[name]
    polly = _POLLY_NAME.match(name)
    if polly is not None:
        return POLLY.get(polly[1])
    google = _GOOGLE_NAME.match(name)
    return None if google is None else _google(google[1], google[2], google[3])


def _google(language: str, family: str, voice: str) -> KnownVoice | None:
    if _GOOGLE_FAMILIES.fullmatch(family) is None:
        return None
    spelled = f"{language[:-2]}{language[-2:].upper()}"
    for gender, stars in _STARS.items():
        if voice in stars.split():
            return KnownVoice(gender, spelled)
    if len(voice) > 1:
        return None
    men = _MEN_OF_GOOGLE.get(language, _MEN_OF_GOOGLE[""])
    return KnownVoice(Gender.MAN if voice in men else Gender.WOMAN, spelled)


def suits(name: str, voice: KnownVoice, language: str) -> bool:
    """Whether a voice speaks a language, in whichever country."""
    primary = primary_of(language)
    base = name.lower().removeprefix("polly.").partition("-")[0]
    own = _BILINGUAL.get(base, (primary_of(voice.language),))
    return not voice.language or primary in own


def primary_of(language: str) -> str:
    """The first part of a tag, that tells languages apart; Chinese and Arabic have one for each kind."""
    primary = language.lower().partition("-")[0]
    return {"arb": "ar", "cmn": "zh", "yue": "zh", "no": "nb", "iw": "he", "fil": "tl"}.get(primary, primary)
