"""The UAC's side of an INVITE: send it, take its responses, acknowledge every 2xx.

Called by `user_agent.invite` and, through `core`, by the transaction layer.
Source: RFC 3261 §13.2. A 2xx of another fork is acknowledged and ended with BYE (§13.2.2.4).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from offhook.sip.core import RESERVED, check_headers
from offhook.sip.dialog import Dialog, DialogInput
from offhook.sip.error import SipError, SipUsageError
from offhook.sip.event import EndCause
from offhook.sip.flow import Flow
from offhook.sip.headers.cseq import CSeq
from offhook.sip.headers.max_forwards import INITIAL
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.invitation import Invitation
from offhook.sip.message import Headers, Request, Response
from offhook.sip.method import ACK, BYE, INVITE
from offhook.sip.session.state import Occasion, SessionInput
from offhook.sip.transaction.client_invite import ClientInvite
from offhook.sip.transaction.transaction import Failure
from offhook.sip.uri import SipUri

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession


_FORKS: Final = 16
"""2xx of as many forks are acknowledged; further ones are a peer's game with our BYEs, and dropped."""


_RESERVED: Final = RESERVED | {"contact", "max-forwards", "record-route", "user-agent"}
"""Headers that are not the owner's to set in an INVITE."""


class Connect:
    """The user of one INVITE client transaction."""

    __slots__ = ("acks", "cancel_headers", "invitation", "request_id", "session", "transaction")

    def __init__(self, session: "InviteSession", invitation: Invitation) -> None:
        """Ask for a flow to the next hop; the INVITE leaves when it is known. Queues: FlowNeeded."""
        self.session = session
        self.invitation = invitation
        self.transaction: ClientInvite | None = None
        """None until the INVITE has been sent."""
        self.acks: dict[str, tuple[bytes, Flow] | None] = {}
        """By To tag of a 2xx: the ACK that answers its repetitions; None while it waits for a flow."""
        self.cancel_headers: tuple[tuple[str, str], ...] = ()
        """The owner's headers for the CANCEL."""
        self.request_id = session.core.ask(invitation.next_hop or invitation.uri, self._send, self._fail)

    def _send(self, flow: Flow, now: float) -> None:
        session = self.session
        request = _invite(session, self.invitation, flow)
        session.take_invite(request, flow)
        self.transaction = session.core.layer.invite(request, flow, self, now)

    def _fail(self, reason: str, now: float) -> None:
        self.session.step(SessionInput.FAILURE, Occasion(now, status=503, reason=reason))

    def handle_failure(self, failure: Failure, now: float) -> None:
        """No response: 408 for timer B (§8.1.3.1), 503 when the flow failed."""
        status = 408 if failure is Failure.TIMEOUT else 503
        self.session.step(SessionInput.FAILURE, Occasion(now, status=status, reason=failure.value))

    def handle_response(self, response: Response, now: float) -> None:
        """A response to the INVITE."""
        if response.status >= 300:
            given = SessionInput.FAILURE
        elif response.status >= 200:
            self._handle_success(response, now)
            return
        else:
            given = SessionInput.TRYING if response.status == 100 else SessionInput.PROVISIONAL
        self.session.step(given, Occasion(now, response=response))

    def _handle_success(self, response: Response, now: float) -> None:
        session = self.session
        tag = response.to.tag or ""
        if tag in self.acks:
            self._repeat_ack(tag)
        elif session.dialog is None:
            dialog = Dialog.as_uac(session.request, response, session.flow)
            dialog.move(DialogInput.CONFIRM)
            session.take_dialog(dialog)
            session.response = response
            offered = self.invitation.offer is not None
            given = SessionInput.SUCCESS if offered else SessionInput.SUCCESS_WITH_OFFER
            session.step(given, Occasion(now, response=response))
        elif tag != (session.dialog.remote.tag or "") and len(self.acks) < _FORKS:
            self._end_fork(Dialog.as_uac(session.request, response, session.flow), now)

    def acknowledge(
        self, dialog: Dialog, answer: bytes | None, fail: Callable[[str, float], None], now: float
    ) -> None:
        """Send the ACK of a 2xx, outside any transaction; kept for the 2xx's repetitions.

        fail: called when there is no flow for it.
        """
        core = self.session.core
        tag = dialog.remote.tag or ""
        self.acks[tag] = None

        def send(flow: Flow, _: float) -> None:
            headers = [] if answer is None else [("Content-Type", "application/sdp")]
            cseq = CSeq(self.session.request.cseq.number, ACK)
            ack = dialog.request(cseq, core.via(flow), headers, answer or b"")
            self.acks[tag] = (ack.to_bytes(), flow)
            self._repeat_ack(tag)

        core.with_flow(dialog, send, fail, now)

    def _repeat_ack(self, tag: str) -> None:
        ack = self.acks[tag]
        if ack is not None:
            self.session.core.layer.transmit(*ack)

    def lose_flow(self, _: str, now: float) -> None:
        """The ACK can be sent nowhere, so neither can a BYE."""
        self.session.step(SessionInput.FLOW_LOST, Occasion(now, cause=EndCause.FLOW_LOST))

    def _end_fork(self, dialog: Dialog, now: float) -> None:
        core = self.session.core

        def send_bye(flow: Flow, now: float) -> None:
            bye = dialog.request(dialog.next_cseq(BYE), core.via(flow), core.user_agent_header())
            core.layer.request(bye, flow, core.disregard, now)

        self.acknowledge(dialog, None, core.disregard.handle_no_flow, now)
        core.with_flow(dialog, send_bye, core.disregard.handle_no_flow, now)


def acknowledge(session: "InviteSession", occasion: Occasion) -> None:
    """Effect: send the ACK, with the owner's answer when the 2xx made the offer."""
    outgoing = session.the_outgoing()
    answer = occasion.body if outgoing.invitation.offer is None else None
    outgoing.acknowledge(session.the_dialog(), answer, outgoing.lose_flow, occasion.now)


def check_invitation(invitation: Invitation) -> None:
    """Refuse what could not be sent, before anything is begun. Raises: SipUsageError."""
    check_headers(invitation.headers, _RESERVED)
    Headers([("From", invitation.from_display), ("User-Agent", invitation.user_agent or "")])
    for uri in (invitation.uri, invitation.from_uri, invitation.to_uri, invitation.next_hop):
        if uri is not None:
            try:
                SipUri.parse(str(uri))
            except SipError as error:
                raise SipUsageError(f"no URI that can be sent: {uri}") from error


def _invite(session: "InviteSession", invitation: Invitation, flow: Flow) -> Request:
    core = session.core
    from_ = NameAddr(str(invitation.from_uri), invitation.from_display).with_tag(session.local_tag)
    uri = str(replace(invitation.uri, headers=()))  # none in a request line (§19.1.1, table 1)
    to = NameAddr(uri if invitation.to_uri is None else str(replace(invitation.to_uri, headers=())))
    body = invitation.offer or b""
    fields = [
        ("Via", str(core.via(flow))),
        ("Max-Forwards", str(INITIAL)),
        ("From", str(from_)),
        ("To", str(to)),
        ("Call-ID", session.call_id),
        ("CSeq", f"1 {INVITE}"),
        ("Contact", core.contact(flow)),
        *core.user_agent_header(invitation.user_agent),
        *core.capabilities(),
        *invitation.headers,
    ]
    if invitation.offer is not None:
        fields.append(("Content-Type", "application/sdp"))
    fields.append(("Content-Length", str(len(body))))
    return Request(INVITE, uri, Headers(fields), body)
