"""The branches of a leg that dials: which still ring, which failed how, and when the leg has failed.

Parallel destinations are one branch each (RFC 3261 §16.7); inside a branch the next hop is tried when
one cannot be reached (RFC 3263 §4.3); a 3xx adds its contacts as branches (§8.1.3.4). Knows nothing of
sessions and sockets: the leg tells it what was refused and carries out what it answers.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import auto
from typing import Final

from offhook.base.symbol import Symbol
from offhook.call.destination import Destination
from offhook.sip.uri import SipUri

BRANCHES_MAX: Final = 10
"""At one time (reference/sip-interface 4.4, twiml 6)."""
REDIRECTIONS_MAX: Final = 5
"""3xx responses followed for one leg (reference/sip-interface 13)."""
UNREACHABLE: Final = frozenset((408, 503))
FLOW_FAILED: Final = 430
"""Of an edge proxy whose flow to the phone is gone (RFC 5626 §11.5)."""
"""Responses after which RFC 3263 §4.3 tries the next address."""

_PREFERRED_4XX: Final = frozenset((401, 407, 415, 420, 484))
"""RFC 3261 §16.7 step 6: what tells the caller how to try again."""


class BranchState(Symbol):
    """Where a branch stands."""

    DIALLING = auto()
    RINGING = auto()
    FAILED = auto()


@dataclass(slots=True, eq=False)
class Branch:
    """One destination being rung."""

    destination: Destination
    hops: deque[SipUri] = field(default_factory=deque)
    """Next hops not tried yet."""
    state: BranchState = BranchState.DIALLING
    status: int = 0
    """The final response, once failed."""
    text: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Of that response."""
    has_response: bool = False
    """Whether the callee sent it: else it was made here."""
    sip_call_id: str = ""
    """Call-ID of the INVITE sent last."""
    has_tried_tcp: bool = False
    """Whether a request too large for UDP went over TCP first."""


class Dialling:
    """All branches of one attempt."""

    def __init__(self, destinations: Sequence[Destination]) -> None:
        self.branches: list[Branch] = []
        self._redirections = 0
        self._waiting = deque(_branch(destination) for destination in destinations)

    def next_to_dial(self) -> tuple[Branch, SipUri | None] | None:
        """The next branch that may be dialled now, and where to send it; None when none may.

        A next hop of None leaves the way to DNS.
        """
        live = sum(branch.state is not BranchState.FAILED for branch in self.branches)
        if not self._waiting or live >= BRANCHES_MAX:
            return None
        branch = self._waiting.popleft()
        branch.state = BranchState.DIALLING
        if branch not in self.branches:
            self.branches.append(branch)
        return branch, branch.hops.popleft() if branch.hops else None

    def handle_ringing(self, branch: Branch) -> None:
        """The callee of a branch is being alerted."""
        branch.state = BranchState.RINGING

    def handle_refused(
        self,
        branch: Branch,
        status: int,
        text: str,
        contacts: Sequence[SipUri] = (),
        headers: tuple[tuple[str, str], ...] | None = None,
    ) -> None:
        """A branch got a final response other than 2xx, or none at all.

        contacts: of a 3xx, best first. headers: of the response; None where there was none.
        """
        branch.state, branch.status, branch.text = BranchState.FAILED, status, text
        branch.headers, branch.has_response = headers or (), headers is not None
        is_unreachable = status in UNREACHABLE or status == FLOW_FAILED
        if is_unreachable and branch.hops:
            self._waiting.append(branch)
        elif is_unreachable and branch.destination.instead is not None:
            self._waiting.append(_branch(branch.destination.instead))
        elif 300 <= status < 400 and contacts and self._may_follow(branch):
            self._redirections += 1
            credentials = branch.destination.credentials
            self._waiting.extend(_branch(Destination(uri, credentials=credentials)) for uri in contacts)
        elif status >= 600:
            self._waiting.clear()  # RFC 3261 §16.7 step 5: nobody else shall be rung

    def _may_follow(self, branch: Branch) -> bool:
        return branch.destination.is_redirectable and self._redirections < REDIRECTIONS_MAX

    @property
    def is_ringing(self) -> bool:
        """Whether any callee is being alerted."""
        return any(branch.state is BranchState.RINGING for branch in self.branches)

    @property
    def has_failed(self) -> bool:
        """Whether nothing rings and nothing waits to be dialled."""
        return not self._waiting and all(branch.state is BranchState.FAILED for branch in self.branches)

    @property
    def best_failure(self) -> Branch:
        """The failure that stands for all (RFC 3261 §16.7 step 6): a 6xx, else the lowest class."""
        failed = [branch for branch in self.branches if branch.state is BranchState.FAILED]
        return min(failed, key=_rank)


def _branch(destination: Destination) -> Branch:
    return Branch(replace(destination, next_hops=()), deque(destination.next_hops))


def _rank(branch: Branch) -> tuple[int, int]:
    status = branch.status
    if status >= 600:
        return (0, 0)
    # A 503 would have the caller's proxies avoid us: it counts as 500 (§16.7 step 6).
    return (status // 100, 0 if status in _PREFERRED_4XX else 1)
