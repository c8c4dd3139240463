"""Slows down whoever guesses passwords: counts failures per source and user, in a bounded table."""

from collections import OrderedDict
from typing import Final

_WINDOW_S: Final = 60.0
_NAME_CHARACTERS: Final = 64
"""Of a claimed name; no user's is longer (sip-interface 2), and an attacker's must not fill memory."""


class Throttle:
    """A window of a minute for each source and user, which begins with the first failure in it.

    So whoever is throttled has failed that often within one minute, and after it may try again. The
    pair counts, not the source alone: behind one address there may be a whole office.
    """

    def __init__(self, failures_per_minute: int, kept: int) -> None:
        self._allowed = failures_per_minute
        self._kept = kept
        self._failures: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failures)

    def is_closed(self, source: str, username: str, now: float) -> bool:
        """Whether this source has failed for this user too often to be heard."""
        began, count = self._failures.get((source, username[:_NAME_CHARACTERS]), (now, 0))
        return count >= self._allowed and now - began < _WINDOW_S

    def fail(self, source: str, username: str, now: float) -> None:
        """Count a failure. When the table is full, the window that began first is forgotten."""
        key = (source, username[:_NAME_CHARACTERS])
        began, count = self._failures.get(key, (now, 0))
        if now - began >= _WINDOW_S:
            self._failures.pop(key, None)
            began, count = now, 0
        self._failures[key] = (began, count + 1)
        if len(self._failures) > self._kept:
            self._failures.popitem(last=False)

    def succeed(self, source: str, username: str) -> None:
        """Forget the failures: the right password was among them."""
        self._failures.pop((source, username[:_NAME_CHARACTERS]), None)
