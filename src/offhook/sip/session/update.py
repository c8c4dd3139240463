"""The peer's UPDATE, and an offer in its PRACK (RFC 3311 §5.2, RFC 3262 §5).

    IDLE --offer--> PENDING --accept, reject, nothing said for T2, end of the session--> IDLE

An UPDATE without offer (a refresh, RFC 4028 §7.4) is answered here. One with an offer is the owner's, who
must be quick: whoever wants to ask a person uses re-INVITE, so after T2 the answer is 504 (RFC 3311 §5.2).

Called by `incoming`, `prack` and `invite_session`. Ours are in `modify`.
"""

from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from offhook.base.symbol import Symbol
from offhook.sip.body import SDP, content_type
from offhook.sip.error import SipUsageError, expect
from offhook.sip.event import OfferReceived, UpdateReceived
from offhook.sip.flow import Flow
from offhook.sip.message import HeaderFields, Request
from offhook.sip.method import UPDATE
from offhook.sip.session.state import Occasion
from offhook.sip.transaction.server_non_invite import ServerNonInvite

if TYPE_CHECKING:
    from offhook.sip.session.usage import Usage


class UpdateState(Symbol):
    """Where the offer stands."""

    IDLE = auto()
    PENDING = auto()


class UpdateInput(Symbol):
    """What can happen to it."""

    OFFER = auto()
    ACCEPT = auto()
    REJECT = auto()
    UNANSWERED = auto()
    """The timer: the owner said nothing for T2."""
    END = auto()


class UpdateEffect(Symbol):
    """What is done about it."""

    REPORT_OFFER = auto()
    ARM = auto()
    DISARM = auto()
    SEND_SUCCESS = auto()
    SEND_FAILURE = auto()
    SEND_TIMEOUT = auto()
    SEND_TERMINATED = auto()
    REFUSE = auto()


_S, _I, _E = UpdateState, UpdateInput, UpdateEffect

TRANSITIONS: Final = {
    (_S.IDLE, _I.OFFER): (_S.PENDING, (_E.ARM, _E.REPORT_OFFER)),
    (_S.IDLE, _I.ACCEPT): (_S.IDLE, (_E.REFUSE,)),
    (_S.IDLE, _I.REJECT): (_S.IDLE, (_E.REFUSE,)),
    (_S.IDLE, _I.UNANSWERED): (_S.IDLE, ()),
    (_S.IDLE, _I.END): (_S.IDLE, ()),
    (_S.PENDING, _I.OFFER): (_S.PENDING, (_E.REFUSE,)),  # `incoming` answers 500 before
    (_S.PENDING, _I.ACCEPT): (_S.IDLE, (_E.DISARM, _E.SEND_SUCCESS)),
    (_S.PENDING, _I.REJECT): (_S.IDLE, (_E.DISARM, _E.SEND_FAILURE)),
    (_S.PENDING, _I.UNANSWERED): (_S.IDLE, (_E.SEND_TIMEOUT,)),
    (_S.PENDING, _I.END): (_S.IDLE, (_E.DISARM, _E.SEND_TERMINATED)),
}


class Update:
    """An offer of the peer's outside INVITE, if there is one."""

    __slots__ = ("deadlines", "state", "transaction", "usage")

    def __init__(self, usage: "Usage") -> None:
        self.usage = usage
        self.state = UpdateState.IDLE
        self.transaction: ServerNonInvite | None = None
        """Of the last UPDATE or PRACK."""
        self.deadlines: dict[Enum, float] = {}

    @property
    def is_pending(self) -> bool:
        """Whether an offer waits for the owner's answer."""
        return self.state is UpdateState.PENDING

    def handle_request(self, request: Request, flow: Flow, now: float) -> None:
        """Answer an UPDATE without offer; the peer's target is refreshed (RFC 3311 §5.2).

        Queues: UpdateReceived where its body is of a type that the session takes.
        """
        session = self.usage.session
        self.transaction = session.core.layer.serve(request, flow, now)
        stamped = self.transaction.request  # which the transaction keeps until it is answered
        _succeed(self, Occasion(now))
        if stamped.body and content_type(stamped) in session.takes:
            session.core.events.append(UpdateReceived(session, stamped))

    def handle_offer(self, transaction: ServerNonInvite, offer: bytes, now: float) -> None:
        """Take an offer that may be answered now. Queues: OfferReceived."""
        self.transaction = transaction
        self.usage.negotiation.take_offer(offer)
        self._step(UpdateInput.OFFER, Occasion(now))

    def accept(self, occasion: Occasion) -> None:
        """The owner takes it."""
        self._step(UpdateInput.ACCEPT, occasion)

    def reject(self, occasion: Occasion) -> None:
        """The owner refuses it; what was agreed before stands."""
        self._step(UpdateInput.REJECT, occasion)

    def end(self, now: float) -> None:
        """The dialog ends."""
        self._step(UpdateInput.END, Occasion(now))

    def handle_timer(self, timer: Enum, now: float) -> None:
        """The owner said nothing."""
        self._step(UpdateInput(timer.value), Occasion(now))

    def _step(self, given: UpdateInput, occasion: Occasion) -> None:
        next_state, effects = TRANSITIONS[(self.state, given)]
        if effects == (UpdateEffect.REFUSE,):
            raise SipUsageError(f"UPDATE: {given.name.lower()} in state {self.state.name.lower()}")
        self.state = next_state
        for effect in effects:
            _OPERATIONS[effect](self, occasion)

    def the_transaction(self) -> ServerNonInvite:
        """The transaction of an offer that there is."""
        return expect(self.transaction, "a state other than IDLE has one")


def _report_offer(update: Update, _: Occasion) -> None:
    session = update.usage.session
    session.report_offer(update, OfferReceived(session, update.the_transaction().request))


def _arm(update: Update, occasion: Occasion) -> None:
    core = update.usage.session.core
    core.deadlines.arm(update, UpdateInput.UNANSWERED, occasion.now + core.timers.t2)


def _disarm(update: Update, _: Occasion) -> None:
    update.usage.session.core.deadlines.disarm(update, UpdateInput.UNANSWERED)


def _send_success(update: Update, occasion: Occasion) -> None:
    update.usage.negotiation.answer(occasion.body or b"")
    _succeed(update, occasion)
    update.usage.session.release(occasion.now)


def _send_failure(update: Update, occasion: Occasion) -> None:
    update.usage.negotiation.withdraw()
    _respond(update, occasion.status, occasion, occasion.headers)
    update.usage.session.release(occasion.now)


def _send_timeout(update: Update, occasion: Occasion) -> None:
    update.usage.session.forget_offer(update)
    _send_failure(update, replace(occasion, status=504))


def _send_terminated(update: Update, occasion: Occasion) -> None:
    update.usage.session.forget_offer(update)
    update.usage.negotiation.withdraw()
    _respond(update, 487, occasion)


def _succeed(update: Update, occasion: Occasion) -> None:
    """200, with what a target refresh request is owed, PRACK being none."""
    session, transaction = update.usage.session, update.the_transaction()
    request = transaction.request
    headers: list[tuple[str, str]] = []
    if request.method == UPDATE:
        update.usage.dialog.refresh_target(request.contact)
        update.usage.dialog.move_to(transaction.source)
        headers += [("Contact", session.contact(transaction.flow)), *session.core.capabilities()]
        if not session.is_early:
            headers += session.refresh.accept(request, occasion.now)
    if occasion.body is not None:
        headers.append(("Content-Type", SDP))
    _respond(update, 200, occasion, [*headers, *occasion.headers], occasion.body or b"")


def _respond(
    update: Update, status: int, occasion: Occasion, headers: HeaderFields = (), body: bytes = b""
) -> None:
    transaction, session = update.the_transaction(), update.usage.session
    response = session.core.response(
        transaction.request,
        status,
        to_tag=session.local_tag,
        reason=occasion.reason,
        headers=headers,
        body=body,
    )
    transaction.respond(response, occasion.now)


_OPERATIONS: Final[dict[UpdateEffect, Callable[[Update, Occasion], None]]] = {
    _E.REPORT_OFFER: _report_offer,
    _E.ARM: _arm,
    _E.DISARM: _disarm,
    _E.SEND_SUCCESS: _send_success,
    _E.SEND_FAILURE: _send_failure,
    _E.SEND_TIMEOUT: _send_timeout,
    _E.SEND_TERMINATED: _send_terminated,
}
