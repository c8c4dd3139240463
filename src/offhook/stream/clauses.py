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

from offhook.stream.markup import END_TAG, SSML, entity_ends, half_tag, tags

FIRST_MIN: Final = 12
"""Characters of the first clause, at least: `Well,` alone sounds cut off."""
CLAUSE_MIN: Final = 60
"""Characters of a later clause that ends at a comma, at least."""
CLAUSE_MAX: Final = 240
"""Characters after which a clause without any mark is cut at a blank."""
UNBROKEN_MAX: Final = 2_000
"""Characters after which what has no blank, or a tag that is never closed, is cut all the same."""

_END: Final = re.compile(rf"[.!?…]+[\"')\]”’]*(?P<tags>(?:{END_TAG})*)(?=\s)|[。！？]|\n")
_COMMA: Final = re.compile(r"[,;:—–](?=\s)|[，；：、]")
_ABBREVIATED: Final = re.compile(
    r"(?:^|[\s(])(?:mrs?|ms|dr|prof|st|no|vs|etc|jr|sr|inc|e\.g|i\.e|[a-z])\.\Z", re.IGNORECASE
)


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
        """Where the first clause ends, if it does."""
        text = self._text
        places = [(each.end(), len(each["tags"] or ""), True) for each in _END.finditer(text)]
        entities = entity_ends(text)
        places += [(each.end(), 0, False) for each in _COMMA.finditer(text) if each.end() not in entities]
        shut = _closed_places(text)
        for at, tags_behind, is_end in sorted(places):
            said = text[: at - tags_behind]
            length = len(said.strip())
            if not shut(at) or (is_end and _ABBREVIATED.search(said)):
                continue
            if self._is_first and (length >= FIRST_MIN or (is_end and said[-1:] in "!?\n。！？")):
                return at
            if not self._is_first and (is_end or length >= CLAUSE_MIN):
                return at
        if len(text) > CLAUSE_MAX:
            blank = text.rfind(" ", CLAUSE_MIN, CLAUSE_MAX)
            if blank > 0 and shut(blank):
                return blank + 1
            if len(text) > UNBROKEN_MAX:
                return UNBROKEN_MAX
        return None


class _Closed:
    """Where no tag is open."""

    def __init__(self, text: str) -> None:
        self._spans: list[tuple[int, int]] = []
        depth = start = 0
        for tag in tags(text):
            if tag.is_empty or tag.name.lower() not in SSML:
                self._spans.append((tag.start, tag.end))
            elif not tag.is_end:
                start = tag.start if not depth else start
                depth += 1
            elif depth:
                depth -= 1
                if not depth:
                    self._spans.append((start, tag.end))
        half = half_tag(text)
        if depth:
            self._spans.append((start, len(text) + 1))
        elif half is not None:
            self._spans.append((half, len(text) + 1))

    def __call__(self, at: int) -> bool:
        return not any(start < at < end for start, end in self._spans)


def _closed_places(text: str) -> _Closed:
    return _Closed(text) if "<" in text else _NOTHING_OPEN


_NOTHING_OPEN: Final = _Closed("")
