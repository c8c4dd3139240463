"""CANCEL by the UAC (RFC 3261 §9.1). The UAS's side is an effect of `state` and `reinvite`.

Called by `invite_session`; the CANCEL of a re-INVITE by `our_reinvite`.
"""

from typing import TYPE_CHECKING

from offhook.sip.error import expect
from offhook.sip.headers.max_forwards import INITIAL
from offhook.sip.message import HeaderFields, Headers, Request
from offhook.sip.method import CANCEL
from offhook.sip.session.accept import SessionTimer
from offhook.sip.session.state import Occasion, SessionInput

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession


def command(session: "InviteSession", occasion: Occasion) -> None:
    """The owner cancels: at once where a provisional response is in, else when one comes.

    An INVITE that has not left yet never does.
    """
    session.check(SessionInput.CANCEL)
    outgoing = session.the_outgoing()
    outgoing.cancel_headers = occasion.headers
    session.step(SessionInput.CANCEL, occasion)
    if outgoing.transaction is None:
        session.core.withdraw(outgoing.request_id)
        refused = Occasion(occasion.now, status=487, reason="canceled before it was sent")
        session.step(SessionInput.FAILURE, refused)


def send(session: "InviteSession", occasion: Occasion) -> None:
    """Effect: send the CANCEL."""
    core, outgoing = session.core, session.the_outgoing()
    headers = [*core.user_agent_header(outgoing.invitation.user_agent), *outgoing.cancel_headers]
    core.layer.request(cancel_of(session.request, headers), session.flow, core.disregard, occasion.now)
    core.deadlines.arm(session, SessionTimer.CANCELED, occasion.now + core.timers.timeout)


def cancel_of(invite: Request, headers: HeaderFields) -> Request:
    """The CANCEL of an INVITE of ours: of the same hop and branch (§9.1)."""
    fields = [
        ("Via", str(invite.via)),
        ("Max-Forwards", str(INITIAL)),
        *(("Route", value) for value in invite.headers.get_all("Route")),
        ("From", invite.headers.single("From")),
        ("To", invite.headers.single("To")),
        ("Call-ID", invite.call_id),
        ("CSeq", f"{invite.cseq.number} {CANCEL}"),
        *headers,
        ("Content-Length", "0"),
    ]
    return Request(CANCEL, invite.request_uri, Headers(fields))


def give_up(session: "InviteSession", now: float) -> None:
    """Timer: no final response 64·T1 after the CANCEL: the call counts as canceled."""
    transaction = expect(session.the_outgoing().transaction, "CANCEL follows the INVITE")
    transaction.abandon(now)
    session.step(SessionInput.FAILURE, Occasion(now, status=487, reason="no final response after CANCEL"))
