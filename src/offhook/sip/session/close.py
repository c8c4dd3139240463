"""BYE, both ways (RFC 3261 §15).

Called by `invite_session`. Source for what a response to BYE means: §15.1.1, RFC 5057 §5.1.
"""

from typing import TYPE_CHECKING

from offhook.sip.event import EndCause
from offhook.sip.flow import Flow
from offhook.sip.message import Request, Response
from offhook.sip.method import BYE
from offhook.sip.session.state import Occasion, SessionInput
from offhook.sip.transaction.transaction import Failure

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession


class Close:
    """The user of one BYE client transaction."""

    __slots__ = ("session",)

    def __init__(self, session: "InviteSession") -> None:
        self.session = session

    def handle_response(self, response: Response, now: float) -> None:
        """Whatever the final response is, the session is over (§15.1.1)."""
        if response.status < 200:
            return
        cause = EndCause.DIALOG_GONE if response.status in (408, 481) else EndCause.LOCAL_BYE
        self._done(cause, now)

    def handle_failure(self, failure: Failure, now: float) -> None:
        """The peer cannot be told."""
        self._done(EndCause.TIMEOUT if failure is Failure.TIMEOUT else EndCause.FLOW_LOST, now)

    def handle_no_flow(self, _: str, now: float) -> None:
        """There is nowhere to send the BYE."""
        self._done(EndCause.FLOW_LOST, now)

    def _done(self, cause: EndCause, now: float) -> None:
        self.session.step(SessionInput.BYE_DONE, Occasion(now, cause=cause))


def command(session: "InviteSession", occasion: Occasion) -> None:
    """The owner ends the call; as UAS whose 2xx is not acknowledged yet, after the ACK (§15)."""
    session.check(SessionInput.BYE)
    session.bye_headers = occasion.headers
    session.step(SessionInput.BYE, occasion)


def send(session: "InviteSession", occasion: Occasion) -> None:
    """Effect: send BYE. A re-INVITE that waits for its answer gets 487."""
    core, dialog, user = session.core, session.the_dialog(), Close(session)
    session.modification.end(occasion.now)

    def send_on(flow: Flow, now: float) -> None:
        headers = [*core.user_agent_header(), *session.bye_headers]
        bye = dialog.request(dialog.next_cseq(BYE), core.via(flow), headers)
        core.layer.request(bye, flow, user, now)

    core.with_flow(dialog, send_on, user.handle_no_flow, occasion.now)


def handle_bye(session: "InviteSession", request: Request, flow: Flow, now: float) -> None:
    """The peer's BYE: 200 in any state, and the session is over, unless it was ending already."""
    transaction = session.core.layer.serve(request, flow, now)
    response = session.core.response(transaction.request, 200, to_tag=session.local_tag)
    transaction.respond(response, now)
    session.step(
        SessionInput.BYE_RECEIVED, Occasion(now, request=transaction.request, cause=EndCause.REMOTE_BYE)
    )
