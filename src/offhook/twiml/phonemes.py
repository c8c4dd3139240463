"""The sounds of a `<phoneme>`: IPA as it stands, X-SAMPA made IPA; any other alphabet is not read.

Only single symbols, their length and their stress are kept: tones, ties and diacritics have nothing that the
voices here could do with them, and are left out. Source: IPA chart of 2020; Wells, "Computer-coding the IPA"
(X-SAMPA), 2000. Used by `ssml.py`.
"""

from typing import Final

ALPHABETS: Final = ("ipa", "x-sampa")

_WRITTEN: Final = r"""
    A ɑ { æ 6 ɐ Q ɒ E ɛ @ ə @\ ɘ 3 ɜ 3\ ɞ I ɪ O ɔ 2 ø 9 œ & ɶ U ʊ } ʉ V ʌ Y ʏ 1 ɨ M ɯ 7 ɤ @` ɚ 3` ɝ B β
    B\ ʙ C ç D ð F ɱ G ɣ G\ ɢ H ɥ H\ ʜ J ɲ J\ ɟ K ɬ K\ ɮ L ʎ L\ ʟ M\ ɰ N ŋ N\ ɴ P ʋ v\ ʋ R ʁ R\ ʀ S ʃ
    T θ W ʍ X χ X\ ħ Z ʒ ? ʔ ?\ ʕ 4 ɾ 5 ɫ r\ ɹ r\` ɻ r` ɽ h\ ɦ s\ ɕ z\ ʑ s` ʂ z` ʐ t` ʈ d` ɖ n` ɳ l` ɭ
    j\ ʝ p\ ɸ x\ ɧ g ɡ " ˈ % ˌ : ː :\ ˑ
"""
_PAIRS: Final = _WRITTEN.split()
_X_SAMPA: Final = {
    **{each: each for each in "abcdefhijklmnopqrstuvwxyz"},
    **dict.fromkeys(("'", "."), ""),
    **dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)),
}
"""A symbol of X-SAMPA, and its IPA; "" is left out."""
_LONGEST: Final = max(map(len, _X_SAMPA))
_SOUNDS: Final = frozenset(
    "abcdefhijklmnopqrstuvwxyzɡgæøœçðħŋɐɑɒɓɔɕɖɗɘəɚɛɜɝɞɟɠɢɣɤɥɦɧɨɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʕʘʙʛʜʝʟ"
    "ʡʢβθχʣʤʥʦʧʨ"
)
_PROSODY: Final = frozenset("ˈˌːˑ. ")
_LEFT_OUT: Final = frozenset("͜͡‿|‖↗↘ʰʲʷˠˤⁿˡ˞ʼ̩̯̥̬̤̰̪̺̻̼̟̠̝̞̘̙̃̊̈̽̚˥˦˧˨˩̋́̄̀̏̌̂")


def sounds(alphabet: str, written: str) -> str:
    """What `ph` says, in IPA. Raises: ValueError saying what cannot be read."""
    name = alphabet or "ipa"
    if name not in ALPHABETS:
        raise ValueError(f"the alphabet {name[:30]} is not read here: {', '.join(ALPHABETS)} are")
    ipa = _from_x_sampa(written) if name == "x-sampa" else written
    kept = "".join(each for each in ipa.replace("'", "ˈ") if each not in _LEFT_OUT)
    unknown = next((each for each in kept if each not in _SOUNDS | _PROSODY), "")
    if unknown:
        raise ValueError(f"ph has {unknown}, which is no symbol of {name}")
    if not any(each in _SOUNDS for each in kept):
        raise ValueError("ph has no sounds")
    return " ".join(kept.replace(".", "").split())


def _from_x_sampa(written: str) -> str:
    """Symbol by symbol, the longest first."""
    found: list[str] = []
    at = 0
    while at < len(written):
        if written[at] == "_":  # a diacritic, which is left out
            at += 2
            continue
        for length in range(_LONGEST, 0, -1):
            symbol = written[at : at + length]
            if symbol in _X_SAMPA:
                found.append(_X_SAMPA[symbol])
                break
        else:
            if not written[at].isspace():
                raise ValueError(f"ph has {written[at]}, which is no symbol of x-sampa")
            found.append(" ")
            length = 1
        at += length
    return "".join(found)
