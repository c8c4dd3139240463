"""The user agent: the door of this room, and the rules of the UAS core (RFC 3261 §8.2, §12.2.2).

Fed by `transport/driver`, which after each call polls transmits and events until there are none and
then arms one timer for `poll_timeout`. What is answered here without the owner: malformed requests,
OPTIONS, CANCEL, BYE, whatever belongs to no dialog, and methods that are not offered.

Such answers are stateless where nothing is lost by it (§8.2.7): their To tag is a keyed hash of the
request, so that a repetition gets the same one.
"""

from typing import Final

from offhook.base.ids import Chance
from offhook.base.rate import Rate
from offhook.sip import method
from offhook.sip.body import MULTIPART, SDP, content_type, description_of, parts
from offhook.sip.core import Core
from offhook.sip.dialog import Dialog
from offhook.sip.error import SipError
from offhook.sip.event import BadMessage, Event, FlowLost, IncomingRequest, Invited, RequestReceived
from offhook.sip.flow import Flow, Transmit
from offhook.sip.headers.replaces import Replaces
from offhook.sip.invitation import Invitation
from offhook.sip.message import HeaderFields, Request, Response
from offhook.sip.outgoing_request import OutgoingRequest, StandaloneRequest, check_standalone
from offhook.sip.parser import parse_message, salvage_request
from offhook.sip.registration import Registration, RegistrationPlan
from offhook.sip.session.connect import Connect, check_invitation
from offhook.sip.session.incoming import handle_bye, handle_other, handle_reinvite, handle_update
from offhook.sip.session.invite_session import InviteSession
from offhook.sip.session.refresh import too_small
from offhook.sip.session.usage import Usage
from offhook.sip.settings import Settings
from offhook.sip.transaction.server_invite import ServerInvite
from offhook.sip.transaction.timers import Timers
from offhook.sip.validation import check_request, check_response

_KEEPALIVE_BYTES: Final = b"\r\n\0 "
"""What NAT keepalives over UDP consist of; not a message, not an error."""
_EXCERPT_BYTES: Final = 200
PING_AGAIN_S: Final = "10"
"""The reference advises peers to ask no more often (section 13)."""
_NO_TAG: Final = "0"
"""In Replaces: also that of a peer without tags (RFC 3891 §3)."""


class UserAgent:
    """A whole SIP user agent without I/O. `now`: monotonic seconds, never less than in the call before."""

    def __init__(self, settings: Settings, chance: Chance, timers: Timers | None = None) -> None:
        """Chance: draws tags, branches and Call-IDs. timers: None is the standard's."""
        self._core = Core(settings, chance, timers or Timers())
        self._pings = Rate(settings.options_per_second)

    # The transport tells us

    def handle_datagram(self, data: bytes, flow: Flow, now: float) -> None:
        """Take one UDP datagram or one framed message. Raises nothing, whatever the bytes are."""
        if data[:1] <= b" " and not data.strip(_KEEPALIVE_BYTES):
            return
        limits = self._core.settings.limits
        try:
            message = parse_message(data, limits)
            if isinstance(message, Response):
                check_response(message)
            else:
                check_request(message)
                message.stamp(flow.remote.host, flow.remote.port)
        except SipError as error:
            self._core.events.append(BadMessage(flow, error, data[:_EXCERPT_BYTES]))
            request = salvage_request(data, limits)
            if request is not None:
                self._answer_malformed(request, flow, error)
            return
        if isinstance(message, Response):
            self._core.layer.handle_response(message, now)
        else:
            self._handle_request(message, flow, now)
        self._core.deliver(now)

    def handle_flow(self, request_id: int, flow: Flow, now: float) -> None:
        """The driver found a flow for FlowNeeded; a request that was withdrawn is ignored."""
        waiting = self._core.take_waiting(request_id)
        if waiting is not None:
            waiting.use(flow, now)

    def handle_no_flow(self, request_id: int, reason: str, now: float) -> None:
        """There is none: the name does not resolve, the connection was refused. reason: for people."""
        waiting = self._core.take_waiting(request_id)
        if waiting is not None:
            waiting.fail(reason, now)

    def handle_flow_lost(self, flow: Flow, now: float) -> None:
        """A transport error, ICMP, or the end of a connection. Queues, for the last: FlowLost.

        The cost is that of what belongs to the flow's far end, not of all that the node holds.
        """
        for dialog in self._core.dialogs_by_flow.on(flow):
            dialog.lose_flow(flow)
        self._core.layer.handle_flow_lost(flow, now)
        self._core.deliver(now)
        if flow.transport.is_reliable:
            self._core.events.append(FlowLost(flow))

    def handle_timeout(self, now: float) -> None:
        """Fire every deadline up to `now`."""
        self._core.deadlines.handle_timeout(now)
        self._core.deliver(now)

    # We tell the transport and the owner

    def poll_transmit(self) -> Transmit | None:
        """The next bytes to send; None when there are none."""
        return self._core.layer.poll_transmit()

    def poll_event(self) -> Event | None:
        """The next news; None when there is none."""
        return self._core.events.popleft() if self._core.events else None

    def poll_timeout(self) -> float | None:
        """When `handle_timeout` is due next, in monotonic seconds; None when nothing waits."""
        return self._core.deadlines.poll_timeout()

    # The owner commands

    def invite(self, invitation: Invitation, now: float) -> InviteSession:
        """Call somebody. Queues: FlowNeeded; then the INVITE; then Progressed, Accepted or Refused.

        Raises: SipUsageError for headers that are not the owner's to set, and what cannot be sent.
        """
        check_invitation(invitation)
        session = InviteSession(self._core, self._core.chance.hex(16), is_uas=False)
        session.credentials = invitation.credentials
        session.takes = invitation.takes
        if invitation.session_expires_s is not None:
            session.refresh.ask(invitation.session_expires_s)
        if invitation.feature_tag:
            session.contact_parameters = f";{invitation.feature_tag}"
        session.outgoing = Connect(session, invitation)
        return session

    def request(self, standalone: StandaloneRequest, now: float) -> OutgoingRequest:
        """Send a request outside any dialog: OPTIONS, REGISTER. Queues: FlowNeeded; Answered or Unanswered.

        Raises: SipUsageError for a method that makes a dialog, or what cannot be sent.
        """
        check_standalone(standalone)
        outgoing = OutgoingRequest(self._core, standalone)
        outgoing.begin()
        return outgoing

    def register(self, plan: RegistrationPlan, now: float) -> Registration:
        """Have a registrar keep our Contact until `Registration.remove`. Queues: Registered, NotRegistered.

        Raises: SipUsageError for what cannot be sent.
        """
        registration = Registration(self._core, plan)
        registration.begin(now)
        return registration

    def respond(
        self,
        incoming: IncomingRequest,
        status: int,
        now: float,
        *,
        reason: str | None = None,
        headers: HeaderFields = (),
        body: bytes = b"",
    ) -> None:
        """Answer a request that RequestReceived told of. More than 64·T1 after it, nothing is sent.

        A 405 gets its Allow (RFC 3261 §8.2.1), without the method itself: a MESSAGE is taken in a call alone.
        Raises: SipUsageError after a final response, or for what cannot be sent.
        """
        if status == 405:
            headers = [*headers, *self._allow(but=incoming.request.method)]
        self._core.respond(incoming, status, now, reason=reason, headers=headers, body=body)

    def session_of(self, replaces: Replaces) -> InviteSession | None:
        """The session whose dialog a peer names, None where there is no such one (RFC 3891 §3)."""
        tags = [(replaces.to_tag, replaces.from_tag)]
        if replaces.from_tag == _NO_TAG:
            tags.append((replaces.to_tag, ""))  # of a peer of RFC 2543
        found = (self._core.dialogs.get((replaces.call_id, *pair)) for pair in tags)
        return next((usage.session for usage in found if usage is not None), None)

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs: no session, no transaction, no request waiting for a flow."""
        return self._core.is_idle

    def describe(self) -> list[str]:
        """One line for each session and each transaction, for `offhook debug`."""
        return [repr(each) for each in (*self._core.sessions.values(), *self._core.layer)]

    # Requests

    def _handle_request(self, request: Request, flow: Flow, now: float) -> None:
        layer = self._core.layer
        transaction = layer.find_server(request)
        if transaction is not None:
            layer.handle_request(transaction, request, now)
        if request.method == method.ACK:
            self._handle_ack(request, now)
        elif transaction is not None:
            return
        elif request.method == method.CANCEL:
            self._handle_cancel(request, flow, now)
        elif request.method not in method.KNOWN:
            self._core.refuse(request, flow, 501, self._allow())
        elif unsupported := [tag for tag in request.require if tag not in self._core.settings.supported]:
            self._core.refuse(request, flow, 420, [("Unsupported", ", ".join(unsupported))])
        elif request.to.tag is not None:
            self._handle_in_dialog(request, flow, now)
        else:
            self._handle_out_of_dialog(request, flow, now)

    def _handle_ack(self, request: Request, now: float) -> None:
        """The ACK of a 2xx belongs to a dialog; any other that got here to nothing."""
        usage = self._find_usage(request)
        if usage is not None:
            usage.session.handle_ack(request, now)

    def _handle_cancel(self, request: Request, flow: Flow, now: float) -> None:
        """200 whenever the transaction exists, and 487 to its INVITE where it is not too late (§9.2)."""
        canceled = self._core.layer.find_server(request, method.INVITE)
        if isinstance(canceled, ServerInvite):
            self._core.refuse(request, flow, 200, to_tag=_tag_of(canceled))
            canceled.user.handle_cancel(request, now)
        elif any(self._core.layer.find_server(request, name) for name in method.KNOWN):
            self._core.refuse(request, flow, 200)
        else:
            self._core.refuse(request, flow, 481)

    def _handle_in_dialog(self, request: Request, flow: Flow, now: float) -> None:
        usage = self._find_usage(request)
        if usage is None:
            self._core.refuse(request, flow, 481)
            return
        usage.dialog.hear_on(flow)
        if request.method != method.OPTIONS and request.method not in self._core.settings.allow:
            self._core.refuse(request, flow, 405, self._allow())
        elif not usage.dialog.take_cseq(request.cseq.number):
            self._core.refuse(request, flow, 500)
        else:
            try:
                self._dispatch(usage, request, flow, now)
            except SipError as error:
                self._refuse_malformed(request, flow, error)

    def _dispatch(self, usage: Usage, request: Request, flow: Flow, now: float) -> None:
        """Give a request to its operation. Raises: SipError for a header of it that cannot be read."""
        match request.method:
            case method.BYE:
                handle_bye(usage, request, flow, now)
            case method.INVITE | method.UPDATE:
                if self._has_usable_contact(request, flow) and self._has_usable_body(
                    request, flow, usage.session.takes
                ):
                    handle = handle_reinvite if request.method == method.INVITE else handle_update
                    handle(usage, request, flow, now)
            case method.PRACK:
                if self._has_usable_body(request, flow):
                    handle_other(usage, request, flow, now)
            case method.INFO | method.MESSAGE | method.REFER | method.NOTIFY:
                handle_other(usage, request, flow, now)
            case method.OPTIONS:
                self._answer_options(request, flow)
            case _:
                self._receive(request, flow, now)

    def _handle_out_of_dialog(self, request: Request, flow: Flow, now: float) -> None:
        try:
            _ = request.uri
        except SipError as error:
            self._refuse_malformed(request, flow, error, is_of_uri=True)
            return
        if request.method != method.OPTIONS and request.max_forwards == 0:
            self._core.refuse(request, flow, 483)  # the reference wants it; OPTIONS we answer ourselves (§11)
        elif self._core.layer.is_merged(request):
            self._core.refuse(request, flow, 482)
        elif request.method == method.OPTIONS:
            self._answer_ping(request, flow, now)
        elif request.method == method.INVITE:
            self._handle_invite(request, flow, now)
        elif request.method not in method.IN_DIALOG_ONLY:
            self._receive(request, flow, now)
        elif request.method in self._core.settings.allow:
            self._core.refuse(request, flow, 481)
        else:
            self._core.refuse(request, flow, 405, self._allow())

    def _handle_invite(self, request: Request, flow: Flow, now: float) -> None:
        if not (self._has_usable_contact(request, flow) and self._has_usable_body(request, flow)):
            return
        core = self._core
        try:
            takes_sdp = _takes_sdp(request)
            least_s = too_small(request, core)
        except SipError as error:
            self._refuse_malformed(request, flow, error)
            return
        if not takes_sdp:
            core.refuse(request, flow, 406)
            return
        if least_s is not None:
            core.refuse(request, flow, 422, [("Min-SE", str(least_s))])
            return
        session = InviteSession(core, request.call_id, is_uas=True)
        transaction = core.layer.serve_invite(request, flow, session)
        session.server = transaction
        session.take_invite(transaction.request, flow)
        dialog = Dialog.as_uas(transaction.request, session.local_tag, flow)
        if core.settings.follow_flow:
            dialog.keep_to_flow(transaction.request)
        session.usage = session.add_dialog(dialog)
        session.usage.hear(request)
        offer = description_of(request)
        if offer:
            session.usage.negotiation.take_offer(offer)
        transaction.respond(core.response(transaction.request, 100, to_tag=None), now)
        core.events.append(Invited(session))

    def _receive(self, request: Request, flow: Flow, now: float) -> None:
        transaction = self._core.layer.serve(request, flow, now)
        incoming = IncomingRequest(transaction.request, flow, transaction)
        self._core.events.append(RequestReceived(incoming))

    def _has_usable_contact(self, request: Request, flow: Flow) -> bool:
        """An INVITE needs one Contact with a SIP URI, and Record-Routes likewise (§8.1.1.8, §12.1.1)."""
        try:
            Dialog.as_uas(request, "", flow)
        except SipError as error:
            # 416 is about the Request-URI (§21.4.14); a Contact of another scheme is a bad request.
            self._refuse_malformed(request, flow, SipError(error.message, status=400, section=error.section))
            return False
        return True

    def _has_usable_body(self, request: Request, flow: Flow, more: tuple[str, ...] = ()) -> bool:
        """A body must be of a type that the owner reads (§8.2.3). more: types that its session takes."""
        if not request.body:
            return True
        accept = (*self._core.settings.accept, *more)
        kind = content_type(request)
        unknown: tuple[str, ...] = () if kind in accept else (kind,)
        if kind in MULTIPART and not unknown:
            try:
                unknown = tuple(
                    part.content_type
                    for part in parts(request)
                    if part.is_required and part.content_type not in accept
                )
            except SipError as error:
                self._refuse_malformed(request, flow, error)
                return False
        if unknown:
            self._core.refuse(request, flow, 415, [("Accept", ", ".join(accept))])
            return False
        encoding = request.headers.get("Content-Encoding") or "identity"
        if encoding.lower() != "identity":
            self._core.refuse(request, flow, 415, [("Accept-Encoding", "identity")])
            return False
        return True

    def _find_usage(self, request: Request) -> Usage | None:
        dialog_id = (request.call_id, request.to.tag or "", request.from_.tag or "")
        return self._core.dialogs.get(dialog_id)

    # Answers without a transaction

    def _answer_ping(self, request: Request, flow: Flow, now: float) -> None:
        """OPTIONS outside a dialog, as peers ask whether we live: not as often as they like."""
        if self._pings.admit(flow.remote.host, now):
            self._answer_options(request, flow)
        else:
            self._core.refuse(request, flow, 503, [("Retry-After", PING_AGAIN_S)])

    def _answer_options(self, request: Request, flow: Flow) -> None:
        """What an INVITE would meet (§11.2), without asking the owner whether anybody is at home."""
        headers = [*self._core.capabilities(), ("Accept", ", ".join(self._core.settings.accept))]
        self._core.refuse(request, flow, 200, headers)

    def _refuse_malformed(
        self, request: Request, flow: Flow, error: SipError, *, is_of_uri: bool = False
    ) -> None:
        """Answer a request that parses but whose Request-URI or Contact does not."""
        self._core.events.append(BadMessage(flow, error, request.to_bytes()[:_EXCERPT_BYTES]))
        self._core.refuse(request, flow, error.status or 400, reason=_reason(error), is_of_uri=is_of_uri)

    def _answer_malformed(self, request: Request, flow: Flow, error: SipError) -> None:
        """Answer a request of which only parts can be read; without a readable Via there is no way back."""
        try:
            request.stamp(flow.remote.host, flow.remote.port)
        except SipError:
            return
        try:
            _ = request.to, request.call_id
            tag: str | None = self._core.stateless_tag(request)
        except SipError:
            tag = None
        self._core.refuse(request, flow, error.status or 400, to_tag=tag or "", reason=_reason(error))

    def _allow(self, but: str = "") -> list[tuple[str, str]]:
        return [("Allow", ", ".join(each for each in self._core.settings.allow if each != but))]


def _tag_of(transaction: ServerInvite) -> str | None:
    """The tag that the INVITE's responses have: the one for the CANCEL's too (§9.2)."""
    session = transaction.user
    return session.local_tag if isinstance(session, InviteSession) else None


def _takes_sdp(request: Request) -> bool:
    """Whether Accept, where there is one, allows the answer that an INVITE gets (§20.1; RFC 4475 §3.3.15).

    Raises: SipError (400).
    """
    if "Accept" not in request.headers:
        return True
    ranges = (each.partition(";")[0].strip(" \t").lower() for each in request.headers.get_list("Accept"))
    return any(each in (SDP, "application/*", "*/*") for each in ranges)


def _reason(error: SipError) -> str | None:
    """The error in a 400's reason phrase, so that who debugs the peer sees what is wrong; else None."""
    return error.message[:1].upper() + error.message[1:] if error.status == 400 else None
