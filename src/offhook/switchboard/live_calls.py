"""The calls of this node that have a program, by their Sid: what an act on a running call looks up.

Filled by `inbound_call.py`, `place_call.py`; read by `update_call.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from offhook.call.call import Call
from offhook.sip.session.invite_session import InviteSession
from offhook.verbs.dialler import ChildCall
from offhook.verbs.runner import Runner


@dataclass(slots=True)
class LiveCall:
    """A call and what runs on it."""

    call: Call
    runner: Runner
    """Runs, or will once the call is answered; replaced when the call is redirected."""
    child: ChildCall | None = None
    """Of a call that a Dial made."""


class LiveCalls:
    """Those that have not ended."""

    def __init__(self) -> None:
        self._by_sid: dict[str, LiveCall] = {}

    def __len__(self) -> int:
        return len(self._by_sid)

    @contextmanager
    def holding(self, call: Call, runner: Runner, child: ChildCall | None = None) -> Iterator[LiveCall]:
        """Known from here to the end of the block."""
        live = self._by_sid[call.sid] = LiveCall(call, runner, child)
        try:
            yield live
        finally:
            del self._by_sid[call.sid]

    def of_session(self, account_sid: str, session: InviteSession) -> LiveCall | None:
        """An account's live call whose signalling this is; all are searched, for transfers alone."""
        for live in self._by_sid.values():
            if live.call.leg.is_of(session):
                return live if live.call.record.account_sid == account_sid else None
        return None

    def find(self, account_sid: str, sid: str) -> LiveCall | None:
        """An account's live call; None when it has ended, or is not this node's."""
        live = self._by_sid.get(sid)
        return live if live is not None and live.call.record.account_sid == account_sid else None
