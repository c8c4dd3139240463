"""What an account does to what runs beside a call that is alive: begin it, end it.

Streams, recording sessions and transcriptions; their resources in `rest/api` ask through the exchange.
Source: reference/rest-api 2.2.
"""

from typing import Protocol

from offhook.call.call import Call
from offhook.call.leg_state import LegState
from offhook.model.companion import CompanionRecord
from offhook.switchboard.live_calls import LiveCalls
from offhook.switchboard.update_call import NotInProgressError


class Live(Protocol):
    """One that runs."""

    def stop(self) -> CompanionRecord:
        """End it. As it is then."""
        ...


def answered_call(account_sid: str, sid: str, calls: LiveCalls, *, to: str) -> Call:
    """The call beside which something is to begin. to: what is wanted of it, as a verb.

    Raises: NotInProgressError when the call is not answered, or not alive here.
    """
    live = calls.find(account_sid, sid)
    if live is None or live.call.leg.state is not LegState.ANSWERED:
        raise NotInProgressError(f"Call is not in-progress. Cannot {to}.")
    return live.call


def stop_companion(live: Live | None) -> CompanionRecord | None:
    """End what was found by its Sid or name; None when that does not run."""
    return live.stop() if live is not None else None
