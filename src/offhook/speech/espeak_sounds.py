"""Sounds in IPA as espeak-ng writes them: between `[[` and `]]`, in names of which each voice has its own.

A name that a voice does not know ends what it reads, so each voice is asked once what it makes of every name
(`--ipa`, one run), and a sound is written by the name that gives it there, or the nearest one. Used by
`espeak.py`. Source: espeak-ng 1.51, docs/phonemes.md, and what its voices answer.
"""

import re
from collections.abc import Sequence
from typing import Final

LEFT_OUT: Final = "-"
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    sound: tuple("" if name == LEFT_OUT else name for name in names)
    for sound, *names in (
        line.split()
        for line in re.split(
            r"\s*\|\s*",
            """ɑː A: A | iː i: i | uː u: u | ɔː O: O | ɜː 3: Y: W | eː e: e | oː o: o | aː a: A: a | yː y: y |
            øː Y: Y | ɛː E: E | eɪ eI e: e | aɪ aI a | ɔɪ OI OY O | aʊ aU a | oʊ oU o: o | əʊ oU o: o |
            ɪə i@ I@ i | eə e@ E | ʊə U@ u | tʃ tS | dʒ dZ tS | ts ts | pf pF f | ɑ A: A a | a a | æ a & E |
            ɐ a# @ a | ɒ 0 O | e e E | ɛ E e | ə @ @2 E e | ɜ 3 3: @ E | ɘ @ e | ɚ 3 @ E | ɝ 3: 3 E | i i |
            ɪ I i | ɨ i" I i | o o O | ɔ O o | u u | ʊ U u | ʉ u" u | ɯ u- u | ʌ V a | ɤ o- V o | ø Y 2 W e |
            œ W 9 Y E | ɶ W a | y y i | ʏ y I i | ɵ U o | ɞ 3 @ | p p | b b | t t | d d | k k | f f | v v |
            s s | z z | h h | m m | n n | l l | j j | w w v | ɡ g | g g | ʃ S s | ʒ Z S | θ T t | ð D d |
            ŋ N n | r r R r- * | ɹ r r- * | ɾ * t# r | x x h | ç C x h | χ X x h | ɣ Q g | ʁ r" R r | ʀ R r |
            ɲ n^ nj | ʎ l^ lj | β B b | ɸ F f | ʋ v# v | ʔ ? - | ɫ l L | ʍ w v | c c k | ɟ J dZ g | q q k |
            ɕ S; S | ʑ Z; Z | ʂ s. S | ʐ z. Z | ɬ l# l | ʈ t. t | ɖ d. d | ɳ n. n | ɭ l. l | ɻ r. r | ɽ *. r |
            ħ H h | ʕ ?# - | ɦ h | ɱ m | ʝ j | ɥ w | ɰ g | ɢ g | ɴ N n | ʟ l | ʙ b | ʦ ts | ʣ dz | ʧ tS |
            ʤ dZ tS""",
        )
    )
}
"""What may be written for a sound, the likest first; "" says that it may be left out."""
NAMES: Final = tuple(sorted({name for names in _NAMES.values() for name in names if name}))
"""All of them: what a voice is asked about."""
_LONGEST: Final = max(map(len, _NAMES))
_OTHER_MARKS: Final = re.compile("[ˈˌ\u200d\u0361\u035c\u0329 ]")
_LENGTH: Final = "ː"


def question() -> bytes:
    """What a voice is given to read, with `--ipa`: a sentence for each name, which it answers by a line."""
    return "".join(f"[[{name}]].\n" for name in NAMES).encode()


def table(answer: str) -> dict[str, str]:
    """The name that a voice has for each sound. answer: its output, a line for each of `NAMES`."""
    given = dict(zip(NAMES, (_bare(line) for line in answer.splitlines()), strict=False))
    found: dict[str, str] = {}
    for sound, names in _NAMES.items():
        exact = next((name for name in names if name and given.get(name) == _bare(sound)), None)
        near = next((name for name in names if not name or given.get(name)), None)
        name = exact if exact is not None else near
        if name is not None:
            found[sound] = name
    return found


def written(ipa: str, names: dict[str, str]) -> str:
    """The sounds in a voice's names, between brackets; empty where it has none for one of them."""
    said: list[str] = []
    at = 0
    while at < len(ipa):
        if ipa[at] in "ˈˌː ˑ":
            said.append({"ˈ": "'", "ˌ": ",", " ": " "}.get(ipa[at], ""))
            at += 1
            continue
        sound = next(
            (ipa[at : at + size] for size in range(_LONGEST, 0, -1) if ipa[at : at + size] in names), ""
        )
        if not sound:
            return ""
        said.append(names[sound])
        at += len(sound)
    return f"[[{'|'.join(_groups(said))}]]"


def _groups(said: Sequence[str]) -> list[str]:
    """Names with a mark between, so that two are not read as one; a stress belongs to what follows."""
    groups: list[str] = []
    stress = ""
    for each in said:
        if each in ("'", ","):
            stress = each
        elif each:
            groups.append(stress + each)
            stress = ""
    return groups


def _bare(ipa: str) -> str:
    return _OTHER_MARKS.sub("", ipa).replace("g", "ɡ")
