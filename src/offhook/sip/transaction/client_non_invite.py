"""The client transaction of every other request (RFC 3261 §17.1.2, RFC 4320).

    TRYING --1xx--> PROCEEDING --final--> COMPLETED --K--> TERMINATED
       |-- F, transport error: TERMINATED --|

Made and fed by `layer`. ACK has no transaction.
"""

from enum import Enum, auto
from typing import ClassVar, Final

from offhook.base.symbol import Symbol
from offhook.sip.error import expect
from offhook.sip.flow import Flow
from offhook.sip.message import Request, Response
from offhook.sip.transaction.matching import client_key
from offhook.sip.transaction.transaction import (
    IGNORED,
    ClientFailed,
    ClientUser,
    Failure,
    Outlet,
    ResponseArrived,
    Table,
    Transaction,
)

_BROUGHT: Final = "responses are inputs that bring one"


class State(Symbol):
    """Where the transaction stands."""

    TRYING = auto()
    PROCEEDING = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Input(Symbol):
    """What can happen to it."""

    PROVISIONAL = auto()
    FINAL = auto()
    TIMER_E = auto()
    TIMER_F = auto()
    TIMER_K = auto()
    TRANSPORT_ERROR = auto()


class Action(Symbol):
    """What it does about it."""

    DELIVER = auto()
    RETRANSMIT = auto()
    DOUBLE_E = auto()
    SLOW_E = auto()
    DISARM_E_F = auto()
    ARM_K = auto()
    REPORT_TIMEOUT = auto()
    REPORT_TRANSPORT_ERROR = auto()


_ON_FINAL: Final = (State.COMPLETED, (Action.DELIVER, Action.DISARM_E_F, Action.ARM_K))
_ON_TIMEOUT: Final = (State.TERMINATED, (Action.REPORT_TIMEOUT,))
_ON_ERROR: Final = (State.TERMINATED, (Action.REPORT_TRANSPORT_ERROR,))

TRANSITIONS: Final[Table] = {
    (State.TRYING, Input.PROVISIONAL): (State.PROCEEDING, (Action.DELIVER,)),
    (State.TRYING, Input.FINAL): _ON_FINAL,
    (State.TRYING, Input.TIMER_E): (State.TRYING, (Action.RETRANSMIT, Action.DOUBLE_E)),
    (State.TRYING, Input.TIMER_F): _ON_TIMEOUT,
    (State.TRYING, Input.TIMER_K): IGNORED,
    (State.TRYING, Input.TRANSPORT_ERROR): _ON_ERROR,
    (State.PROCEEDING, Input.PROVISIONAL): (State.PROCEEDING, (Action.DELIVER,)),
    (State.PROCEEDING, Input.FINAL): _ON_FINAL,
    (State.PROCEEDING, Input.TIMER_E): (State.PROCEEDING, (Action.RETRANSMIT, Action.SLOW_E)),
    (State.PROCEEDING, Input.TIMER_F): _ON_TIMEOUT,
    (State.PROCEEDING, Input.TIMER_K): IGNORED,
    (State.PROCEEDING, Input.TRANSPORT_ERROR): _ON_ERROR,
    (State.COMPLETED, Input.PROVISIONAL): IGNORED,
    (State.COMPLETED, Input.FINAL): IGNORED,
    (State.COMPLETED, Input.TIMER_E): IGNORED,
    (State.COMPLETED, Input.TIMER_F): IGNORED,
    (State.COMPLETED, Input.TIMER_K): (State.TERMINATED, ()),
    (State.COMPLETED, Input.TRANSPORT_ERROR): IGNORED,
    **{(State.TERMINATED, given): IGNORED for given in Input},
}


class ClientNonInvite(Transaction):
    """Sends one request and passes its responses up."""

    __slots__ = ("user",)

    TRANSITIONS: ClassVar[Table] = TRANSITIONS
    TERMINATED: ClassVar[Enum] = State.TERMINATED

    def __init__(self, request: Request, flow: Flow, outlet: Outlet, user: ClientUser, now: float) -> None:
        """Send the request. Queues: the request; timers E (unreliable flows) and F run."""
        super().__init__(client_key(request), request, flow, outlet, State.TRYING)
        self.user = user
        self.send(request)
        if not flow.transport.is_reliable:
            self.arm(Input.TIMER_E, self.interval, now)
        self.arm(Input.TIMER_F, outlet.timers.timeout, now)

    def handle_response(self, response: Response, now: float) -> None:
        """Take one response that matched."""
        self.step(Input.PROVISIONAL if response.status < 200 else Input.FINAL, now, response)

    def handle_transport_error(self, now: float) -> None:
        """The flow failed."""
        self.step(Input.TRANSPORT_ERROR, now)

    def perform(self, action: Enum, response: Response | None, now: float) -> None:
        """Do one action of the table."""
        timers = self.outlet.timers
        match action:
            case Action.DELIVER:
                self.outlet.events.append(ResponseArrived(self.user, expect(response, _BROUGHT)))
            case Action.RETRANSMIT:
                self.send(self.request)
            case Action.DOUBLE_E:
                self.interval = min(2 * self.interval, timers.t2)
                self.arm(Input.TIMER_E, self.interval, now)
            case Action.SLOW_E:
                self.arm(Input.TIMER_E, timers.t2, now)
            case Action.DISARM_E_F:
                self.disarm(Input.TIMER_E, Input.TIMER_F)
            case Action.ARM_K:
                self.arm(Input.TIMER_K, timers.timer_i(reliable=self.flow.transport.is_reliable), now)
            case Action.REPORT_TIMEOUT:
                self.outlet.events.append(ClientFailed(self.user, Failure.TIMEOUT))
            case Action.REPORT_TRANSPORT_ERROR:
                self.outlet.events.append(ClientFailed(self.user, Failure.TRANSPORT))
