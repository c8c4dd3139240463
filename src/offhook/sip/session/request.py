"""A request of ours inside a dialog, other than INVITE and ACK: BYE, UPDATE, PRACK, INFO and so on.

Called by the files of those operations. A 401 or 407 is answered with the session's credentials, for each
realm that asks (RFC 3261 §22.2, §22.3: CSeq one higher). Which outcome ends the session is said by the
caller, from RFC 5057 §5.1.
"""

from collections.abc import Callable
from dataclasses import dataclass

from offhook.sip.core import Core
from offhook.sip.dialog import Dialog, DialogState
from offhook.sip.digest.authentication import Authentication
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import expect
from offhook.sip.flow import Flow
from offhook.sip.message import Request, Response
from offhook.sip.transaction.transaction import Failure

Outcome = Response | Failure
"""The final response, or why there is none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the dialog doesn't know of a request."""

    method: str
    """Not INVITE, ACK, CANCEL."""
    headers: tuple[tuple[str, str], ...] = ()
    """Put behind those of the dialog."""
    body: bytes = b""
    """Its type is among the headers."""
    refreshes_target: bool = False
    """Whether it carries our Contact (§12.2.1.1)."""
    contact_parameters: str = ""
    """What stands behind that."""


class DialogRequest:
    """The user of its client transaction; of several where the first one is challenged."""

    __slots__ = (
        "_authentication",
        "_core",
        "_credentials",
        "_dialog",
        "_draft",
        "_finished",
        "_request",
        "cseq",
    )

    def __init__(
        self,
        core: Core,
        dialog: Dialog,
        draft: Draft,
        finished: Callable[[Outcome, float], None],
        credentials: Credentials | None = None,
    ) -> None:
        """Finished: called once, with the outcome and the time."""
        self._core = core
        self._dialog = dialog
        self._draft = draft
        self._finished = finished
        self._credentials = credentials
        self._authentication = Authentication(core.chance)
        self._request: Request | None = None
        self.cseq: int | None = None
        """Number of the one sent last; None before one has left."""

    def send(self, now: float) -> None:
        """Send it as soon as there is a flow."""
        self._core.with_flow(self._dialog, self._send_on, self._handle_no_flow, now)

    def _send_on(self, flow: Flow, now: float) -> None:
        core, draft = self._core, self._draft
        if self._dialog.state is DialogState.TERMINATED:
            self._finished(Failure.TRANSPORT, now)  # it ended while a flow was looked for
            return
        contact = (
            [("Contact", core.contact(flow) + draft.contact_parameters)] if draft.refreshes_target else []
        )
        headers = [*contact, *core.user_agent_header(), *draft.headers, *self._authentication.headers]
        cseq = self._dialog.next_cseq(draft.method)
        self.cseq = cseq.number
        self._request = self._dialog.request(cseq, core.via(flow), headers, draft.body)
        core.layer.request(self._request, flow, self, now)

    def handle_response(self, response: Response, now: float) -> None:
        """A response; provisional ones say nothing."""
        if response.status < 200:
            return
        request = expect(self._request, "a response answers a request")
        if self._authentication.meet(self._credentials, request, response):
            self.send(now)
            return
        self._finished(response, now)

    def handle_failure(self, failure: Failure, now: float) -> None:
        """There will be no response."""
        self._finished(failure, now)

    def _handle_no_flow(self, _: str, now: float) -> None:
        self._finished(Failure.TRANSPORT, now)


def ends_dialog(outcome: Outcome) -> bool:
    """Whether a dialog is gone when this becomes of a request in it (§12.2.1.2): 481, 408, no response."""
    if isinstance(outcome, Failure):
        return outcome is Failure.TIMEOUT
    return outcome.status in (408, 481)
