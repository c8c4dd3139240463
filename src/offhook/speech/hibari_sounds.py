"""Sounds in IPA as the embedded voice reads them: letters of its own, the stress before the vowel.

It has been taught American English: a sound that it never heard is spoken as the nearest that it knows. Used
by `worker.py`, in the engine's process. Source: hibari-tts 0.2, whose letters are those of misaki.
"""

import re
from typing import Final

_LETTERS: Final = (
    *(("eɪ", "A"), ("aɪ", "I"), ("aʊ", "W"), ("ɔɪ", "Y"), ("oʊ", "O"), ("əʊ", "O"), ("tʃ", "ʧ"), ("dʒ", "ʤ")),
    *(("ɝ", "ɜɹ"), ("ɚ", "əɹ"), ("ɜː", "ɜɹ"), ("r", "ɹ"), ("g", "ɡ"), ("ɫ", "l"), ("ʍ", "w"), ("ɱ", "m")),
    *(("a", "æ"), ("e", "ɛ"), ("o", "ɔ"), ("ɒ", "ɑ"), ("ɐ", "ə"), ("ɘ", "ə"), ("ɵ", "ʊ"), ("ʉ", "u")),
    *(("y", "i"), ("ʏ", "ɪ"), ("ø", "ɜ"), ("œ", "ɜ"), ("ɶ", "æ"), ("ɨ", "ɪ"), ("ɯ", "u"), ("ɤ", "ʌ")),
    *(("ç", "h"), ("x", "k"), ("χ", "k"), ("ħ", "h"), ("ɦ", "h"), ("ɣ", "ɡ"), ("ʁ", "ɹ"), ("ʀ", "ɹ")),
    *(("ɲ", "nj"), ("ʎ", "lj"), ("ʋ", "v"), ("β", "v"), ("ɸ", "f"), ("ɕ", "ʃ"), ("ʑ", "ʒ"), ("ʂ", "ʃ")),
    *(("ʐ", "ʒ"), ("ɬ", "l"), ("ɮ", "l"), ("ɭ", "l"), ("ʟ", "l"), ("ɳ", "n"), ("ɴ", "ŋ"), ("ʈ", "t")),
    *(("ɖ", "d"), ("ɟ", "ʤ"), ("c", "k"), ("q", "k"), ("ɢ", "ɡ"), ("ɻ", "ɹ"), ("ɽ", "T"), ("ɾ", "T")),
    *(("ɥ", "w"), ("ɰ", "w"), ("ʝ", "j"), ("ʦ", "ts"), ("ʣ", "dz"), ("ʙ", "b"), ("ɞ", "ɜ"), ("ɔː", "ɔ")),
    ("ː", ""),
)
_FOUND: Final = re.compile("|".join(sorted((re.escape(ipa) for ipa, _ in _LETTERS), key=len, reverse=True)))
_LETTER_OF: Final = dict(_LETTERS)
_VOWELS: Final = "AIWYOQæɑəɛɜɪɔʊuiʌᵊᵻ"
_STRESS: Final = re.compile(f"([ˈˌ])([^{_VOWELS}ˈˌ ]*)(?=[{_VOWELS}])")
_ENGLISH: Final = frozenset("AIWYOTʧʤbdfhijklmnpstuvwzæðŋɑəɛɜɡɪɔɹʃʊʌʒθᵊᵻʔ ˈˌ")


def letters(ipa: str) -> str:
    """What stands in the engine's `[word](/letters/)`; empty where nothing of it can be spoken."""
    said = _FOUND.sub(lambda found: _LETTER_OF[found[0]], ipa.replace("ˑ", ""))
    said = "".join(each for each in said if each in _ENGLISH)
    return _STRESS.sub(r"\2\1", said)


def linked(word: str, ipa: str) -> str:
    """A word with its letters as the engine takes them in a text; the word alone where there are none."""
    said = letters(ipa)
    name = "".join(each for each in word if each not in "[]()/") or "x"
    return f"[{name}](/{said}/)" if said.strip(" ˈˌ") else word
