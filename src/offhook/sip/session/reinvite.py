"""The peer's re-INVITE: one at a time, answered by the owner (RFC 3261 §14.2, RFC 6141).

    IDLE --re-INVITE--> PENDING --accept--> ANSWERED --ACK--> IDLE
                           |--reject, CANCEL, end of the session--> IDLE

Called by `incoming` and `invite_session`. Ours are in `modify`.
"""

from collections.abc import Callable
from enum import auto
from typing import TYPE_CHECKING, Final

from offhook.base.symbol import Symbol
from offhook.sip.body import description_of
from offhook.sip.error import SipUsageError, expect
from offhook.sip.event import Acknowledged, OfferReceived
from offhook.sip.flow import Flow
from offhook.sip.message import Request
from offhook.sip.session import accept
from offhook.sip.session.state import Occasion
from offhook.sip.transaction.server_invite import ServerInvite

if TYPE_CHECKING:
    from offhook.sip.session.usage import Usage


class ReinviteState(Symbol):
    """Where the re-INVITE stands."""

    IDLE = auto()
    PENDING = auto()
    ANSWERED = auto()


class ReinviteInput(Symbol):
    """What can happen to it."""

    REINVITE = auto()
    ACCEPT = auto()
    REJECT = auto()
    CANCEL = auto()
    ACK = auto()
    ACK_MISSING = auto()
    END = auto()


class ReinviteEffect(Symbol):
    """What is done about it."""

    REPORT_OFFER = auto()
    SEND_SUCCESS = auto()
    SEND_FAILURE = auto()
    SEND_TERMINATED = auto()
    STOP_SUCCESS = auto()
    REPORT_ACKNOWLEDGED = auto()
    REFUSE = auto()


_S, _I, _E = ReinviteState, ReinviteInput, ReinviteEffect

TRANSITIONS: Final = {
    (_S.IDLE, _I.REINVITE): (_S.PENDING, (_E.REPORT_OFFER,)),
    (_S.IDLE, _I.ACCEPT): (_S.IDLE, (_E.REFUSE,)),
    (_S.IDLE, _I.REJECT): (_S.IDLE, (_E.REFUSE,)),
    (_S.IDLE, _I.CANCEL): (_S.IDLE, ()),
    (_S.IDLE, _I.ACK): (_S.IDLE, ()),
    (_S.IDLE, _I.ACK_MISSING): (_S.IDLE, ()),
    (_S.IDLE, _I.END): (_S.IDLE, ()),
    (_S.PENDING, _I.REINVITE): (_S.PENDING, (_E.REFUSE,)),  # `incoming` answers 500 before
    (_S.PENDING, _I.ACCEPT): (_S.ANSWERED, (_E.SEND_SUCCESS,)),
    (_S.PENDING, _I.REJECT): (_S.IDLE, (_E.SEND_FAILURE,)),
    (_S.PENDING, _I.CANCEL): (_S.IDLE, (_E.SEND_TERMINATED,)),
    (_S.PENDING, _I.ACK): (_S.PENDING, ()),
    (_S.PENDING, _I.ACK_MISSING): (_S.PENDING, ()),
    (_S.PENDING, _I.END): (_S.IDLE, (_E.SEND_TERMINATED,)),  # §15.1.2
    (_S.ANSWERED, _I.REINVITE): (_S.ANSWERED, (_E.REFUSE,)),  # `incoming` answers 491 before
    (_S.ANSWERED, _I.ACCEPT): (_S.ANSWERED, (_E.REFUSE,)),
    (_S.ANSWERED, _I.REJECT): (_S.ANSWERED, (_E.REFUSE,)),
    (_S.ANSWERED, _I.CANCEL): (_S.ANSWERED, ()),
    (_S.ANSWERED, _I.ACK): (_S.IDLE, (_E.STOP_SUCCESS, _E.REPORT_ACKNOWLEDGED)),
    (_S.ANSWERED, _I.ACK_MISSING): (_S.IDLE, (_E.STOP_SUCCESS,)),
    (_S.ANSWERED, _I.END): (_S.IDLE, (_E.STOP_SUCCESS,)),
}


class Reinvite:
    """The peer's re-INVITE in a dialog, if there is one."""

    __slots__ = ("state", "transaction", "usage")

    def __init__(self, usage: "Usage") -> None:
        self.usage = usage
        self.state = ReinviteState.IDLE
        self.transaction: ServerInvite | None = None
        """Of the last re-INVITE."""

    @property
    def is_pending(self) -> bool:
        """Whether a re-INVITE waits for the owner's answer."""
        return self.state is ReinviteState.PENDING

    @property
    def is_answered(self) -> bool:
        """Whether our 2xx to a re-INVITE waits for its ACK."""
        return self.state is ReinviteState.ANSWERED

    def handle_request(self, request: Request, flow: Flow, now: float) -> None:
        """Take a re-INVITE that may be answered now; not yet stamped. Queues: 100, OfferReceived."""
        core = self.usage.session.core
        self.transaction = core.layer.serve_invite(request, flow, self)
        self.transaction.respond(core.response(self.transaction.request, 100, to_tag=None), now)
        body = description_of(request)
        if body:
            self.usage.negotiation.take_offer(body)
        self._step(ReinviteInput.REINVITE, Occasion(now))

    def accept(self, occasion: Occasion) -> None:
        """The owner takes it; the peer's target is refreshed with the 2xx (RFC 6141 §4)."""
        self._step(ReinviteInput.ACCEPT, occasion)

    def reject(self, occasion: Occasion) -> None:
        """The owner refuses it; the session stays as it was (§14.2)."""
        self._step(ReinviteInput.REJECT, occasion)

    def handle_cancel(self, request: Request, now: float) -> None:
        """The peer canceled it."""
        self._step(ReinviteInput.CANCEL, Occasion(now, request=request))

    def handle_ack(self, request: Request, now: float) -> None:
        """The ACK of our 2xx."""
        self._step(ReinviteInput.ACK, Occasion(now, request=request))

    def handle_ack_missing(self, now: float) -> None:
        """No ACK within 64·T1; the session is about to end."""
        self._step(ReinviteInput.ACK_MISSING, Occasion(now))

    def end(self, now: float) -> None:
        """The session ends."""
        self._step(ReinviteInput.END, Occasion(now))

    def _step(self, given: ReinviteInput, occasion: Occasion) -> None:
        next_state, effects = TRANSITIONS[(self.state, given)]
        if effects == (ReinviteEffect.REFUSE,):
            raise SipUsageError(f"re-INVITE: {given.name.lower()} in state {self.state.name.lower()}")
        self.state = next_state
        for effect in effects:
            _OPERATIONS[effect](self, occasion)

    def the_transaction(self) -> ServerInvite:
        """The transaction of a re-INVITE that there is."""
        return expect(self.transaction, "a state other than IDLE has one")


def _report_offer(reinvite: Reinvite, _: Occasion) -> None:
    usage = reinvite.usage
    usage.session.report_offer(reinvite, OfferReceived(usage.session, reinvite.the_transaction().request))


def _send_success(reinvite: Reinvite, occasion: Occasion) -> None:
    usage, transaction = reinvite.usage, reinvite.the_transaction()
    usage.dialog.refresh_target(transaction.request.contact)
    usage.dialog.move_to(transaction.source)
    body = occasion.body or b""
    if usage.negotiation.is_owing:
        usage.negotiation.answer(body)
    else:
        usage.negotiation.offer(body)  # the re-INVITE left the offer to us (§14.2)
    accept.begin_success(usage.session, transaction, occasion, occasion.body)


def _send_failure(reinvite: Reinvite, occasion: Occasion) -> None:
    reinvite.usage.negotiation.withdraw()
    accept.refuse(reinvite.usage.session, reinvite.the_transaction(), occasion.status, occasion)


def _send_terminated(reinvite: Reinvite, occasion: Occasion) -> None:
    reinvite.usage.negotiation.withdraw()
    reinvite.usage.session.forget_offer(reinvite)
    accept.refuse(reinvite.usage.session, reinvite.the_transaction(), 487, Occasion(occasion.now))


def _stop_success(reinvite: Reinvite, occasion: Occasion) -> None:
    accept.stop_success(reinvite.usage.session, occasion)


def _report_acknowledged(reinvite: Reinvite, occasion: Occasion) -> None:
    session = reinvite.usage.session
    session.core.events.append(Acknowledged(session, expect(occasion.request, "the ACK came")))


_OPERATIONS: Final[dict[ReinviteEffect, Callable[[Reinvite, Occasion], None]]] = {
    _E.REPORT_OFFER: _report_offer,
    _E.SEND_SUCCESS: _send_success,
    _E.SEND_FAILURE: _send_failure,
    _E.SEND_TERMINATED: _send_terminated,
    _E.STOP_SUCCESS: _stop_success,
    _E.REPORT_ACKNOWLEDGED: _report_acknowledged,
}
