"""The UAS's side of an INVITE: ring, accept, reject, and the 2xx that is repeated until its ACK comes.

Called by `invite_session` (effects of its table, timers) and `reinvite` (the 2xx of a re-INVITE); what is
to be reliable goes through `prack`.
Source: RFC 3261 §13.3.1.
"""

from dataclasses import dataclass, replace
from enum import auto
from typing import TYPE_CHECKING

from offhook.base.symbol import Symbol
from offhook.sip.body import SDP, description_of
from offhook.sip.dialog import DialogInput
from offhook.sip.error import expect
from offhook.sip.event import EndCause
from offhook.sip.message import Request, Response
from offhook.sip.session.state import Occasion, SessionInput
from offhook.sip.transaction.server_invite import ServerInvite

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession


class SessionTimer(Symbol):
    """The timers of a session."""

    REPEAT_PROVISIONAL = auto()
    """A minute after the last provisional response (§13.3.1.1)."""
    REPEAT_SUCCESS = auto()
    """T1, then doubled up to T2, on any transport (§13.3.1.4)."""
    ACK_MISSING = auto()
    """64·T1 after the 2xx."""
    CANCELED = auto()
    """64·T1 after our CANCEL (§9.1)."""


@dataclass(slots=True)
class Success:
    """A 2xx that waits for its ACK."""

    transaction: ServerInvite
    """Of the INVITE that it answers."""
    response: Response
    """The 2xx itself."""
    interval_s: float
    """Until the next repetition."""


def dialog_response(session: "InviteSession", transaction: ServerInvite, occasion: Occasion) -> Response:
    """A response that makes or keeps the dialog: with Record-Route, Contact and body (§12.1.1)."""
    request, core = transaction.request, session.core
    headers = [("Record-Route", value) for value in request.headers.get_all("Record-Route")]
    headers.append(("Contact", session.contact(transaction.flow)))
    if occasion.status >= 200:
        headers += core.capabilities()
    headers += occasion.headers
    if occasion.body is not None:
        headers.append(("Content-Type", SDP))
    return core.response(
        request,
        occasion.status,
        to_tag=session.local_tag,
        reason=occasion.reason,
        headers=headers,
        body=occasion.body or b"",
    )


def refuse(session: "InviteSession", transaction: ServerInvite, status: int, occasion: Occasion) -> None:
    """Send a final response other than 2xx."""
    response = session.core.response(
        transaction.request,
        status,
        to_tag=session.local_tag,
        reason=occasion.reason,
        headers=occasion.headers,
    )
    transaction.respond(response, occasion.now)


def send_provisional(session: "InviteSession", occasion: Occasion) -> None:
    """Effect: send 101-199, reliably where the caller wants it (RFC 3262 §3)."""
    reliable = session.the_reliable()
    if reliable.is_wanted(occasion):
        reliable.send(occasion)
    else:
        transaction = _transaction(session)
        if session.the_usage().negotiation.is_new:
            occasion = replace(occasion, body=None)  # an offer must not get lost (§13.2.1)
        transaction.respond(dialog_response(session, transaction, occasion), occasion.now)
    session.last_provisional = occasion
    _arm_provisional(session, occasion.now)


def repeat_provisional(session: "InviteSession", now: float) -> None:
    """Timer: tell the proxies on the way that the call is still wanted.

    A reliable one is told anew, with the next number and without its description.
    """
    occasion = replace(expect(session.last_provisional, "the timer runs after a response"), now=now)
    reliable = session.the_reliable()
    if reliable.is_unacknowledged:
        _arm_provisional(session, now)  # it is being repeated anyway
    else:
        send_provisional(session, replace(occasion, body=None) if reliable.is_wanted(occasion) else occasion)


def send_success(session: "InviteSession", occasion: Occasion) -> None:
    """Effect: send the 2xx of the INVITE."""
    usage = session.the_usage()
    session.core.deadlines.disarm(session, SessionTimer.REPEAT_PROVISIONAL)
    session.the_reliable().end(occasion.now)
    usage.dialog.move(DialogInput.CONFIRM)
    body = usage.negotiation.say(occasion.body or b"")
    begin_success(session, _transaction(session), occasion, body)


def hold_success(session: "InviteSession", occasion: Occasion) -> None:
    """Effect: the 2xx waits for a PRACK (RFC 3262 §3)."""
    session.held = occasion


def begin_success(
    session: "InviteSession", transaction: ServerInvite, occasion: Occasion, body: bytes | None
) -> None:
    """Send a 2xx with this body and repeat it until `stop_success`."""
    timers, deadlines = session.core.timers, session.core.deadlines
    headers = (*session.refresh.accept(transaction.request, occasion.now), *occasion.headers)
    response = dialog_response(session, transaction, replace(occasion, headers=headers, body=body))
    transaction.respond(response, occasion.now)
    session.success = Success(transaction, response, timers.t1)
    deadlines.arm(session, SessionTimer.REPEAT_SUCCESS, occasion.now + timers.t1)
    deadlines.arm(session, SessionTimer.ACK_MISSING, occasion.now + timers.timeout)


def repeat_success(session: "InviteSession", now: float) -> None:
    """Timer: the 2xx again."""
    success, timers = expect(session.success, "the timer runs with the 2xx"), session.core.timers
    success.transaction.respond(success.response, now)
    success.interval_s = min(2 * success.interval_s, timers.t2)
    session.core.deadlines.arm(session, SessionTimer.REPEAT_SUCCESS, now + success.interval_s)


def stop_success(session: "InviteSession", _: Occasion) -> None:
    """Effect: the ACK came, or is waited for no more."""
    session.success = None
    session.core.deadlines.disarm(session, SessionTimer.REPEAT_SUCCESS)
    session.core.deadlines.disarm(session, SessionTimer.ACK_MISSING)


def handle_ack(session: "InviteSession", request: Request, now: float) -> None:
    """Take an ACK of the dialog. One that no 2xx waits for is a repetition, and ignored."""
    success = session.success
    if success is None or request.cseq.number != success.transaction.request.cseq.number:
        return
    usage = session.the_usage()
    if usage.negotiation.is_offered:
        answer = description_of(request)
        if answer:
            usage.negotiation.take_answer(answer)
        else:
            usage.negotiation.withdraw()
    if success.transaction is session.server:
        session.step(SessionInput.ACK_RECEIVED, Occasion(now, request=request))
    else:
        usage.reinvite.handle_ack(request, now)


def miss_ack(session: "InviteSession", now: float) -> None:
    """Timer: nobody acknowledged the 2xx; the dialog stands, and the session ends with BYE."""
    if session.success is not None and session.success.transaction is not session.server:
        session.the_usage().reinvite.handle_ack_missing(now)
    session.step(SessionInput.ACK_MISSING, Occasion(now, cause=EndCause.ACK_MISSING))


def send_failure(session: "InviteSession", occasion: Occasion) -> None:
    """Effect: send the final response that the owner chose; 504 where a PRACK is missing."""
    refuse(session, _transaction(session), occasion.status, occasion)


def send_terminated(session: "InviteSession", occasion: Occasion) -> None:
    """Effect: send 487, since the caller gave up."""
    refuse(session, _transaction(session), 487, Occasion(occasion.now))


def _arm_provisional(session: "InviteSession", now: float) -> None:
    session.core.deadlines.arm(
        session, SessionTimer.REPEAT_PROVISIONAL, now + session.core.timers.provisional
    )


def _transaction(session: "InviteSession") -> ServerInvite:
    return expect(session.server, "a UAS has the INVITE's transaction")
