"""MESSAGE inside the dialog of a call, both ways (RFC 3428 §4, §7).

Called by `incoming` and `invite_session`. One of ours at a time: what is sent over UDP side by side may
arrive in another order, and there is nothing in the messages by which the peer could tell. The owner reads
every one of the peer's, whatever its type, and answers it: what is refused is the owner's to record as well.
A 2xx carries no Contact (§7), nor does a MESSAGE (§4). Expires is not looked at: nothing is kept for later.
"""

from typing import TYPE_CHECKING

from offhook.sip.error import SipUsageError
from offhook.sip.event import EndCause, IncomingRequest, MessageAnswered, MessageReceived
from offhook.sip.flow import Flow
from offhook.sip.message import Request, Response
from offhook.sip.method import MESSAGE
from offhook.sip.session.request import DialogRequest, Draft, Outcome, ends_dialog
from offhook.sip.session.state import Occasion, SessionInput
from offhook.sip.session.usage import Usage
from offhook.sip.transaction.transaction import Failure

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession


def handle_message(usage: Usage, request: Request, flow: Flow, now: float) -> None:
    """A MESSAGE in the dialog; not yet stamped. Queues: MessageReceived."""
    core = usage.session.core
    transaction = core.layer.serve(request, flow, now)
    incoming = IncomingRequest(transaction.request, flow, transaction)
    core.events.append(MessageReceived(usage.session, incoming))


def send_message(session: "InviteSession", kind: str, body: bytes, occasion: Occasion) -> None:
    """The owner's command. Queues: MessageAnswered. Raises: SipUsageError while another is under way."""
    if session.has_message:
        raise SipUsageError("a MESSAGE is under way")

    def finished(outcome: Outcome, now: float) -> None:
        session.has_message = False
        session.core.events.append(_answered(session, outcome))
        if isinstance(outcome, Response) and ends_dialog(outcome):
            session.step(SessionInput.DIALOG_GONE, Occasion(now, cause=EndCause.DIALOG_GONE))

    draft = Draft(MESSAGE, (("Content-Type", kind), *occasion.headers), body)
    session.has_message = True
    dialog = session.the_usage().dialog
    DialogRequest(session.core, dialog, draft, finished, session.credentials).send(occasion.now)


def _answered(session: "InviteSession", outcome: Outcome) -> MessageAnswered:
    if isinstance(outcome, Response):
        return MessageAnswered(session, outcome.status, outcome.reason, outcome)
    if outcome is Failure.TIMEOUT:
        return MessageAnswered(session, 408, "no answer", None)
    return MessageAnswered(session, 503, "it could not be sent", None)
