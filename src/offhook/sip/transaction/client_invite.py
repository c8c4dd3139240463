"""The INVITE client transaction (RFC 3261 §17.1.1), with the Accepted state of RFC 6026 §7.2.

    CALLING --1xx--> PROCEEDING --2xx--> ACCEPTED  --M--> TERMINATED
       |                 |------3xx-6xx--> COMPLETED --D--> TERMINATED
       |--B, transport error--> TERMINATED

Made and fed by `layer`. Leaves out: the ACK for a 2xx, which is the session's (§13.2.2.4).
"""

from enum import Enum, auto
from typing import ClassVar, Final

from offhook.base.symbol import Symbol
from offhook.sip.error import expect
from offhook.sip.flow import Flow
from offhook.sip.headers.max_forwards import INITIAL
from offhook.sip.message import Headers, Request, Response
from offhook.sip.method import ACK
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

    CALLING = auto()
    PROCEEDING = auto()
    ACCEPTED = auto()
    COMPLETED = auto()
    TERMINATED = auto()


class Input(Symbol):
    """What can happen to it."""

    PROVISIONAL = auto()
    SUCCESS = auto()
    FAILURE = auto()
    TIMER_A = auto()
    TIMER_B = auto()
    TIMER_D = auto()
    TIMER_M = auto()
    TRANSPORT_ERROR = auto()
    ABANDON = auto()


class Action(Symbol):
    """What it does about it."""

    DELIVER = auto()
    ACKNOWLEDGE = auto()
    RETRANSMIT = auto()
    DOUBLE_A = auto()
    DISARM_A_B = auto()
    ARM_D = auto()
    ARM_M = auto()
    REPORT_TIMEOUT = auto()
    REPORT_TRANSPORT_ERROR = auto()


_ON_SUCCESS: Final = (State.ACCEPTED, (Action.DELIVER, Action.DISARM_A_B, Action.ARM_M))
_ON_FAILURE: Final = (State.COMPLETED, (Action.ACKNOWLEDGE, Action.DELIVER, Action.DISARM_A_B, Action.ARM_D))

TRANSITIONS: Final[Table] = {
    (State.CALLING, Input.PROVISIONAL): (State.PROCEEDING, (Action.DELIVER, Action.DISARM_A_B)),
    (State.CALLING, Input.SUCCESS): _ON_SUCCESS,
    (State.CALLING, Input.FAILURE): _ON_FAILURE,
    (State.CALLING, Input.TIMER_A): (State.CALLING, (Action.RETRANSMIT, Action.DOUBLE_A)),
    (State.CALLING, Input.TIMER_B): (State.TERMINATED, (Action.REPORT_TIMEOUT,)),
    (State.CALLING, Input.TIMER_D): IGNORED,
    (State.CALLING, Input.TIMER_M): IGNORED,
    (State.CALLING, Input.TRANSPORT_ERROR): (State.TERMINATED, (Action.REPORT_TRANSPORT_ERROR,)),
    (State.PROCEEDING, Input.PROVISIONAL): (State.PROCEEDING, (Action.DELIVER,)),
    (State.PROCEEDING, Input.SUCCESS): _ON_SUCCESS,
    (State.PROCEEDING, Input.FAILURE): _ON_FAILURE,
    (State.PROCEEDING, Input.TIMER_A): IGNORED,
    (State.PROCEEDING, Input.TIMER_B): IGNORED,
    (State.PROCEEDING, Input.TIMER_D): IGNORED,
    (State.PROCEEDING, Input.TIMER_M): IGNORED,
    # Nothing is sent here that could fail; a response may still come on another flow (§18.2.2).
    (State.PROCEEDING, Input.TRANSPORT_ERROR): IGNORED,
    (State.ACCEPTED, Input.PROVISIONAL): IGNORED,
    (State.ACCEPTED, Input.SUCCESS): (State.ACCEPTED, (Action.DELIVER,)),
    (State.ACCEPTED, Input.FAILURE): IGNORED,
    (State.ACCEPTED, Input.TIMER_A): IGNORED,
    (State.ACCEPTED, Input.TIMER_B): IGNORED,
    (State.ACCEPTED, Input.TIMER_D): IGNORED,
    (State.ACCEPTED, Input.TIMER_M): (State.TERMINATED, ()),
    (State.ACCEPTED, Input.TRANSPORT_ERROR): IGNORED,
    (State.COMPLETED, Input.PROVISIONAL): IGNORED,
    (State.COMPLETED, Input.SUCCESS): IGNORED,
    (State.COMPLETED, Input.FAILURE): (State.COMPLETED, (Action.ACKNOWLEDGE,)),
    (State.COMPLETED, Input.TIMER_A): IGNORED,
    (State.COMPLETED, Input.TIMER_B): IGNORED,
    (State.COMPLETED, Input.TIMER_D): (State.TERMINATED, ()),
    (State.COMPLETED, Input.TIMER_M): IGNORED,
    # The final response has been told; that its ACK was lost is the server's matter now.
    (State.COMPLETED, Input.TRANSPORT_ERROR): (State.TERMINATED, ()),
    # §9.1: a canceled INVITE without final response 64*T1 after its CANCEL is destroyed by its user.
    (State.CALLING, Input.ABANDON): (State.TERMINATED, ()),
    (State.PROCEEDING, Input.ABANDON): (State.TERMINATED, ()),
    (State.ACCEPTED, Input.ABANDON): IGNORED,
    (State.COMPLETED, Input.ABANDON): IGNORED,
    **{(State.TERMINATED, given): IGNORED for given in Input},
}


class ClientInvite(Transaction):
    """Sends one INVITE and passes its responses up."""

    __slots__ = ("user",)

    TRANSITIONS: ClassVar[Table] = TRANSITIONS
    TERMINATED: ClassVar[Enum] = State.TERMINATED

    def __init__(
        self,
        request: Request,
        flow: Flow,
        outlet: Outlet,
        user: ClientUser,
        now: float,
        *,
        timeout_s: float | None = None,
    ) -> None:
        """Send the INVITE. Queues: the request; timers A (unreliable flows) and B run.

        timeout_s: of timer B, where there is something else to try; None is 64·T1.
        """
        super().__init__(client_key(request), request, flow, outlet, State.CALLING)
        self.user = user
        self.send(request)
        if not flow.transport.is_reliable:
            self.arm(Input.TIMER_A, self.interval, now)
        self.arm(Input.TIMER_B, outlet.timers.timeout if timeout_s is None else timeout_s, now)

    def handle_response(self, response: Response, now: float) -> None:
        """Take one response that matched. Queues: ACK for 3xx-6xx; the response, passed up."""
        if response.status < 200:
            self.step(Input.PROVISIONAL, now, response)
        elif response.status < 300:
            self.step(Input.SUCCESS, now, response)
        else:
            self.step(Input.FAILURE, now, response)

    def handle_transport_error(self, now: float) -> None:
        """The flow failed."""
        self.step(Input.TRANSPORT_ERROR, now)

    def abandon(self, now: float) -> None:
        """The user gave up waiting for a final response (§9.1)."""
        self.step(Input.ABANDON, now)

    def perform(self, action: Enum, response: Response | None, now: float) -> None:
        """Do one action of the table."""
        timers, reliable = self.outlet.timers, self.flow.transport.is_reliable
        match action:
            case Action.DELIVER:
                self.outlet.events.append(ResponseArrived(self.user, expect(response, _BROUGHT)))
            case Action.ACKNOWLEDGE:
                self.send(acknowledgement(self.request, expect(response, _BROUGHT)))
            case Action.RETRANSMIT:
                self.send(self.request)
            case Action.DOUBLE_A:
                self.interval *= 2
                self.arm(Input.TIMER_A, self.interval, now)
            case Action.DISARM_A_B:
                self.disarm(Input.TIMER_A, Input.TIMER_B)
            case Action.ARM_D:
                self.arm(Input.TIMER_D, timers.timer_d(reliable=reliable), now)
            case Action.ARM_M:
                self.arm(Input.TIMER_M, timers.timeout, now)
            case Action.REPORT_TIMEOUT:
                self.outlet.events.append(ClientFailed(self.user, Failure.TIMEOUT))
            case Action.REPORT_TRANSPORT_ERROR:
                self.outlet.events.append(ClientFailed(self.user, Failure.TRANSPORT))


def acknowledgement(invite: Request, response: Response) -> Request:
    """The ACK for a 3xx-6xx: of the same hop as the INVITE (RFC 3261 §17.1.1.3)."""
    headers = [
        ("Via", str(invite.via)),
        ("Max-Forwards", str(INITIAL)),
        *(("Route", value) for value in invite.headers.get_all("Route")),
        ("From", invite.headers.single("From")),
        ("To", response.headers.single("To")),
        ("Call-ID", invite.call_id),
        ("CSeq", f"{invite.cseq.number} {ACK}"),
        ("Content-Length", "0"),
    ]
    return Request(ACK, invite.request_uri, Headers(headers))
