"""How often a user may register: so many a second, counted in a table that forgets."""

from typing import Final

from offhook.model.sip_domain import SipDomain

WINDOW_S: Final = 1.0
_SWEEP_LEAST: Final = 1024


class RegisterRate:
    """Counts by user within windows of a second that begin with the first REGISTER in them."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}
        self._sweep_at = _SWEEP_LEAST

    def __len__(self) -> int:
        return len(self._windows)

    def admit(self, domain: SipDomain, username: str, now: float) -> bool:
        """Count one REGISTER; False when it is one too many."""
        key = (domain.sid, username)
        began, count = self._windows.get(key, (now, 0))
        if now - began >= WINDOW_S:
            began, count = now, 0
        self._windows[key] = (began, count + 1)
        if len(self._windows) >= self._sweep_at:
            self._sweep(now)
        return count < self._per_second

    def _sweep(self, now: float) -> None:
        """Forget what is over, when the table has doubled since the last time."""
        self._windows = {key: window for key, window in self._windows.items() if now - window[0] < WINDOW_S}
        self._sweep_at = max(_SWEEP_LEAST, 2 * len(self._windows))
