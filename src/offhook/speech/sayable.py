"""A text made safe for the embedded voice, without changing what ordinary texts sound like.

The engine renders a clause as a whole: one of 4,000 characters takes it gigabytes and half a
minute, and numbers of 37 digits have no words. Here clauses and words get a longest length.
Called by `speech/worker.py`.
"""

import re
from typing import Final

MAX_CLAUSE: Final = 200
"""Characters after which a comma is put between two words: some 15 s of speech without a breath."""
MAX_WORD: Final = 100
"""Characters after which a word is cut in two."""

_LONG_NUMBER: Final = re.compile(r"\d[\d,]{29,}")
"""Nobody could follow one of 30 digits: it is read digit by digit."""
_LONG_WORD: Final = re.compile(rf"\S{{{MAX_WORD}}}(?=\S)")
_PAUSES: Final = (".", "!", "?", "…", ",", ";", ":", "—")


def sayable(text: str) -> str:
    """The text on one line, with no clause longer than 300 characters."""
    text = _LONG_NUMBER.sub(lambda number: " ".join(number[0].replace(",", "")), text)
    text = _LONG_WORD.sub(r"\g<0> ", text)
    words: list[str] = []
    clause = 0
    for word in text.split():
        clause += len(word) + 1
        if word.endswith(_PAUSES):
            clause = 0
        elif clause > MAX_CLAUSE:
            word += ","  # noqa: PLW2901 (the same word, with its breath)
            clause = 0
        words.append(word)
    return " ".join(words)
