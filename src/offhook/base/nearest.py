"""What a misspelt name may have meant."""

import difflib
from collections.abc import Collection
from typing import Final

MUCH: Final = 0.7
"""Of their letters in common, in their order: one of four may be wrong."""


def nearest(name: str, known: Collection[str]) -> tuple[str, ...]:
    """The known names that are spelled much like it, in whatever case, the likeliest first; three at most."""
    by_lower = {each.lower(): each for each in known}
    return tuple(by_lower[each] for each in difflib.get_close_matches(name.lower(), by_lower, cutoff=MUCH))
