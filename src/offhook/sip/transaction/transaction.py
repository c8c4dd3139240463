"""What the four transactions share: state, table, loop, and the layer's queues they speak to.

Each of the four brings its own states, inputs, actions and table; `step` is the short loop.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from offhook.base.frozen import frozen
from offhook.sip.deadlines import Deadlines
from offhook.sip.flow import Flow, Transmit
from offhook.sip.message import Message, Request, Response
from offhook.sip.transaction.matching import MergeKey
from offhook.sip.transaction.timers import Timers

if TYPE_CHECKING:
    from offhook.sip.transaction.server_invite import ServerInvite

Transition = tuple[Enum | None, tuple[Enum, ...]]
"""The next state (None: the same) and what to do, in order."""

Table = Mapping[tuple[Enum, Enum], Transition]

IGNORED: Final[Transition] = (None, ())
"""An input that this state takes without doing anything."""


class Failure(Enum):
    """Why a client transaction ended without a final response."""

    TIMEOUT = "no response within 64*T1"
    TRANSPORT = "the flow failed"


class ClientUser(Protocol):
    """Whoever sent a request and wants to know what became of it (the transaction user, §5)."""

    def handle_response(self, response: Response, now: float) -> None:
        """A response came: any number of provisional ones, then a final one (of an INVITE's 2xx, several)."""
        ...

    def handle_failure(self, failure: Failure, now: float) -> None:
        """There will be no final response."""
        ...


class ServerUser(Protocol):
    """Whoever answers an INVITE."""

    def handle_cancel(self, request: Request, now: float) -> None:
        """The client canceled it; 200 has been sent. Without effect after the final response (§9.2)."""
        ...


@frozen
class ResponseArrived:
    """A client transaction passes a response up."""

    user: ClientUser
    """Who sent the request."""
    response: Response
    """What came."""


@frozen
class ClientFailed:
    """A client transaction ended without a final response."""

    user: ClientUser
    """Who sent the request."""
    failure: Failure
    """Why."""


@frozen
class RefusalsUnacknowledged:
    """More refused INVITEs wait for their ACK than may: somebody floods us."""

    flow: Flow
    """Where the refusal went that was one too many."""
    waiting: int
    """How many wait for an ACK from there."""
    waiting_in_all: int
    """And from everywhere."""


TransactionEvent = ResponseArrived | ClientFailed | RefusalsUnacknowledged


@dataclass(slots=True)
class Outlet:
    """The queues and the deadlines that every transaction of a layer shares."""

    timers: Timers
    """Durations."""
    deadlines: Deadlines
    """Who must be woken when."""
    transmits: deque[Transmit] = field(default_factory=deque)
    """Bytes for the transport, oldest first."""
    events: deque[TransactionEvent] = field(default_factory=deque)
    """News for the transaction user, oldest first."""
    ended: deque["Transaction"] = field(default_factory=deque)
    """Transactions that reached Terminated, for the layer to forget."""
    refused: deque[tuple["ServerInvite", float]] = field(default_factory=deque)
    """INVITEs that have just been refused and wait for their ACK, and since when, for the layer to count."""


class Transaction:
    """One transaction; terminated once, and forgotten by the layer then."""

    __slots__ = ("deadlines", "flow", "interval", "key", "merge_key", "outlet", "request", "state")

    TRANSITIONS: ClassVar[Table]
    TERMINATED: ClassVar[Enum]

    state: Enum

    def __init__(
        self, key: tuple[str, ...], request: Request, flow: Flow, outlet: Outlet, state: Enum
    ) -> None:
        self.key = key
        self.request = request
        """Of a non-INVITE server transaction, after the final response, a method only."""
        self.merge_key: MergeKey | None = None
        """What a copy of a request without To tag is known by; the layer's."""
        self.flow = flow
        self.outlet = outlet
        self.state = state
        self.deadlines: dict[Enum, float] = {}
        self.interval = outlet.timers.t1
        """Seconds of the retransmission interval that runs (timers A, E, G)."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.request.method} {self.state.name}>"

    @property
    def is_terminated(self) -> bool:
        """Whether nothing can happen any more."""
        return self.state is self.TERMINATED

    @property
    def minds_errors(self) -> bool:
        """Whether an error of its flow can still change anything; one that minds none is not told again."""
        return True

    def handle_transport_error(self, now: float) -> None:
        """The flow failed."""
        raise NotImplementedError

    def handle_timer(self, timer: Enum, now: float) -> None:
        """One of the timers is due: an input like any other."""
        self.step(timer, now)

    def step(self, given: Enum, now: float, response: Response | None = None) -> None:
        """Take one input: look the transition up, do what it says, be in the next state."""
        next_state, actions = self.TRANSITIONS[(self.state, given)]
        if next_state is not None:
            self.state = next_state
        for action in actions:
            self.perform(action, response, now)
        if next_state is self.TERMINATED:
            self.deadlines.clear()
            self.outlet.ended.append(self)

    def perform(self, action: Enum, response: Response | None, now: float) -> None:
        """Do one action of the table. response: what the input brought, if it brought one."""
        raise NotImplementedError

    def send(self, message: Message) -> None:
        """Queue a message for this transaction's flow."""
        self.send_bytes(message.to_bytes())

    def send_bytes(self, data: bytes) -> None:
        """Queue a printed message for this transaction's flow."""
        self.outlet.transmits.append(Transmit(data, self.flow))

    def arm(self, timer: Enum, after_s: float, now: float) -> None:
        """Set one of this transaction's timers."""
        self.outlet.deadlines.arm(self, timer, now + after_s)

    def disarm(self, *timers: Enum) -> None:
        """Clear timers."""
        for timer in timers:
            self.outlet.deadlines.disarm(self, timer)
