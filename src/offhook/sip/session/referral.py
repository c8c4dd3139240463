"""The peer's REFER: it asks us to call somebody else, and is told by NOTIFY what becomes of that.

    IDLE --REFER--> PENDING --accepted: 202, NOTIFY 100--> ACTIVE --result, too late, gone--> IDLE
                       +--rejected, or accepted without a subscription (RFC 4488)--> IDLE

The owner decides, and tells how it goes. One at a time in a dialog: another one gets 491 meanwhile. The
subscription ends with the dialog. Called by `invite_session` and `incoming`. Source: RFC 3515 §2.4, 3420,
4488, 6665 §4.2. Ours is in `refer`.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from offhook.base.symbol import Symbol
from offhook.sip.error import SipUsageError, expect, malformed
from offhook.sip.event import Referred
from offhook.sip.flow import Flow
from offhook.sip.headers.event import REFER as REFER_PACKAGE
from offhook.sip.headers.event import EventPackage
from offhook.sip.headers.refer_to import ReferTo
from offhook.sip.headers.replaces import Replaces
from offhook.sip.headers.subscription_state import ACTIVE, TERMINATED, SubscriptionState
from offhook.sip.message import Request
from offhook.sip.method import NOTIFY
from offhook.sip.session.request import DialogRequest, Draft, Outcome
from offhook.sip.session.state import Occasion
from offhook.sip.sipfrag import CONTENT_TYPE, fragment
from offhook.sip.transaction.server_non_invite import ServerNonInvite
from offhook.sip.transaction.transaction import Failure

if TYPE_CHECKING:
    from offhook.sip.session.usage import Usage

LASTS_S: Final = 660
"""How long the subscription lasts: whoever is called rings ten minutes at most."""
_TRYING: Final = 100


class ReferralState(Symbol):
    """Where the peer's REFER stands."""

    IDLE = auto()
    """There is none, or nothing more is told of it."""
    PENDING = auto()
    """The owner has not said yet whether it is accepted."""
    ACTIVE = auto()
    """Accepted; the result is to be told."""


class ReferralInput(Symbol):
    """What can happen to it."""

    REFER = auto()
    ACCEPT = auto()
    """Command."""
    ACCEPT_ALONE = auto()
    """Command, where the peer wants to be told nothing."""
    REJECT = auto()
    """Command."""
    PROGRESS = auto()
    """Command: a provisional status of who is called."""
    RESULT = auto()
    """Command: the final one."""
    EXPIRED = auto()
    """Timer."""
    GONE = auto()
    """The peer does not know the subscription any more."""
    END = auto()
    """The dialog is over."""


class ReferralEffect(Symbol):
    """What is done about it."""

    SEND_ACCEPTED = auto()
    SEND_REFUSAL = auto()
    SEND_TERMINATED = auto()
    NOTIFY = auto()
    NOTIFY_RESULT = auto()
    NOTIFY_TIMEOUT = auto()
    ARM = auto()
    DISARM = auto()
    REFUSE = auto()


_S, _I, _E = ReferralState, ReferralInput, ReferralEffect
_REFUSED: Final = (_E.REFUSE,)

TRANSITIONS: Final[
    dict[tuple[ReferralState, ReferralInput], tuple[ReferralState, tuple[ReferralEffect, ...]]]
] = {
    (_S.IDLE, _I.REFER): (_S.PENDING, ()),
    (_S.IDLE, _I.ACCEPT): (_S.IDLE, _REFUSED),
    (_S.IDLE, _I.ACCEPT_ALONE): (_S.IDLE, _REFUSED),
    (_S.IDLE, _I.REJECT): (_S.IDLE, _REFUSED),
    (_S.IDLE, _I.PROGRESS): (_S.IDLE, ()),  # nobody listens any more
    (_S.IDLE, _I.RESULT): (_S.IDLE, ()),
    (_S.IDLE, _I.EXPIRED): (_S.IDLE, ()),
    (_S.IDLE, _I.GONE): (_S.IDLE, ()),
    (_S.IDLE, _I.END): (_S.IDLE, ()),
    (_S.PENDING, _I.REFER): (_S.PENDING, ()),  # `handle_refer` answers 491 before
    (_S.PENDING, _I.ACCEPT): (_S.ACTIVE, (_E.SEND_ACCEPTED, _E.ARM, _E.NOTIFY)),
    (_S.PENDING, _I.ACCEPT_ALONE): (_S.IDLE, (_E.SEND_ACCEPTED,)),
    (_S.PENDING, _I.REJECT): (_S.IDLE, (_E.SEND_REFUSAL,)),
    (_S.PENDING, _I.PROGRESS): (_S.PENDING, _REFUSED),
    (_S.PENDING, _I.RESULT): (_S.PENDING, _REFUSED),
    (_S.PENDING, _I.EXPIRED): (_S.PENDING, ()),
    (_S.PENDING, _I.GONE): (_S.PENDING, ()),
    (_S.PENDING, _I.END): (_S.IDLE, (_E.SEND_TERMINATED,)),  # RFC 3261 §15.1.2
    (_S.ACTIVE, _I.REFER): (_S.ACTIVE, ()),
    (_S.ACTIVE, _I.ACCEPT): (_S.ACTIVE, _REFUSED),
    (_S.ACTIVE, _I.ACCEPT_ALONE): (_S.ACTIVE, _REFUSED),
    (_S.ACTIVE, _I.REJECT): (_S.ACTIVE, _REFUSED),
    (_S.ACTIVE, _I.PROGRESS): (_S.ACTIVE, (_E.NOTIFY,)),
    (_S.ACTIVE, _I.RESULT): (_S.IDLE, (_E.DISARM, _E.NOTIFY_RESULT)),
    (_S.ACTIVE, _I.EXPIRED): (_S.IDLE, (_E.NOTIFY_TIMEOUT,)),
    (_S.ACTIVE, _I.GONE): (_S.IDLE, (_E.DISARM,)),
    (_S.ACTIVE, _I.END): (_S.IDLE, (_E.DISARM,)),
}


class Referral:
    """The peer's REFERs in one dialog, one after another."""

    __slots__ = (
        "_count",
        "_cseq",
        "_ends_at",
        "_status",
        "deadlines",
        "is_silent",
        "state",
        "transaction",
        "usage",
    )

    def __init__(self, usage: "Usage") -> None:
        self.usage = usage
        self.state = ReferralState.IDLE
        self.transaction: ServerNonInvite | None = None
        """Of the last REFER."""
        self.is_silent = False
        """Whether the peer asked not to be told what becomes of it (Refer-Sub: false)."""
        self.deadlines: dict[Enum, float] = {}
        self._count = 0
        self._cseq = 0
        self._status = _TRYING
        self._ends_at = 0.0

    @property
    def is_pending(self) -> bool:
        """Whether one waits for the owner's word."""
        return self.state is ReferralState.PENDING

    @property
    def is_busy(self) -> bool:
        """Whether one is under way."""
        return self.state is not ReferralState.IDLE

    def handle_request(self, request: Request, flow: Flow, now: float) -> None:
        """A REFER. Queues: Referred. Raises: SipError (400, 416) for one that cannot be read."""
        news = _read(self.usage, request)
        self.is_silent = (request.headers.get("Refer-Sub") or "").strip().lower() == "false"
        self.transaction = self.usage.session.core.layer.serve(request, flow, now)
        self._count += 1
        self._cseq = request.cseq.number
        self._status = _TRYING
        self._step(ReferralInput.REFER, Occasion(now))
        self.usage.session.core.events.append(news)

    def accept(self, occasion: Occasion) -> None:
        """The owner does what is asked. Raises: SipUsageError when nothing is."""
        self._step(ReferralInput.ACCEPT_ALONE if self.is_silent else ReferralInput.ACCEPT, occasion)

    def reject(self, occasion: Occasion) -> None:
        """The owner does not. Raises: SipUsageError when nothing is asked."""
        self._step(ReferralInput.REJECT, occasion)

    def notify(self, occasion: Occasion) -> None:
        """The owner tells how it goes. Raises: SipUsageError before `accept`."""
        self._status = occasion.status
        self._step(ReferralInput.RESULT if occasion.status >= 200 else ReferralInput.PROGRESS, occasion)

    def end(self, now: float) -> None:
        """The dialog is over."""
        self._step(ReferralInput.END, Occasion(now))

    def handle_timer(self, timer: Enum, now: float) -> None:
        """It lasted too long."""
        self._step(ReferralInput(timer.value), Occasion(now))

    def _step(self, given: ReferralInput, occasion: Occasion) -> None:
        next_state, effects = TRANSITIONS[(self.state, given)]
        if effects == _REFUSED:
            raise SipUsageError(f"REFER: {given.name.lower()} in state {self.state.name.lower()}")
        self.state = next_state
        for effect in effects:
            _OPERATIONS[effect](self, occasion)

    def respond(self, status: int, occasion: Occasion, headers: tuple[tuple[str, str], ...]) -> None:
        """Answer the REFER."""
        session, transaction = self.usage.session, expect(self.transaction, "PENDING has a transaction")
        response = session.core.response(
            transaction.request,
            status,
            to_tag=session.local_tag,
            reason=occasion.reason,
            headers=(*headers, *occasion.headers),
        )
        transaction.respond(response, occasion.now)

    def contact(self) -> tuple[str, str]:
        """Our Contact, which a 2xx to REFER has (RFC 3515 §2.4.3)."""
        flow = expect(self.transaction, "PENDING has a transaction").flow
        return "Contact", self.usage.session.core.contact(flow)

    def arm(self, now: float) -> None:
        """From now on it lasts so long."""
        self._ends_at = now + LASTS_S
        self.usage.session.core.deadlines.arm(self, ReferralInput.EXPIRED, self._ends_at)

    def send_notify(self, state: SubscriptionState, now: float) -> None:
        """One NOTIFY, with the last status that was told."""
        session = self.usage.session
        headers = (
            ("Event", str(self._event())),
            ("Subscription-State", str(state)),
            ("Content-Type", CONTENT_TYPE),
        )
        draft = Draft(NOTIFY, headers, fragment(self._status), refreshes_target=True)
        DialogRequest(session.core, self.usage.dialog, draft, self._finished, session.credentials).send(now)

    def left_s(self, now: float) -> int:
        """How long the subscription still lasts."""
        return max(0, round(self._ends_at - now))

    def _event(self) -> EventPackage:
        """Of each REFER but the first with its number, which tells them apart (RFC 3515 §2.4.6)."""
        return EventPackage(REFER_PACKAGE, () if self._count == 1 else (("id", str(self._cseq)),))

    def _finished(self, outcome: Outcome, now: float) -> None:
        """The subscription ends where the peer does not take a NOTIFY (RFC 6665 §4.2.2)."""
        if outcome is Failure.TIMEOUT or (not isinstance(outcome, Failure) and outcome.status == 481):
            self._step(ReferralInput.GONE, Occasion(now))


def expect_asked(referral: Referral | None) -> Referral:
    """The referral that a command is about. Raises: SipUsageError where no REFER has come."""
    if referral is None:
        raise SipUsageError("no REFER has come")
    return referral


def handle_refer(usage: "Usage", request: Request, flow: Flow, now: float) -> None:
    """A REFER in the dialog. Raises: SipError (400) for one that cannot be read."""
    if usage.referral is None:
        usage.referral = Referral(usage)
    if usage.referral.is_busy:
        usage.session.core.refuse(request, flow, 491)
    else:
        usage.referral.handle_request(request, flow, now)


def _read(usage: "Usage", request: Request) -> Referred:
    """Raises: SipError (400) without exactly one Refer-To that can be read (RFC 3515 §2.4.2)."""
    text = request.headers.single("Refer-To").strip(" \t")
    refer_to = ReferTo.parse(text)
    scheme = refer_to.address.uri_text.partition(":")[0].lower()
    replaces: Replaces | None = None
    if scheme in ("sip", "sips"):
        replaces = refer_to.replaces
    elif not scheme or ":" not in refer_to.address.uri_text:
        raise malformed("Refer-To without a URI", section="RFC 3515 §2.1", excerpt=text)
    return Referred(usage.session, request, text, replaces)


def _send_accepted(referral: Referral, occasion: Occasion) -> None:
    """202, or 200 where nothing will be told (RFC 4488 §4)."""
    alone = (("Refer-Sub", "false"),) if referral.is_silent else ()
    referral.respond(200 if referral.is_silent else 202, occasion, (referral.contact(), *alone))


def _send_refusal(referral: Referral, occasion: Occasion) -> None:
    referral.respond(occasion.status, occasion, ())


def _send_terminated(referral: Referral, occasion: Occasion) -> None:
    referral.respond(487, occasion, ())


def _notify(referral: Referral, occasion: Occasion) -> None:
    state = SubscriptionState(ACTIVE, (("expires", str(referral.left_s(occasion.now))),))
    referral.send_notify(state, occasion.now)


def _notify_result(referral: Referral, occasion: Occasion) -> None:
    referral.send_notify(SubscriptionState(TERMINATED, (("reason", "noresource"),)), occasion.now)


def _notify_timeout(referral: Referral, occasion: Occasion) -> None:
    referral.send_notify(SubscriptionState(TERMINATED, (("reason", "timeout"),)), occasion.now)


def _arm(referral: Referral, occasion: Occasion) -> None:
    referral.arm(occasion.now)


def _disarm(referral: Referral, _: Occasion) -> None:
    referral.usage.session.core.deadlines.disarm(referral, ReferralInput.EXPIRED)


_OPERATIONS: Final[dict[ReferralEffect, Callable[[Referral, Occasion], None]]] = {
    _E.SEND_ACCEPTED: _send_accepted,
    _E.SEND_REFUSAL: _send_refusal,
    _E.SEND_TERMINATED: _send_terminated,
    _E.NOTIFY: _notify,
    _E.NOTIFY_RESULT: _notify_result,
    _E.NOTIFY_TIMEOUT: _notify_timeout,
    _E.ARM: _arm,
    _E.DISARM: _disarm,
}
