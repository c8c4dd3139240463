"""Which problems of a call's documents are still told: one that is run again and again says nothing new.

Used by `verbs/runner.py`. Without it one call that goes round, with a hundred problems in its document, would
write a hundred thousand Notifications.
"""

from typing import Final

TIMES_MAX: Final = 10
"""That one and the same problem is told."""
PROBLEMS_MAX: Final = 500
"""That are told of all documents of a call."""


class ProblemsTold:
    """Those of one call so far."""

    def __init__(self) -> None:
        self._times: dict[tuple[int, str], int] = {}
        self._told = 0

    def is_news(self, code: int, text: str) -> bool:
        """Whether a problem is to be told; it then counts as told."""
        times = self._times.get((code, text), 0) + 1
        if times > TIMES_MAX or self._told >= PROBLEMS_MAX:
            return False
        self._times[code, text] = times
        self._told += 1
        return True
