"""Whose turn it is: calls that the API places leave at the rate of their account, the others wait, `queued`.

A call that would wait longer than the queue is long is refused at once (22005), so none grows too old in it
(22001). Called by `exchange.py`; the wait itself is in `place_call.py`.
Source: reference/sip-interface 14 (CPS).
"""

from offhook.switchboard.settings import Settings


class QueueFullError(Exception):
    """The queue of an account is as long as it may be."""


class Turns:
    """When the next call of each account may leave."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._free_at: dict[str, float] = {}

    def take(self, account_sid: str, now: float) -> float:
        """Take the next turn of an account: how long to wait for it, in seconds. now: monotonic seconds.

        Raises: QueueFullError.
        """
        rate = self._settings.api_calls_per_second
        if rate is None:
            return 0.0
        at = max(now, self._free_at.get(account_sid, now))
        if at - now > self._settings.api_queue_s:
            raise QueueFullError(
                f"Calls that wait already need {self._settings.api_queue_s:g} s to leave, "
                f"at {rate} a second: the queue takes no more"
            )
        self._free_at[account_sid] = at + 1 / rate
        return at - now
