"""The server transaction of every other request (RFC 3261 §17.2.2, RFC 4320).

    TRYING --1xx--> PROCEEDING --final--> COMPLETED --J--> TERMINATED
    TRYING or PROCEEDING --401, 407--> TERMINATED

Made and fed by `layer`. Two rules are ours. Timer J also runs before the final response, since 64·T1
after the request nobody listens for one any more (timer F of the client), and an owner that forgets
to answer must not leave the transaction behind. And a challenge ends it: nothing of a request that
anybody can send shall stay for 32 seconds (§8.2.7); one that is repeated is challenged again.
"""

from enum import Enum, auto
from functools import lru_cache
from typing import ClassVar, Final

from offhook.base.symbol import Symbol
from offhook.sip.error import SipUsageError, expect
from offhook.sip.flow import Flow
from offhook.sip.message import Headers, Request, Response
from offhook.sip.transaction.matching import ServerKey, response_flow
from offhook.sip.transaction.transaction import IGNORED, Outlet, Table, Transaction

CHALLENGES: Final = (401, 407)
"""Who sent the request has to prove who they are (RFC 3261 §22)."""


@lru_cache(64)
def _named(method: str) -> Request:
    """A request that has a method and nothing else."""
    return Request(method, "", Headers())


class State(Symbol):
    """Where the transaction stands."""

    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Input(Symbol):
    """What can happen to it."""

    REQUEST = auto()
    SEND_PROVISIONAL = auto()
    SEND_FINAL = auto()
    SEND_CHALLENGE = auto()
    TIMER_J = auto()
    TRANSPORT_ERROR = auto()


class Action(Symbol):
    """What it does about it."""

    SEND = auto()
    RETRANSMIT = auto()
    ARM_J = auto()
    LIGHTEN = auto()
    REFUSE = auto()


_ON_FINAL: Final = (State.COMPLETED, (Action.SEND, Action.ARM_J, Action.LIGHTEN))
_ON_CHALLENGE: Final = (State.TERMINATED, (Action.SEND,))
_REFUSED: Final = (None, (Action.REFUSE,))

TRANSITIONS: Final[Table] = {
    (State.TRYING, Input.REQUEST): IGNORED,
    (State.TRYING, Input.SEND_PROVISIONAL): (State.PROCEEDING, (Action.SEND,)),
    (State.TRYING, Input.SEND_FINAL): _ON_FINAL,
    (State.TRYING, Input.SEND_CHALLENGE): _ON_CHALLENGE,
    (State.TRYING, Input.TIMER_J): (State.TERMINATED, ()),
    (State.TRYING, Input.TRANSPORT_ERROR): IGNORED,
    (State.PROCEEDING, Input.REQUEST): (State.PROCEEDING, (Action.RETRANSMIT,)),
    (State.PROCEEDING, Input.SEND_PROVISIONAL): (State.PROCEEDING, (Action.SEND,)),
    (State.PROCEEDING, Input.SEND_FINAL): _ON_FINAL,
    (State.PROCEEDING, Input.SEND_CHALLENGE): _ON_CHALLENGE,
    (State.PROCEEDING, Input.TIMER_J): (State.TERMINATED, ()),
    (State.PROCEEDING, Input.TRANSPORT_ERROR): (State.TERMINATED, ()),
    (State.COMPLETED, Input.REQUEST): (State.COMPLETED, (Action.RETRANSMIT,)),
    (State.COMPLETED, Input.SEND_PROVISIONAL): _REFUSED,
    (State.COMPLETED, Input.SEND_FINAL): _REFUSED,
    (State.COMPLETED, Input.SEND_CHALLENGE): _REFUSED,
    (State.COMPLETED, Input.TIMER_J): (State.TERMINATED, ()),
    (State.COMPLETED, Input.TRANSPORT_ERROR): (State.TERMINATED, ()),
    (State.TERMINATED, Input.REQUEST): IGNORED,
    # The owner was late, or the flow is gone: nobody could hear it.
    (State.TERMINATED, Input.SEND_PROVISIONAL): IGNORED,
    (State.TERMINATED, Input.SEND_FINAL): IGNORED,
    (State.TERMINATED, Input.SEND_CHALLENGE): IGNORED,
    (State.TERMINATED, Input.TIMER_J): IGNORED,
    (State.TERMINATED, Input.TRANSPORT_ERROR): IGNORED,
}


class ServerNonInvite(Transaction):
    """Answers one request, and its repetitions."""

    __slots__ = ("answer", "source")

    TRANSITIONS: ClassVar[Table] = TRANSITIONS
    TERMINATED: ClassVar[Enum] = State.TERMINATED

    def __init__(self, key: ServerKey, request: Request, source: Flow, outlet: Outlet, now: float) -> None:
        """Begin in Trying. key: of the request. request: stamped, as it came on `source`."""
        flow = response_flow(request.via, source)
        super().__init__(key, request, flow, outlet, State.TRYING)
        self.source = source
        """The flow that the request came on; `flow` is where responses go."""
        self.answer = b""
        """The last response sent; empty when there is none."""
        self.arm(Input.TIMER_J, outlet.timers.timeout, now)

    def handle_request(self, request: Request, now: float) -> None:
        """Take the request again."""
        self.step(Input.REQUEST, now)

    def handle_transport_error(self, now: float) -> None:
        """The flow failed."""
        self.step(Input.TRANSPORT_ERROR, now)

    def respond(self, response: Response, now: float) -> None:
        """Send a response of the user above. Raises: SipUsageError after a final one but a challenge."""
        given = Input.SEND_PROVISIONAL if response.status < 200 else Input.SEND_FINAL
        if response.status in CHALLENGES:
            given = Input.SEND_CHALLENGE
        self.step(given, now, response)

    def perform(self, action: Enum, response: Response | None, now: float) -> None:
        """Do one action of the table."""
        match action:
            case Action.SEND:
                self.answer = expect(response, "the user's commands bring a response").to_bytes()
                self.send_bytes(self.answer)
            case Action.RETRANSMIT:
                self.send_bytes(self.answer)
            case Action.ARM_J:
                reliable = self.flow.transport.is_reliable
                self.arm(Input.TIMER_J, self.outlet.timers.timer_j(reliable=reliable), now)
            case Action.LIGHTEN:
                # A busy registrar holds tens of thousands of these: a repetition needs the answer only.
                self.request = _named(self.request.method)
            case Action.REFUSE:
                raise SipUsageError(f"{self.request.method} has been answered")
