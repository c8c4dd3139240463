"""How often something may happen: so many times a second for each key, counted in a table that forgets."""

from collections.abc import Hashable
from typing import Final

WINDOW_S: Final = 1.0
_SWEEP_LEAST: Final = 1024


class Rate:
    """Counts by key within windows of a second that begin with the first event in them.

    per_second: None is no limit.
    """

    def __init__(self, per_second: int | None) -> None:
        self.per_second = per_second
        self._windows: dict[Hashable, tuple[float, int]] = {}
        self._sweep_at = _SWEEP_LEAST

    def __len__(self) -> int:
        return len(self._windows)

    def admit(self, key: Hashable, now: float) -> bool:
        """Count one; False when it is one too many. now: monotonic seconds."""
        if self.per_second is None:
            return True
        began, count = self._windows.get(key, (now, 0))
        if now - began >= WINDOW_S:
            began, count = now, 0
        self._windows[key] = (began, count + 1)
        if len(self._windows) >= self._sweep_at:
            self._sweep(now)
        return count < self.per_second

    def _sweep(self, now: float) -> None:
        """Forget what is over, when the table has doubled since the last time."""
        self._windows = {key: window for key, window in self._windows.items() if now - window[0] < WINDOW_S}
        self._sweep_at = max(_SWEEP_LEAST, 2 * len(self._windows))
