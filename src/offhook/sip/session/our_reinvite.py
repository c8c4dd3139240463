"""A re-INVITE of ours on the wire: sent, acknowledged, canceled (RFC 3261 §14.1, §13.2.2.4).

The user of its client transaction. Lives as long as that, though the session may end before: a 2xx
that crosses our BYE is acknowledged all the same; after the end it waits for a final response 64·T1 more,
since the peer may have stopped to repeat it. Called by `modify`.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

from offhook.base.symbol import Symbol
from offhook.sip.dialog import DialogState
from offhook.sip.digest.authentication import Authentication
from offhook.sip.error import expect
from offhook.sip.flow import Flow
from offhook.sip.headers.cseq import CSeq
from offhook.sip.message import Request, Response
from offhook.sip.method import ACK, INVITE
from offhook.sip.session.cancel import cancel_of
from offhook.sip.session.request import Outcome
from offhook.sip.transaction.client_invite import ClientInvite
from offhook.sip.transaction.transaction import Failure

if TYPE_CHECKING:
    from offhook.sip.session.usage import Usage


class ReinviteTimer(Symbol):
    """The timer of a re-INVITE whose session has ended."""

    ABANDON = auto()


class OurReinvite:
    """One re-INVITE; several where the first one is challenged."""

    __slots__ = (
        "_ack",
        "_authentication",
        "_content",
        "_finished",
        "_headers",
        "_transaction",
        "_usage",
        "deadlines",
    )

    def __init__(
        self,
        usage: "Usage",
        content: tuple[str, bytes],
        headers: tuple[tuple[str, str], ...],
        finished: Callable[[Outcome, float], None],
    ) -> None:
        """content: type and bytes of the body, with an offer.

        finished: called once, with the outcome and the time; the ACK of a 2xx has been sent by then.
        """
        self._usage = usage
        self._content = content
        self._headers = headers
        self._finished = finished
        self._authentication = Authentication(usage.session.core.chance)
        self._transaction: ClientInvite | None = None
        self._ack: tuple[bytes, Flow] | None = None
        """What answers repetitions of the 2xx."""
        self.deadlines: dict[Enum, float] = {}

    def send(self, now: float) -> None:
        """Send it as soon as there is a flow."""
        self._usage.session.core.with_flow(self._usage.dialog, self._send_on, self._handle_no_flow, now)

    def _send_on(self, flow: Flow, now: float) -> None:
        session, dialog = self._usage.session, self._usage.dialog
        if dialog.state is DialogState.TERMINATED:
            self._finished(Failure.TRANSPORT, now)  # it ended while a flow was looked for
            return
        core = session.core
        headers = [
            ("Contact", session.contact(flow)),
            *core.user_agent_header(),
            *core.capabilities(),
            *session.refresh.request_headers(),
            *self._headers,
            *self._authentication.headers,
            ("Content-Type", self._content[0]),
        ]
        request = dialog.request(dialog.next_cseq(INVITE), core.via(flow), headers, self._content[1])
        self._transaction = core.layer.invite(request, flow, self, now)

    def handle_response(self, response: Response, now: float) -> None:
        """A response; provisional ones say nothing."""
        if response.status < 200:
            return
        if self._ack is not None:
            self._usage.session.core.layer.transmit(*self._ack)
            return
        if response.status < 300:
            self._acknowledge(response, now)
        elif self._authentication.meet(self._usage.session.credentials, self._request, response):
            self.send(now)
            return
        self._finished(response, now)

    def handle_failure(self, failure: Failure, now: float) -> None:
        """There will be no response."""
        self._finished(failure, now)

    def cancel(self, now: float) -> None:
        """Send CANCEL; before the re-INVITE has left there is nothing to cancel."""
        if self._transaction is not None:
            core = self._usage.session.core
            cancel = cancel_of(self._request, core.user_agent_header())
            core.layer.request(cancel, self._transaction.flow, core.disregard, now)

    def leave(self, now: float) -> None:
        """The session has ended: what is still on its way is waited for, but not for ever."""
        core = self._usage.session.core
        core.deadlines.arm(self, ReinviteTimer.ABANDON, now + core.timers.timeout)

    def handle_timer(self, _: Enum, now: float) -> None:
        """That was long enough."""
        self.abandon(now)

    def abandon(self, now: float) -> None:
        """Wait no longer for a final response (§9.1)."""
        if self._transaction is not None:
            self._transaction.abandon(now)

    @property
    def _request(self) -> Request:
        return expect(self._transaction, "a response answers a request").request

    def _acknowledge(self, response: Response, now: float) -> None:
        """The ACK goes where the 2xx says that the peer is (§12.2.1.2)."""
        core, dialog = self._usage.session.core, self._usage.dialog
        dialog.refresh_target(response.contact)
        cseq = CSeq(self._request.cseq.number, ACK)

        def send(flow: Flow, _: float) -> None:
            ack = dialog.request(cseq, core.via(flow), self._authentication.headers)
            self._ack = (ack.to_bytes(), flow)
            core.layer.transmit(*self._ack)

        core.with_flow(dialog, send, core.disregard.handle_no_flow, now)

    def _handle_no_flow(self, _: str, now: float) -> None:
        self._finished(Failure.TRANSPORT, now)
