"""INFO, both ways: digits of phones and PBXs that have no telephone-event (RFC 6086 appendix A, RFC 2976).

Called by `incoming` and `invite_session`. Info Packages are not offered: one that is named is 469.
What an INFO of ours is answered with changes nothing, unless the peer knows the dialog no more: 481, 408
(RFC 3261 §12.2.1.2). No response at all says less: there are phones that pass over what they do not know.
"""

from typing import TYPE_CHECKING

from offhook.sip.body import content_type
from offhook.sip.event import EndCause, IncomingRequest, InfoReceived
from offhook.sip.flow import Flow
from offhook.sip.message import Request, Response
from offhook.sip.method import INFO
from offhook.sip.session.request import DialogRequest, Draft, Outcome, ends_dialog
from offhook.sip.session.state import Occasion, SessionInput
from offhook.sip.session.usage import Usage

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession


def handle_info(usage: Usage, request: Request, flow: Flow, now: float) -> None:
    """An INFO in the dialog; not yet stamped. Queues: InfoReceived for a type that the owner reads."""
    session, core = usage.session, usage.session.core
    if "Info-Package" in request.headers:
        core.refuse(request, flow, 469, [("Recv-Info", "")])  # none (RFC 6086 §5.2.2)
    elif request.body and content_type(request) not in core.settings.info_types:
        core.refuse(request, flow, 415, [("Accept", ", ".join(core.settings.info_types))])
    else:
        transaction = core.layer.serve(request, flow, now)
        if request.body:
            incoming = IncomingRequest(transaction.request, flow, transaction)
            core.events.append(InfoReceived(session, incoming))
        else:
            response = core.response(transaction.request, 200, to_tag=session.local_tag)
            transaction.respond(response, now)


def send_info(session: "InviteSession", kind: str, body: bytes, occasion: Occasion) -> None:
    """The owner's command."""

    def finished(outcome: Outcome, now: float) -> None:
        if isinstance(outcome, Response) and ends_dialog(outcome):
            session.step(SessionInput.DIALOG_GONE, Occasion(now, cause=EndCause.DIALOG_GONE))

    draft = Draft(INFO, (("Content-Type", kind), *occasion.headers), body)
    dialog = session.the_usage().dialog
    DialogRequest(session.core, dialog, draft, finished, session.credentials).send(occasion.now)
