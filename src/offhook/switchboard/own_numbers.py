"""Calls of this node to its own numbers: how they are known for its own when they arrive, and loops.

Such a call is a call like any other: an INVITE leaves for the node's own listener, and comes in there. It
is not taken for the node's own by what it says, which a stranger could say as well, but because the node
remembers the session that it left on: its Call-ID and From tag, which are chance, and the flow, with its ends
the other way round. Known like that it needs no Domain, no password and no access list.

A chain is all that grows out of one first call: the calls to own numbers that it makes, those that the
documents of these numbers make, and so on. At most `CHAIN_MAX` of a chain are alive at one time. One more
fails with 32006, and so does every further one until the chain has ended: a number whose document dials
itself, once or ten times over, comes to its end within that many calls.

Filled by `dial_number.py` and `dial_application.py`, read by `exchange.py` and `inbound_call.py`. Pure.
Source: RFC 3261 §16.3 for the loop, whose code is that of Max-Forwards (reference/sip-interface 13).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from offhook.model.application import Application
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.sip.error import SipUsageError
from offhook.sip.flow import Flow
from offhook.sip.session.invite_session import InviteSession

CHAIN_MAX: Final = 32
"""Calls to own numbers that may be alive at one time in one chain."""


class LoopError(Exception):
    """One call too many in a chain, or a call in one that was found to loop."""


@dataclass(slots=True, eq=False)
class Chain:
    """All calls that grow out of one first call, whose Sid is `root_sid`."""

    root_sid: str
    calls: int = 0
    """To own numbers, alive."""
    is_looping: bool = False
    """Whether it came to its bound: nothing is added any more."""


@dataclass(frozen=True, slots=True)
class ApplicationCalled:
    """An application that a Dial calls, in place of a number."""

    application: Application
    to: str
    """The To of its record: its Sid, or whom the parent call called."""
    parameters: tuple[tuple[str, str], ...]
    """What its Voice URL is told besides, by the names of the webhook's parameters."""
    returns: Callable[[tuple[tuple[str, str], ...]], None]
    """Takes what its document tells the Dial."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a call to an own number, or to an application, before it arrives."""

    called: IncomingPhoneNumber | ApplicationCalled
    """Who is called."""
    caller_id: str
    """The From of its record."""
    chain: Chain
    """Which it is part of."""


@dataclass(slots=True, eq=False)
class _Call:
    """A call under way to an own number, from the side that calls."""

    chain: Chain
    keys: list[tuple[str, str]] = field(default_factory=list)
    """Of what it sent and has not arrived."""


class OwnNumbers:
    """The calls to own numbers that are under way; as many as there are live calls at most."""

    def __init__(self) -> None:
        self._calling: dict[str, _Call] = {}
        self._chains: dict[str, Chain] = {}
        self._expected: dict[tuple[str, str], tuple[InviteSession, Arrival]] = {}

    def __len__(self) -> int:
        """How many INVITEs were sent and have not arrived."""
        return len(self._expected)

    def begin(self, call_sid: str, parent_sid: str | None) -> Chain:
        """Count a call that is to be made to an own number; `end` takes it away again.

        parent_sid: the call whose document dials; None for one that the API asked for.
        Raises: LoopError, and the call is not counted.
        """
        root_sid = parent_sid or call_sid
        chain = self._chains.get(root_sid) or Chain(root_sid)
        if chain.is_looping or chain.calls >= CHAIN_MAX:
            chain.is_looping = True
            raise LoopError(
                f"more than {CHAIN_MAX} calls to numbers of this node grew out of one call: a loop"
            )
        chain.calls += 1
        self._chains[chain.root_sid] = self._chains[call_sid] = chain
        self._calling[call_sid] = _Call(chain)
        return chain

    def expect(self, call_sid: str, sessions: Iterable[InviteSession], arrival: Arrival) -> None:
        """The INVITEs of a call that was begun are about to leave."""
        for session in sessions:
            key = (session.call_id, session.local_tag)
            self._expected[key] = (session, arrival)
            self._calling[call_sid].keys.append(key)

    def take(self, session: InviteSession) -> Arrival | None:
        """What an INVITE that came in is, once; None for a stranger's, whatever it says."""
        key = (session.call_id, session.request.from_.tag or "")
        sent, arrival = self._expected.get(key, (None, None))
        if sent is None or not _is_one_flow(sent, session.flow):
            return None
        del self._expected[key]
        return arrival

    def join(self, call_sid: str, chain: Chain) -> None:
        """The call that arrived, on the called side, is part of a chain until `leave`."""
        self._chains[call_sid] = chain

    def leave(self, call_sid: str) -> None:
        """It has ended."""
        self._chains.pop(call_sid, None)

    def end(self, call_sid: str) -> None:
        """A call that was begun has ended. Without effect for any other."""
        call = self._calling.pop(call_sid, None)
        if call is None:
            return
        for key in call.keys:
            self._expected.pop(key, None)
        self._chains.pop(call_sid, None)
        call.chain.calls -= 1
        if not call.chain.calls:
            self._chains.pop(call.chain.root_sid, None)


def _is_one_flow(sent: InviteSession, came: Flow) -> bool:
    """Whether what was sent is what came: by the same transport, between the same two addresses."""
    try:
        left = sent.flow
    except SipUsageError:
        return False  # it has not left
    return (left.transport, left.local, left.remote) == (came.transport, came.remote, came.local)
