"""The INVITE server transaction (RFC 3261 §17.2.1), with the Accepted state of RFC 6026 §7.1.

    PROCEEDING --2xx-----> ACCEPTED --L--> TERMINATED
        |------3xx-6xx---> COMPLETED --ACK--> CONFIRMED --I--> TERMINATED
                               |--H, ABANDON--> TERMINATED

Made and fed by `layer`, which abandons a refusal where too many wait for their ACK (`refusals.py`).

An error of the transport does not end it: an INVITE that is repeated shall be absorbed, and not be taken for
another call (RFC 6026 §7.1, which takes the place of RFC 3261 §17.2.4). But nobody need repeat a response
to a port that is closed, and be told so each time. An error may be forged, or be over in a second; so
the first one makes timer G wait T2, and only where it waits so long already there is no further repetition.
An INVITE that comes again gets its response all the same, until timer H.
 The session repeats a 2xx until its ACK comes (§13.3.1.4); here a repeated
INVITE is only swallowed in Accepted.
"""

from enum import Enum, auto
from typing import ClassVar, Final

from offhook.base.symbol import Symbol
from offhook.sip.error import SipUsageError, expect
from offhook.sip.flow import Flow
from offhook.sip.message import Request, Response
from offhook.sip.transaction.matching import ServerKey, response_flow
from offhook.sip.transaction.transaction import IGNORED, Outlet, ServerUser, Table, Transaction


class State(Symbol):
    """Where the transaction stands."""

    PROCEEDING = auto()
    ACCEPTED = auto()
    COMPLETED = auto()
    CONFIRMED = auto()
    TERMINATED = auto()


class Input(Symbol):
    """What can happen to it: from the network, from the user above, from its timers."""

    INVITE = auto()
    ACK = auto()
    SEND_PROVISIONAL = auto()
    SEND_SUCCESS = auto()
    SEND_FAILURE = auto()
    TIMER_G = auto()
    TIMER_H = auto()
    TIMER_I = auto()
    TIMER_L = auto()
    TRANSPORT_ERROR = auto()
    ABANDON = auto()


class Action(Symbol):
    """What it does about it."""

    SEND = auto()
    RETRANSMIT = auto()
    ARM_G = auto()
    DOUBLE_G = auto()
    SLOW_G = auto()
    ARM_H = auto()
    ARM_L = auto()
    ARM_I = auto()
    DISARM_G_H = auto()
    REFUSE = auto()


_REFUSED: Final = (None, (Action.REFUSE,))

TRANSITIONS: Final[Table] = {
    (State.PROCEEDING, Input.INVITE): (State.PROCEEDING, (Action.RETRANSMIT,)),
    (State.PROCEEDING, Input.ACK): IGNORED,
    (State.PROCEEDING, Input.SEND_PROVISIONAL): (State.PROCEEDING, (Action.SEND,)),
    (State.PROCEEDING, Input.SEND_SUCCESS): (State.ACCEPTED, (Action.SEND, Action.ARM_L)),
    (State.PROCEEDING, Input.SEND_FAILURE): (State.COMPLETED, (Action.SEND, Action.ARM_G, Action.ARM_H)),
    (State.PROCEEDING, Input.TIMER_G): IGNORED,
    (State.PROCEEDING, Input.TIMER_H): IGNORED,
    (State.PROCEEDING, Input.TIMER_I): IGNORED,
    (State.PROCEEDING, Input.TIMER_L): IGNORED,
    # RFC 6026 §7.1: an error in sending no longer ends the transaction; a repetition may get through.
    (State.PROCEEDING, Input.TRANSPORT_ERROR): IGNORED,
    (State.ACCEPTED, Input.INVITE): IGNORED,
    (State.ACCEPTED, Input.ACK): IGNORED,
    (State.ACCEPTED, Input.SEND_PROVISIONAL): _REFUSED,
    (State.ACCEPTED, Input.SEND_SUCCESS): (State.ACCEPTED, (Action.SEND,)),
    (State.ACCEPTED, Input.SEND_FAILURE): _REFUSED,
    (State.ACCEPTED, Input.TIMER_G): IGNORED,
    (State.ACCEPTED, Input.TIMER_H): IGNORED,
    (State.ACCEPTED, Input.TIMER_I): IGNORED,
    (State.ACCEPTED, Input.TIMER_L): (State.TERMINATED, ()),
    (State.ACCEPTED, Input.TRANSPORT_ERROR): IGNORED,
    (State.COMPLETED, Input.INVITE): (State.COMPLETED, (Action.RETRANSMIT,)),
    (State.COMPLETED, Input.ACK): (State.CONFIRMED, (Action.DISARM_G_H, Action.ARM_I)),
    (State.COMPLETED, Input.SEND_PROVISIONAL): _REFUSED,
    (State.COMPLETED, Input.SEND_SUCCESS): _REFUSED,
    (State.COMPLETED, Input.SEND_FAILURE): _REFUSED,
    (State.COMPLETED, Input.TIMER_G): (State.COMPLETED, (Action.RETRANSMIT, Action.DOUBLE_G)),
    (State.COMPLETED, Input.TIMER_H): (State.TERMINATED, ()),
    (State.COMPLETED, Input.TIMER_I): IGNORED,
    (State.COMPLETED, Input.TIMER_L): IGNORED,
    (State.COMPLETED, Input.TRANSPORT_ERROR): (State.COMPLETED, (Action.SLOW_G,)),
    (State.CONFIRMED, Input.INVITE): IGNORED,
    (State.CONFIRMED, Input.ACK): IGNORED,
    (State.CONFIRMED, Input.SEND_PROVISIONAL): _REFUSED,
    (State.CONFIRMED, Input.SEND_SUCCESS): _REFUSED,
    (State.CONFIRMED, Input.SEND_FAILURE): _REFUSED,
    (State.CONFIRMED, Input.TIMER_G): IGNORED,
    (State.CONFIRMED, Input.TIMER_H): IGNORED,
    (State.CONFIRMED, Input.TIMER_I): (State.TERMINATED, ()),
    (State.CONFIRMED, Input.TIMER_L): IGNORED,
    (State.CONFIRMED, Input.TRANSPORT_ERROR): IGNORED,
    (State.TERMINATED, Input.INVITE): IGNORED,
    (State.TERMINATED, Input.ACK): IGNORED,
    (State.TERMINATED, Input.SEND_PROVISIONAL): _REFUSED,
    (State.TERMINATED, Input.SEND_SUCCESS): _REFUSED,
    (State.TERMINATED, Input.SEND_FAILURE): _REFUSED,
    (State.TERMINATED, Input.TIMER_G): IGNORED,
    (State.TERMINATED, Input.TIMER_H): IGNORED,
    (State.TERMINATED, Input.TIMER_I): IGNORED,
    (State.TERMINATED, Input.TIMER_L): IGNORED,
    (State.TERMINATED, Input.TRANSPORT_ERROR): IGNORED,
    # §8.2.7: the response has been sent; what it was sent for is judged anew if it comes again.
    (State.COMPLETED, Input.ABANDON): (State.TERMINATED, ()),
    **{(state, Input.ABANDON): IGNORED for state in State if state is not State.COMPLETED},
}


class ServerInvite(Transaction):
    """Answers one INVITE, and its repetitions."""

    __slots__ = ("response", "source", "user")

    TRANSITIONS: ClassVar[Table] = TRANSITIONS
    TERMINATED: ClassVar[Enum] = State.TERMINATED

    def __init__(
        self, key: ServerKey, request: Request, source: Flow, outlet: Outlet, user: ServerUser
    ) -> None:
        """Begin in Proceeding. key: of the request. request: stamped, as it came on `source`."""
        flow = response_flow(request.via, source)
        super().__init__(key, request, flow, outlet, State.PROCEEDING)
        self.source = source
        """The flow that the INVITE came on; `flow` is where responses go."""
        self.user = user
        self.response: Response | None = None
        """The last one sent."""

    def handle_request(self, request: Request, now: float) -> None:
        """Take the INVITE again, or an ACK of the same branch."""
        self.step(Input.ACK if request.method == "ACK" else Input.INVITE, now)

    def handle_transport_error(self, now: float) -> None:
        """The flow failed."""
        self.step(Input.TRANSPORT_ERROR, now)

    @property
    def minds_errors(self) -> bool:
        """Until nothing is left to be repeated here; in Accepted the session repeats."""
        return self.state is State.PROCEEDING or Input.TIMER_G in self.deadlines

    def abandon(self, now: float) -> None:
        """Wait no longer for the ACK of a refusal: there are too many of them."""
        self.step(Input.ABANDON, now)

    def respond(self, response: Response, now: float) -> None:
        """Send a response of the user above. Raises: SipUsageError after a final one (but 2xx after 2xx)."""
        if response.status < 200:
            self.step(Input.SEND_PROVISIONAL, now, response)
        elif response.status < 300:
            self.step(Input.SEND_SUCCESS, now, response)
        else:
            self.step(Input.SEND_FAILURE, now, response)

    def perform(self, action: Enum, response: Response | None, now: float) -> None:
        """Do one action of the table."""
        timers, reliable = self.outlet.timers, self.flow.transport.is_reliable
        match action:
            case Action.SEND:
                self.response = expect(response, "the user's commands bring a response")
                self.send(self.response)
            case Action.RETRANSMIT:
                self._retransmit()
            case Action.ARM_G:
                if not reliable:
                    self.arm(Input.TIMER_G, self.interval, now)
            case Action.DOUBLE_G:
                self.interval = min(2 * self.interval, timers.t2)
                self.arm(Input.TIMER_G, self.interval, now)
            case Action.SLOW_G:
                self._slow_g(now)
            case Action.ARM_H:
                self.arm(Input.TIMER_H, timers.timeout, now)
                self.outlet.refused.append((self, now))
            case Action.ARM_L:
                self.arm(Input.TIMER_L, timers.timeout, now)
            case Action.ARM_I:
                self.arm(Input.TIMER_I, timers.timer_i(reliable=reliable), now)
            case Action.DISARM_G_H:
                self.disarm(Input.TIMER_G, Input.TIMER_H)
            case Action.REFUSE:
                raise SipUsageError(f"INVITE is {self.state.name.lower()}: no response can follow")

    def _retransmit(self) -> None:
        if self.response is not None:
            self.send(self.response)

    def _slow_g(self, now: float) -> None:
        if self.interval >= self.outlet.timers.t2:
            self.disarm(Input.TIMER_G)
        elif Input.TIMER_G in self.deadlines:
            self.interval = self.outlet.timers.t2
            self.arm(Input.TIMER_G, self.interval, now)
