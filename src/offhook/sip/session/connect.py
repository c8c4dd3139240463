"""The UAC's side of an INVITE: send it, take its responses, acknowledge every 2xx.

Called by `user_agent.invite` and, through `core`, by the transaction layer. A 401 or 407 is answered
with the invitation's credentials, for each realm that asks; a 422 with a longer session interval: another
INVITE of the same Call-ID.
Source: RFC 3261 §13.2. Each fork that rings has an early dialog; the first 2xx stays, another is
acknowledged and ended with BYE (§13.2.2.4).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from offhook.sip.body import SDP, description_of, mixed
from offhook.sip.core import RESERVED, check_headers
from offhook.sip.dialog import Dialog
from offhook.sip.digest.authentication import Authentication
from offhook.sip.error import SipError, SipUsageError
from offhook.sip.event import EndCause
from offhook.sip.flow import Flow
from offhook.sip.headers.cseq import CSeq
from offhook.sip.headers.max_forwards import INITIAL
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.invitation import Invitation
from offhook.sip.message import Headers, Request, Response
from offhook.sip.method import ACK, BYE, INVITE
from offhook.sip.session.prack import take_provisional
from offhook.sip.session.request import DialogRequest, Draft
from offhook.sip.session.state import Occasion, SessionInput
from offhook.sip.session.usage import Usage
from offhook.sip.transaction.client_invite import ClientInvite
from offhook.sip.transaction.transaction import Failure
from offhook.sip.uri import SipUri

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession


_FORKS: Final = 16
"""As many forks have early dialogs, and their 2xx are acknowledged; further ones are a peer's game with our
memory and our BYEs, and dropped."""
_INTERVALS: Final = 3
"""Proxies on the way that may each ask for a longer session interval (RFC 4028 §7.3)."""
_AUTHORIZATION: Final = ("Authorization", "Proxy-Authorization")
"""Repeated in the ACK of a 2xx (§13.2.2.4)."""


_RESERVED: Final = RESERVED | {"Contact", "Max-Forwards", "Record-Route", "User-Agent"}
"""Headers that are not the owner's to set in an INVITE."""


class Connect:
    """The user of the INVITE's client transaction, and of those that follow a challenge."""

    __slots__ = (
        "acks",
        "authentication",
        "cancel_headers",
        "intervals",
        "invitation",
        "request_id",
        "session",
        "transaction",
    )

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
        self.authentication = Authentication(session.core.chance)
        """What answers the challenges that came."""
        self.intervals = 0
        """How many 422 have been met."""
        self.request_id = session.core.ask(invitation.next_hop or invitation.uri, self._send, self._fail)

    def _send(self, flow: Flow, now: float) -> None:
        session = self.session
        cseq = 1 if self.transaction is None else self.transaction.request.cseq.number + 1
        request = _invite(session, self.invitation, flow, cseq, self.authentication.headers)
        session.take_invite(request, flow)
        within_s = self.invitation.response_within_s
        self.transaction = session.core.layer.invite(request, flow, self, now, within_s)

    def _fail(self, reason: str, now: float) -> None:
        self.session.step(SessionInput.FAILURE, Occasion(now, status=503, reason=reason))

    def handle_failure(self, failure: Failure, now: float) -> None:
        """No response: 408 for timer B (§8.1.3.1), 503 when the flow failed."""
        status = 408 if failure is Failure.TIMEOUT else 503
        self.session.step(SessionInput.FAILURE, Occasion(now, status=status, reason=failure.value))

    def handle_response(self, response: Response, now: float) -> None:
        """A response to the INVITE."""
        if response.status >= 300:
            given = SessionInput.RETRY if self._can_meet(response) else SessionInput.FAILURE
        elif response.status >= 200:
            self._handle_success(response, now)
            return
        elif response.status == 100:
            given = SessionInput.TRYING
        else:
            usage = self._early_usage(response)
            if usage is not None and not take_provisional(usage, response, now):
                return
            given = SessionInput.PROVISIONAL
        self.session.step(given, Occasion(now, response=response))

    def _can_meet(self, response: Response) -> bool:
        """Whether another INVITE may fare better; what it must say for that is noted."""
        session = self.session
        if self.authentication.meet(session.credentials, session.request, response):
            return True
        if response.status == 422 and self.intervals < _INTERVALS:
            self.intervals += 1
            return session.refresh.is_supported and session.refresh.take_too_small(response)
        return False

    def resend(self, now: float) -> None:
        """The INVITE again, in a new transaction; what rang before does so no more."""
        self.session.end_dialogs(now)
        self._send(self.session.flow, now)

    def _early_usage(self, response: Response) -> Usage | None:
        """The early dialog of a provisional response (§12.1.2); None where it makes none that can be used."""
        session = self.session
        tag = response.to.tag
        if tag is None:
            return None
        usage = session.usages.get(tag)
        if usage is None and len(session.usages) < _FORKS:
            try:
                dialog = Dialog.as_uac(session.request, response, session.flow)
            except SipError:
                return None  # that it rings can be told all the same
            usage = self._add(dialog)
        if usage is not None:
            usage.hear(response)
        return usage

    def _add(self, dialog: Dialog) -> Usage:
        usage = self.session.add_dialog(dialog)
        if self.session.core.settings.follow_flow:
            dialog.keep_to_flow(self.session.request)
        if self.invitation.offer is not None:
            usage.negotiation.offer(self.invitation.offer)
        return usage

    def _handle_success(self, response: Response, now: float) -> None:
        session = self.session
        tag = response.to.tag or ""
        if tag in self.acks:
            self._repeat_ack(tag)
        elif session.usage is None:
            self._settle(response, now)
        elif tag != session.usage.tag and len(self.acks) < _FORKS:
            self._end_fork(Dialog.as_uac(session.request, response, session.flow), now)

    def _settle(self, response: Response, now: float) -> None:
        """The first 2xx: its dialog stays, the early ones of other forks end."""
        session = self.session
        usage = session.usages.get(response.to.tag or "")
        if usage is None:
            usage = self._add(Dialog.as_uac(session.request, response, session.flow))
        usage.dialog.confirm(response)
        usage.hear(response)
        session.settle(usage, now)
        session.response = response
        session.refresh.take_response(response, now)
        body, negotiation = description_of(response), usage.negotiation
        if negotiation.is_new and body:
            negotiation.take_offer(body)
        elif negotiation.is_offered and body:
            negotiation.take_answer(body)
        elif negotiation.is_offered:
            negotiation.withdraw()
        owes_answer = negotiation.is_owing or negotiation.is_new
        given = SessionInput.SUCCESS_WITH_OFFER if owes_answer else SessionInput.SUCCESS
        session.step(given, Occasion(now, response=response))

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
            invite = self.session.request
            headers = [(name, value) for name, value in invite.headers.fields if name in _AUTHORIZATION]
            if answer is not None:
                headers.append(("Content-Type", SDP))
            cseq = CSeq(invite.cseq.number, ACK)
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
        if core.settings.follow_flow:
            dialog.keep_to_flow(self.session.request)
        self.acknowledge(dialog, None, core.disregard.handle_no_flow, now)
        bye = DialogRequest(core, dialog, Draft(BYE), core.disregard.handle_outcome, self.session.credentials)
        bye.send(now)


def acknowledge(session: "InviteSession", occasion: Occasion) -> None:
    """Effect: send the ACK, with the owner's answer when the 2xx made the offer."""
    outgoing, usage = session.the_outgoing(), session.the_usage()
    if occasion.body is not None and usage.negotiation.is_owing:
        usage.negotiation.answer(occasion.body)
    outgoing.acknowledge(usage.dialog, occasion.body, outgoing.lose_flow, occasion.now)


def resend(session: "InviteSession", occasion: Occasion) -> None:
    """Effect: meet the challenge."""
    session.the_outgoing().resend(occasion.now)


def check_invitation(invitation: Invitation) -> None:
    """Refuse what could not be sent, before anything is begun. Raises: SipUsageError."""
    check_headers(invitation.headers, _RESERVED)
    Headers([("From", invitation.from_display), ("User-Agent", invitation.user_agent or "")])
    hop = invitation.next_hop
    bare_hop = None if hop is None else replace(hop, parameters=())  # some of its are on no wire (`flow.py`)
    for uri in (invitation.uri, invitation.from_uri, invitation.to_uri, bare_hop):
        if uri is not None:
            try:
                SipUri.parse(str(uri))
            except SipError as error:
                raise SipUsageError(f"no URI that can be sent: {uri}") from error


def _invite(
    session: "InviteSession",
    invitation: Invitation,
    flow: Flow,
    cseq: int,
    authorization: tuple[tuple[str, str], ...],
) -> Request:
    core = session.core
    from_ = NameAddr(str(invitation.from_uri), invitation.from_display).with_tag(session.local_tag)
    uri = str(replace(invitation.uri, headers=()))  # none in a request line (§19.1.1, table 1)
    to = NameAddr(uri if invitation.to_uri is None else str(replace(invitation.to_uri, headers=())))
    kind, body = SDP, invitation.offer or b""
    if invitation.attachment is not None:
        kind, body = mixed(((SDP, body), invitation.attachment), core.chance.hex(12))
    fields = [
        ("Via", str(core.via(flow))),
        ("Max-Forwards", str(INITIAL)),
        ("From", str(from_)),
        ("To", str(to)),
        ("Call-ID", session.call_id),
        ("CSeq", f"{cseq} {INVITE}"),
        ("Contact", session.contact(flow)),
        *core.user_agent_header(invitation.user_agent),
        *core.capabilities(),
        *([("Accept", ", ".join((SDP, *invitation.takes)))] if invitation.takes else []),
        *session.refresh.request_headers(),
        *authorization,
        *invitation.headers,
    ]
    if invitation.offer is not None:
        fields.append(("Content-Type", kind))
    fields.append(("Content-Length", str(len(body))))
    return Request(INVITE, uri, Headers(fields), body)
