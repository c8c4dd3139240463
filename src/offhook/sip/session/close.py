"""BYE, both ways (RFC 3261 §15).

Called by `invite_session` and `incoming`. Source for what a response to BYE means: §15.1.1, RFC 5057 §5.1.
"""

from typing import TYPE_CHECKING

from offhook.sip.event import EndCause
from offhook.sip.flow import Flow
from offhook.sip.message import Request
from offhook.sip.method import BYE
from offhook.sip.session.request import DialogRequest, Draft, Outcome
from offhook.sip.session.state import Occasion, SessionInput
from offhook.sip.transaction.transaction import Failure

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession


def command(session: "InviteSession", occasion: Occasion) -> None:
    """The owner ends the call; as UAS whose 2xx is not acknowledged yet, after the ACK (§15)."""
    session.check(SessionInput.BYE)
    session.bye_headers = occasion.headers
    session.step(SessionInput.BYE, occasion)


def send(session: "InviteSession", occasion: Occasion) -> None:
    """Effect: send BYE. What is under way in the dialog ends: a re-INVITE that waits gets 487."""
    usage = session.the_usage()
    session.refresh.end(occasion.now)
    usage.reinvite.end(occasion.now)
    usage.update.end(occasion.now)
    usage.modification.end(occasion.now)

    def finished(outcome: Outcome, now: float) -> None:
        response = None if isinstance(outcome, Failure) else outcome
        session.step(SessionInput.BYE_DONE, Occasion(now, response=response, cause=_cause(outcome)))

    draft = Draft(BYE, session.bye_headers)
    DialogRequest(session.core, usage.dialog, draft, finished, session.credentials).send(occasion.now)


def _cause(outcome: Outcome) -> EndCause:
    """Whatever became of the BYE, the session is over (§15.1.1)."""
    match outcome:
        case Failure.TIMEOUT:
            return EndCause.TIMEOUT
        case Failure.TRANSPORT:
            return EndCause.FLOW_LOST
        case _:
            return EndCause.DIALOG_GONE if outcome.status in (408, 481) else EndCause.LOCAL_BYE


def handle_bye(session: "InviteSession", request: Request, flow: Flow, now: float) -> None:
    """The peer's BYE: 200 in any state, and the session is over, unless it was ending already."""
    transaction = session.core.layer.serve(request, flow, now)
    bye = transaction.request
    transaction.respond(session.core.response(bye, 200, to_tag=session.local_tag), now)
    session.step(SessionInput.BYE_RECEIVED, Occasion(now, request=bye, cause=EndCause.REMOTE_BYE))
