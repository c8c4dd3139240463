"""A request of the peer inside a dialog: which operation takes it, and when it is too early or crossed.

Called by `user_agent`, which has checked the dialog, the method and CSeq. Stateless answers where no owner
is asked. Source: RFC 3261 §12.2.2, §14.2, §15.1.2; RFC 3311 §5.2; RFC 5407 shows the races.
"""

from typing import Final

from offhook.sip.body import description_of
from offhook.sip.flow import Flow
from offhook.sip.message import Request
from offhook.sip.method import MESSAGE, NOTIFY, PRACK, REFER
from offhook.sip.session import close
from offhook.sip.session.info import handle_info
from offhook.sip.session.message import handle_message
from offhook.sip.session.prack import handle_prack
from offhook.sip.session.refer import handle_notify
from offhook.sip.session.referral import handle_refer
from offhook.sip.session.refresh import too_small
from offhook.sip.session.state import ENDED, SessionState
from offhook.sip.session.usage import Usage

UNANSWERED: Final = (SessionState.INCOMING, SessionState.ACCEPT_PENDING)
"""UAS: the INVITE has no final response."""


def handle_bye(usage: Usage, request: Request, flow: Flow, now: float) -> None:
    """BYE. A callee must not send it before its 2xx (§15): to an early dialog of a UAC it is 481."""
    if usage.session.usage is usage:
        close.handle_bye(usage.session, request, flow, now)
    else:
        usage.session.core.refuse(request, flow, 481)


def handle_reinvite(usage: Usage, request: Request, flow: Flow, now: float) -> None:
    """re-INVITE, with a body and a Contact that can be used: one at a time in a dialog (§14.2).

    Raises: SipError (400) for a Session-Expires that cannot be read.
    """
    session, core, negotiation = usage.session, usage.session.core, usage.negotiation
    least_s = too_small(request, core)
    if session.state in ENDED:
        core.refuse(request, flow, 481)
    elif session.state in UNANSWERED or usage.reinvite.is_pending or negotiation.is_owing:
        _refuse_overlapping(usage, request, flow)
    elif session.state is not SessionState.CONFIRMED or usage.reinvite.is_answered or negotiation.is_offered:
        core.refuse(request, flow, 491)  # ours is out, or a 2xx is not acknowledged yet (RFC 5407 §3.1)
    elif least_s is not None:
        core.refuse(request, flow, 422, [("Min-SE", str(least_s))])
    else:
        usage.hear(request)
        usage.reinvite.handle_request(request, flow, now)


def handle_update(usage: Usage, request: Request, flow: Flow, now: float) -> None:
    """UPDATE, with a body and a Contact that can be used (RFC 3311 §5.2).

    Raises: SipError (400) for a Session-Expires that cannot be read.
    """
    session, core, negotiation = usage.session, usage.session.core, usage.negotiation
    offer = description_of(request)
    least_s = too_small(request, core)
    if session.state in ENDED:
        core.refuse(request, flow, 481)
    elif usage.update.is_pending:
        _refuse_overlapping(usage, request, flow)
    elif offer and negotiation.is_offered:
        core.refuse(request, flow, 491)
    elif offer and (not negotiation.is_agreed or usage.reinvite.is_pending):
        _refuse_overlapping(usage, request, flow)
    elif least_s is not None:
        core.refuse(request, flow, 422, [("Min-SE", str(least_s))])
    elif not offer:
        usage.hear(request)
        usage.update.handle_request(request, flow, now)
    else:
        usage.hear(request)
        usage.update.handle_offer(core.layer.serve(request, flow, now), offer, now)


def handle_other(usage: Usage, request: Request, flow: Flow, now: float) -> None:
    """PRACK, INFO, MESSAGE, REFER and NOTIFY. Raises: SipError (400) for one that cannot be read.

    A REFER or NOTIFY before the call is up is 403: there is nothing yet that could be transferred.
    """
    if usage.session.state in ENDED:
        usage.session.core.refuse(request, flow, 481)
    elif request.method == PRACK:
        handle_prack(usage, request, flow, now)
    elif request.method in (REFER, NOTIFY) and usage.session.is_early:
        usage.session.core.refuse(request, flow, 403)
    elif request.method == REFER:
        handle_refer(usage, request, flow, now)
    elif request.method == NOTIFY:
        handle_notify(usage, request, flow, now)
    elif request.method == MESSAGE:
        handle_message(usage, request, flow, now)
    else:
        handle_info(usage, request, flow, now)


def _refuse_overlapping(usage: Usage, request: Request, flow: Flow) -> None:
    """500: the one before is not answered; Retry-After is drawn from 0 to 10 (§14.2, RFC 3311 §5.2)."""
    core = usage.session.core
    wait_s = min(10, int(core.chance.between(0, 11)))
    core.refuse(request, flow, 500, [("Retry-After", str(wait_s))])
