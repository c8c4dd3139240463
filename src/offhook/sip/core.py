"""What every part of a user agent shares: layer, deadlines, queues, dialogs, requests that wait for a flow.

The UAC and UAS core of RFC 3261 §8, without its rules: those are in `user_agent` and `session/`.
Here too the answers outside any transaction (§8.2.7): their To tag is a keyed hash of the request, so that
a repetition gets the same one.
"""

from collections import deque
from collections.abc import Callable
from hashlib import blake2s
from typing import TYPE_CHECKING, Final

from offhook.base.frozen import frozen
from offhook.base.ids import Chance
from offhook.sip.by_flow import ByFlow
from offhook.sip.deadlines import Deadlines
from offhook.sip.dialog import Dialog, DialogId
from offhook.sip.error import SipError, SipUsageError
from offhook.sip.event import Event, Flooded, FlowNeeded, IncomingRequest, RequestRefused
from offhook.sip.flow import Flow
from offhook.sip.headers.via import MAGIC_COOKIE, Via
from offhook.sip.message import HeaderFields, Headers, Request, Response
from offhook.sip.settings import Settings
from offhook.sip.transaction.layer import TransactionLayer
from offhook.sip.transaction.matching import response_flow
from offhook.sip.transaction.timers import Timers
from offhook.sip.transaction.transaction import Failure, RefusalsUnacknowledged, ResponseArrived
from offhook.sip.uri import SipUri

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession
    from offhook.sip.session.usage import Usage

_OF_ANOTHER: Final = frozenset({"ACK", "CANCEL", "BYE", "PRACK", "UPDATE", "INFO"})
"""They belong to another request or a dialog; of the rest an operator wants to know when it is refused."""
RESERVED: Final = frozenset({"Via", "From", "To", "Call-ID", "CSeq", "Content-Length"})
"""Headers that are ours to write in every message."""
RESERVED_IN_SESSION: Final = RESERVED | {"Contact", "Record-Route", "Route", "Max-Forwards"}
"""And those that a dialog determines."""


@frozen
class Waiting:
    """A request that waits for its flow."""

    use: Callable[[Flow, float], None]
    """Build and send it."""
    fail: Callable[[str, float], None]
    """There is no flow, for this reason."""


class Disregard:
    """Takes the news of a request whose outcome changes nothing (CANCEL, BYE of a fork that lost)."""

    def handle_response(self, response: Response, now: float) -> None:
        """Nothing follows from it."""

    def handle_failure(self, failure: Failure, now: float) -> None:
        """Nothing follows from it."""

    def handle_no_flow(self, reason: str, now: float) -> None:
        """Nothing follows from it."""

    def handle_outcome(self, outcome: Response | Failure, now: float) -> None:
        """Nothing follows from it."""


class Core:
    """The shared parts of one user agent."""

    def __init__(self, settings: Settings, chance: Chance, timers: Timers) -> None:
        self.settings = settings
        self.chance = chance
        self.timers = timers
        self.deadlines = Deadlines()
        self.layer = TransactionLayer(timers, self.deadlines)
        self.events: deque[Event] = deque()
        """News for the owner, oldest first."""
        self.sessions: dict[int, InviteSession] = {}
        """Every session that isn't terminated, by a number of its own, oldest first."""
        self.dialogs: dict[DialogId, Usage] = {}
        """Every dialog, early ones included, and what is under way in it."""
        self.dialogs_by_flow: ByFlow[Dialog] = ByFlow()
        """The same dialogs, by the flow that each is on."""
        self.disregard = Disregard()
        self._waiting: dict[int, Waiting] = {}
        self._last_number = 0
        self._tag_key = bytes.fromhex(chance.hex(16))
        self._capabilities = [("Allow", ", ".join(settings.allow))]
        if settings.supported:
            self._capabilities.append(("Supported", ", ".join(settings.supported)))
        self._server = Headers([("Server", settings.product)] if settings.product else ()).fields

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs: no transaction, no session, no request waiting for a flow."""
        return not (len(self.layer) or self.sessions or self._waiting)

    def number(self) -> int:
        """A number that was not given out before."""
        self._last_number += 1
        return self._last_number

    def new_tag(self) -> str:
        """A From or To tag (§19.3 asks for 32 bits at least)."""
        return self.chance.hex(8)

    def via(self, flow: Flow) -> Via:
        """A Via of ours with a new branch, and rport, so that answers find us behind a NAT (RFC 3581 §3)."""
        branch = MAGIC_COOKIE + self.chance.hex(12)
        advertised = flow.advertised
        return Via(
            flow.transport.value, advertised.host, advertised.port, (("branch", branch), ("rport", ""))
        )

    def contact(self, flow: Flow, user: str = "") -> str:
        """Our Contact on that flow. user: escaped; "" for none."""
        transport = "" if flow.transport == "UDP" else f";transport={flow.transport.parameter}"
        return f"<sip:{user}{'@' if user else ''}{flow.advertised}{transport}>"

    def response(
        self,
        request: Request,
        status: int,
        *,
        to_tag: str | None,
        reason: str | None = None,
        headers: Headers | HeaderFields = (),
        body: bytes = b"",
    ) -> Response:
        """A response with our Server header behind the others."""
        checked = headers if isinstance(headers, Headers) else Headers(headers)
        ours = Headers.received((*checked.fields, *self._server))
        return Response.answering(request, status, to_tag=to_tag, reason=reason, headers=ours, body=body)

    def capabilities(self) -> list[tuple[str, str]]:
        """Allow and Supported, as they stand in our INVITE, its 2xx and the answer to OPTIONS."""
        return [*self._capabilities]

    def user_agent_header(self, text: str | None = None) -> list[tuple[str, str]]:
        """User-Agent of a request: `text`, by default the product; none where that is empty."""
        text = self.settings.product if text is None else text
        return [("User-Agent", text)] if text else []

    def refuse(
        self,
        request: Request,
        flow: Flow,
        status: int,
        headers: HeaderFields = (),
        *,
        to_tag: str | None = None,
        reason: str | None = None,
        is_of_uri: bool = False,
    ) -> None:
        """Send one final response outside any transaction.

        to_tag: None is the keyed hash, "" none at all. is_of_uri: whether the Request-URI cannot be used.
        """
        tag = self.stateless_tag(request) if to_tag is None else to_tag or None
        fields = [*headers, *(field for code, field in self.settings.headers_by_status if code == status)]
        if is_of_uri:
            fields += self.settings.headers_by_uri
        response = self.response(request, status, to_tag=tag, reason=reason, headers=fields)
        self.layer.transmit(response.to_bytes(), response_flow(request.via, flow))
        if status >= 400 and request.method not in _OF_ANOTHER and not self._is_in_dialog(request):
            self.events.append(RequestRefused(request, flow, status, response.reason, is_of_uri))

    def _is_in_dialog(self, request: Request) -> bool:
        try:
            return request.to.tag is not None
        except SipError:
            return False

    def stateless_tag(self, request: Request) -> str:
        """The To tag of every answer to this request that no session gives."""
        text = f"{request.via.branch} {request.call_id} {request.headers.get('From')}"
        return blake2s(text.encode(errors="replace"), key=self._tag_key, digest_size=8).hexdigest()

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
        """The owner's answer to a request of its own. Raises: SipUsageError as `UserAgent.respond`."""
        checked = check_headers(headers, RESERVED)
        check_reason(reason)
        request = incoming.request
        response = self.response(
            request, status, to_tag=self.stateless_tag(request), reason=reason, headers=checked, body=body
        )
        incoming.transaction.respond(response, now)

    def ask(self, uri: SipUri, use: Callable[[Flow, float], None], fail: Callable[[str, float], None]) -> int:
        """Ask the driver for a flow to `uri`. Queues: FlowNeeded. Returns its request_id."""
        request_id = self.number()
        self._waiting[request_id] = Waiting(use, fail)
        self.events.append(FlowNeeded(request_id, uri))
        return request_id

    def withdraw(self, request_id: int) -> None:
        """The request is not to be sent any more; the driver's answer will be ignored."""
        self._waiting.pop(request_id, None)

    def take_waiting(self, request_id: int) -> Waiting | None:
        """The request that waits under this number; None when it was withdrawn. Asked once."""
        return self._waiting.pop(request_id, None)

    def with_flow(
        self,
        dialog: Dialog,
        use: Callable[[Flow, float], None],
        fail: Callable[[str, float], None],
        now: float,
    ) -> None:
        """Do `use` with a flow to the dialog's next hop: now where one is known, else when it is found."""
        flow = dialog.known_flow
        if flow is not None:
            use(flow, now)
            return

        def found(flow: Flow, now: float) -> None:
            dialog.take_flow(flow)
            use(flow, now)

        self.ask(dialog.sought_hop, found, fail)

    def deliver(self, now: float) -> None:
        """Give each transaction user its news."""
        while (event := self.layer.poll_event()) is not None:
            if isinstance(event, ResponseArrived):
                event.user.handle_response(event.response, now)
            elif isinstance(event, RefusalsUnacknowledged):
                self.events.append(Flooded(event.flow, event.waiting, event.waiting_in_all))
            else:
                event.user.handle_failure(event.failure, now)


def check_headers(headers: HeaderFields, reserved: frozenset[str]) -> Headers:
    """The headers of an owner, checked. reserved: by the names that are printed.

    Raises: SipUsageError for those that the core writes itself, or that cannot be sent.
    """
    checked = Headers(headers)
    for name, _ in checked.fields:
        if name in reserved:
            raise SipUsageError(f"{name} is not the owner's to set")
    return checked


def check_reason(reason: str | None) -> None:
    """Refuse a reason phrase that cannot be sent. Raises: SipUsageError."""
    if reason is not None and not reason.isprintable():
        raise SipUsageError("reason phrase has characters that cannot be printed")
