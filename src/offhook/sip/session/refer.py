"""REFER of ours: we ask the peer to call somebody else, and its NOTIFYs tell what became of that.

    WAITING (for the ACK of our 2xx) --> TRYING
    TRYING --2xx--> SUBSCRIBED --NOTIFY with a final status, its end, nothing for too long--> TERMINATED
       |  --refused, no answer, 2xx without a subscription (RFC 4488)--> TERMINATED
       +--NOTIFY overtakes the 2xx--> NOTIFIED --2xx--> TERMINATED

The subscription is the REFER's own, in the dialog of the call, and ends with it. Called by `invite_session`
and `incoming`. Source: RFC 3515 §2.4.4, 3420, 6665 §4.1.3, 5057 §5.1. The peer's REFER is in `referral`.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from offhook.base.symbol import Symbol
from offhook.sip.body import content_type
from offhook.sip.error import SipError, SipUsageError
from offhook.sip.event import EndCause, ReferEnded, ReferProgressed
from offhook.sip.flow import Flow
from offhook.sip.headers.event import REFER as REFER_PACKAGE
from offhook.sip.headers.event import EventPackage
from offhook.sip.headers.subscription_state import SubscriptionState
from offhook.sip.message import Request, Response
from offhook.sip.method import REFER
from offhook.sip.session.request import DialogRequest, Draft, Outcome
from offhook.sip.session.state import Occasion, SessionInput, SessionState
from offhook.sip.sipfrag import SIPFRAG, status_of
from offhook.sip.transaction.transaction import Failure
from offhook.sip.uri import SipUri

if TYPE_CHECKING:
    from offhook.sip.session.usage import Usage

SILENCE_S: Final = 60.0
"""How long the first NOTIFY may take, and each that follows one which names no `expires` (reference/
sip-interface 6.1)."""
LONGEST_S: Final = 660.0
"""The most that an `expires` of the peer's is believed: a phone rings ten minutes at most."""
_NO_SUBSCRIPTION: Final = "false"
"""Refer-Sub of a 2xx: nothing will be told (RFC 4488 §4)."""


class ReferState(Symbol):
    """Where our REFER stands."""

    WAITING = auto()
    """It is sent when the peer has acknowledged our 2xx: on TCP it would overtake the ACK, and there are
    phones that take nothing else before."""
    TRYING = auto()
    """It has no final response."""
    SUBSCRIBED = auto()
    """It was accepted; the NOTIFY with the result is to come."""
    NOTIFIED = auto()
    """The result is here before the 2xx."""
    TERMINATED = auto()
    """Nothing follows."""


class ReferInput(Symbol):
    """What can happen to it."""

    ACKNOWLEDGED = auto()
    """UAS: the ACK of the INVITE's 2xx came."""
    ACCEPTED = auto()
    ACCEPTED_ALONE = auto()
    """2xx, and nothing will be told."""
    REFUSED = auto()
    """Another final response, or none."""
    PROGRESS = auto()
    """A NOTIFY that is not the last."""
    RESULT = auto()
    """A NOTIFY with a final status, or that ends the subscription."""
    EXPIRED = auto()
    """Timer."""
    END = auto()
    """The dialog is over."""


class ReferEffect(Symbol):
    """What is done about it."""

    SEND = auto()
    ARM = auto()
    DISARM = auto()
    REPORT_PROGRESS = auto()
    REPORT_END = auto()


_S, _I, _E = ReferState, ReferInput, ReferEffect
_OVER: Final = (_S.TERMINATED, (_E.DISARM, _E.REPORT_END))
_CUT: Final = (_S.TERMINATED, (_E.DISARM,))
"""The end of the session is told already."""

TRANSITIONS: Final[dict[tuple[ReferState, ReferInput], tuple[ReferState, tuple[ReferEffect, ...]]]] = {
    **{(_S.WAITING, given): (_S.WAITING, ()) for given in ReferInput},
    (_S.WAITING, _I.ACKNOWLEDGED): (_S.TRYING, (_E.SEND,)),
    (_S.WAITING, _I.END): _CUT,
    **{(state, _I.ACKNOWLEDGED): (state, ()) for state in (_S.TRYING, _S.SUBSCRIBED, _S.NOTIFIED)},
    (_S.TRYING, _I.ACCEPTED): (_S.SUBSCRIBED, (_E.REPORT_PROGRESS, _E.ARM)),
    (_S.TRYING, _I.ACCEPTED_ALONE): _OVER,
    (_S.TRYING, _I.REFUSED): _OVER,
    (_S.TRYING, _I.PROGRESS): (_S.TRYING, (_E.REPORT_PROGRESS,)),
    (_S.TRYING, _I.RESULT): (_S.NOTIFIED, (_E.REPORT_PROGRESS,)),
    (_S.TRYING, _I.EXPIRED): (_S.TRYING, ()),
    (_S.TRYING, _I.END): _CUT,
    (_S.SUBSCRIBED, _I.ACCEPTED): (_S.SUBSCRIBED, ()),
    (_S.SUBSCRIBED, _I.ACCEPTED_ALONE): (_S.SUBSCRIBED, ()),
    (_S.SUBSCRIBED, _I.REFUSED): (_S.SUBSCRIBED, ()),
    (_S.SUBSCRIBED, _I.PROGRESS): (_S.SUBSCRIBED, (_E.REPORT_PROGRESS, _E.ARM)),
    (_S.SUBSCRIBED, _I.RESULT): _OVER,
    (_S.SUBSCRIBED, _I.EXPIRED): _OVER,
    (_S.SUBSCRIBED, _I.END): _CUT,
    (_S.NOTIFIED, _I.ACCEPTED): _OVER,
    (_S.NOTIFIED, _I.ACCEPTED_ALONE): _OVER,
    (_S.NOTIFIED, _I.REFUSED): _OVER,
    (_S.NOTIFIED, _I.PROGRESS): (_S.NOTIFIED, ()),
    (_S.NOTIFIED, _I.RESULT): (_S.NOTIFIED, ()),
    (_S.NOTIFIED, _I.EXPIRED): (_S.NOTIFIED, ()),
    (_S.NOTIFIED, _I.END): _CUT,
    **{(_S.TERMINATED, given): (_S.TERMINATED, ()) for given in ReferInput},
}


class Refer:
    """One REFER of ours and its subscription."""

    __slots__ = (
        "_draft",
        "_request",
        "deadlines",
        "lasts_s",
        "notify_status",
        "refer_status",
        "state",
        "usage",
    )

    def __init__(self, usage: "Usage", target: str, headers: tuple[tuple[str, str], ...]) -> None:
        """target: the URI to be called, with its header part as it is."""
        self.usage = usage
        self.state = ReferState.WAITING
        self.refer_status: int | None = None
        """The final response to it; made here: 408 no answer, 503 no flow; None before."""
        self.notify_status: int | None = None
        """What the last NOTIFY told; None before one told anything."""
        self.lasts_s = SILENCE_S
        """How long the next NOTIFY may take."""
        self.deadlines: dict[Enum, float] = {}
        self._draft = Draft(REFER, (("Refer-To", f"<{target}>"), *headers), refreshes_target=True)
        self._request: DialogRequest | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing follows."""
        return self.state is ReferState.TERMINATED

    def handle_acknowledged(self, now: float) -> None:
        """The call stands: the REFER may go out, where it waited for that."""
        self._step(ReferInput.ACKNOWLEDGED, now)

    def send(self, now: float) -> None:
        """Ask."""
        session = self.usage.session
        self._request = DialogRequest(
            session.core, self.usage.dialog, self._draft, self.finish, session.credentials
        )
        self._request.send(now)

    def finish(self, outcome: Outcome, now: float) -> None:
        """Its final response is here, or none will come."""
        if isinstance(outcome, Failure):
            self.refer_status = 408 if outcome is Failure.TIMEOUT else 503
            self._step(ReferInput.REFUSED, now)
            return
        self.refer_status = outcome.status
        self._step(_meaning(outcome), now)
        if outcome.status == 481:
            gone = Occasion(now, cause=EndCause.DIALOG_GONE)
            self.usage.session.step(SessionInput.DIALOG_GONE, gone)

    def handle_notify(self, request: Request, now: float) -> None:
        """A NOTIFY of this subscription. Raises: SipError (400) for one that cannot be read."""
        state = SubscriptionState.parse(request.headers.single("Subscription-State"))
        self.lasts_s = SILENCE_S if state.expires_s is None else min(LONGEST_S, float(state.expires_s))
        if request.body:
            self.notify_status = status_of(request.body)
        is_final = self.notify_status is not None and self.notify_status >= 200
        self._step(ReferInput.RESULT if is_final or state.is_terminated else ReferInput.PROGRESS, now)

    def names(self, event: EventPackage) -> bool:
        """Whether a NOTIFY with this Event is of this subscription."""
        if self.is_over:
            return False
        sent = self._request.cseq if self._request is not None else None
        return sent is not None and event.id in (None, str(sent))

    def end(self, now: float) -> None:
        """The dialog is over."""
        self._step(ReferInput.END, now)

    def handle_timer(self, timer: Enum, now: float) -> None:
        """Nothing was told for too long."""
        self._step(ReferInput(timer.value), now)

    def _step(self, given: ReferInput, now: float) -> None:
        self.state, effects = TRANSITIONS[(self.state, given)]
        for effect in effects:
            _OPERATIONS[effect](self, now)


def _meaning(response: Response) -> ReferInput:
    if response.status >= 300:
        return ReferInput.REFUSED
    is_alone = (response.headers.get("Refer-Sub") or "").strip().lower() == _NO_SUBSCRIPTION
    return ReferInput.ACCEPTED_ALONE if is_alone else ReferInput.ACCEPTED


def handle_notify(usage: "Usage", request: Request, flow: Flow, now: float) -> None:
    """A NOTIFY in the dialog. Raises: SipError (400) for one that cannot be read.

    489 of another package, 481 of no subscription that there is (RFC 6665 §4.1.3), 415 for another body.
    """
    session, core, refer = usage.session, usage.session.core, usage.refer
    event = EventPackage.parse(request.headers.get("Event") or "")
    if event.package != REFER_PACKAGE:
        core.refuse(request, flow, 489, [("Allow-Events", REFER_PACKAGE)])
    elif refer is None or not refer.names(event):
        core.refuse(request, flow, 481)
    elif request.body and content_type(request) != SIPFRAG:
        core.refuse(request, flow, 415, [("Accept", SIPFRAG)])
    else:
        refer.handle_notify(request, now)
        transaction = core.layer.serve(request, flow, now)
        transaction.respond(core.response(transaction.request, 200, to_tag=session.local_tag), now)


def send_refer(usage: "Usage", target: str, occasion: Occasion) -> None:
    """The owner's command. Raises: SipUsageError for no URI, and while another REFER of ours is under way."""
    if usage.refer is not None and not usage.refer.is_over:
        raise SipUsageError("a REFER is under way")
    try:
        SipUri.parse(target)
    except SipError as error:
        raise SipUsageError(f"no URI that can be sent: {target}") from error
    usage.refer = Refer(usage, target, occasion.headers)
    if usage.session.state is SessionState.CONFIRMED:
        usage.refer.handle_acknowledged(occasion.now)


def handle_acknowledged(usage: "Usage", now: float) -> None:
    """The ACK of the INVITE's 2xx came: a REFER of ours that waited for it goes out."""
    if usage.refer is not None:
        usage.refer.handle_acknowledged(now)


def _send(refer: Refer, now: float) -> None:
    refer.send(now)


def _arm(refer: Refer, now: float) -> None:
    refer.usage.session.core.deadlines.arm(refer, ReferInput.EXPIRED, now + refer.lasts_s)


def _disarm(refer: Refer, _: float) -> None:
    refer.usage.session.core.deadlines.disarm(refer, ReferInput.EXPIRED)


def _report_progress(refer: Refer, _: float) -> None:
    session = refer.usage.session
    session.core.events.append(ReferProgressed(session, refer.refer_status, refer.notify_status))


def _report_end(refer: Refer, _: float) -> None:
    session = refer.usage.session
    session.core.events.append(ReferEnded(session, refer.refer_status or 503, refer.notify_status))


_OPERATIONS: Final[dict[ReferEffect, Callable[[Refer, float], None]]] = {
    _E.SEND: _send,
    _E.ARM: _arm,
    _E.DISARM: _disarm,
    _E.REPORT_PROGRESS: _report_progress,
    _E.REPORT_END: _report_end,
}
