"""Whether a text has anything in it that can be read aloud.

Marks alone, blanks and pictures have not: a voice makes a noise of `...` or `!?`, or nothing at all.
Used by `twiml/` for an empty `<Say>`, and by `verbs/voice.py` for all that is spoken.
"""

from typing import Final
from unicodedata import category

SIGNS: Final = frozenset("#%&/@^°§©®™")
"""Signs with a name, beside those of mathematics and of currencies. The embedded voice reads no other."""
UNREAD: Final = frozenset("|")
"""Of mathematics by Unicode, and no more than a line."""


def is_readable(text: str) -> bool:
    """Whether there is a letter, a digit or a sign that has a name."""
    return any(map(_is_read, text))


def _is_read(character: str) -> bool:
    if character in SIGNS:
        return True
    kind = category(character)
    return kind[0] in "LN" or (kind in ("Sm", "Sc") and character not in UNREAD)
