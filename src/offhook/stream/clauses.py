"""Tokens of a talk cycle, cut into clauses that can be spoken one after the other.

A language model sends words and parts of words. The first clause is cut off early, so that the caller hears
something soon: at the first mark behind a few words. What follows is cut where a sentence ends, or at a comma
once it is long. A mark counts when a blank follows: `3.14` and `10,000` have none. The semicolon of an entity
(`&amp;`) is no mark. Tags of SSML that are open keep everything inside together, any other tag keeps itself.
Used by `talk_queue.py`. Source: reference/twiml 10.3.
"""

# ruff: noqa: RUF001 (marks of other scripts)

import re
from typing import Final

from offhook.stream.markup import END_TAG, SSML, ends_entity, is_half_tag, tag_at

FIRST_MIN: Final = 12
"""Characters of the first clause, at least: `Well,` alone sounds cut off."""
CLAUSE_MIN: Final = 60
"""Characters of a later clause that ends at a comma, at least."""
CLAUSE_MAX: Final = 240
"""Characters after which a clause without any mark is cut at a blank."""
UNBROKEN_MAX: Final = 2_000
"""Characters after which what has no blank, or a tag that is never closed, is cut all the same."""

_MARK: Final = re.compile(
    rf"(?P<end>(?<![.!?…])[.!?…]++[\"')\]”’]*+(?P<tags>(?:{END_TAG})*+)(?=\s)|[。！？]|\n)|[,;:—–](?=\s)|[，；：、]"
)
_ABBREVIATED: Final = re.compile(
    r"(?:^|[\s(])(?:mrs?|ms|dr|prof|st|no|vs|etc|jr|sr|inc|e\.g|i\.e|[a-z])\.\Z", re.IGNORECASE
)
_ABBREVIATED_MAX: Final = 8
"""Characters of one, with what is before it and a few to spare."""


class ClauseCutter:
    """The words of one talk cycle that are not cut off yet."""

    def __init__(self) -> None:
        self._text = ""
        self._is_first = True

    @property
    def waiting(self) -> str:
        """What is not cut off yet."""
        return self._text

    def add(self, token: str) -> list[str]:
        """Take a token; the clauses that are complete by now, none of them blank."""
        self._text += token
        clauses = []
        while (at := self._cut_at()) is not None:
            head, self._text = self._text[:at].strip(), self._text[at:]
            if head:
                clauses.append(head)
                self._is_first = False
        return clauses

    def rest(self) -> str:
        """All that is left, which may be empty; the next token begins another cycle."""
        rest, self._text, self._is_first = self._text.strip(), "", True
        return rest

    def _cut_at(self) -> int | None:
        """Where the first clause ends, if it does. Looks no further than it must: much may wait."""
        text = self._text
        is_closed = _Closed(text)
        for mark in _MARK.finditer(text):
            at, is_end = mark.end(), mark["end"] is not None
            if not is_closed(at) or (not is_end and ends_entity(text, at)):
                continue
            said_until = at - len(mark["tags"] or "")
            if is_end and _ABBREVIATED.search(text[max(0, said_until - _ABBREVIATED_MAX) : said_until]):
                continue
            length = len(text[:said_until].strip())
            is_short_end = is_end and text[said_until - 1] in "!?\n。！？"
            if self._is_first and (length >= FIRST_MIN or is_short_end):
                return at
            if not self._is_first and (is_end or length >= CLAUSE_MIN):
                return at
        if len(text) > CLAUSE_MAX:
            blank = text.rfind(" ", CLAUSE_MIN, CLAUSE_MAX)
            if blank > 0 and _Closed(text)(blank):
                return blank + 1
            if len(text) > UNBROKEN_MAX:
                return UNBROKEN_MAX
        return None


class _Closed:
    """Whether no tag is open at a place. Asked of one place after the other, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next = text.find("<")
        """The first `<` that was not looked at."""
        self._depth = 0
        self._inside_until = 0
        """The end of the tag that was looked at last; beyond the text where it is not all there."""

    def __call__(self, at: int) -> bool:
        while 0 <= self._next < at and self._inside_until <= at:
            tag = tag_at(self._text, self._next)
            if tag is not None:
                self._inside_until = tag.end
                if tag.name.lower() in SSML and not tag.is_empty:
                    self._depth = max(0, self._depth - 1) if tag.is_end else self._depth + 1
            elif is_half_tag(self._text, self._next):
                self._inside_until = len(self._text) + 1
            self._next = self._text.find("<", self._next + 1 if tag is None else tag.end)
        return at >= self._inside_until and not self._depth
