"""A request of our own outside any dialog: OPTIONS as a ping, REGISTER (RFC 3261 §8.1, §10.2, §11.1).

Called by `user_agent.request`, by `registration` and, through `core`, by the transaction layer. A 401 or 407
is answered with its credentials, for each realm that asks. Leaves out: methods that make a dialog (INVITE,
SUBSCRIBE, REFER).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from offhook.sip.core import RESERVED, Core, check_headers
from offhook.sip.digest.authentication import Authentication
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError, SipUsageError, expect
from offhook.sip.event import Answered, Unanswered
from offhook.sip.flow import Flow
from offhook.sip.headers import cseq
from offhook.sip.headers.max_forwards import INITIAL
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.message import Headers, Request, Response
from offhook.sip.method import ACK, BYE, CANCEL, INVITE, OPTIONS
from offhook.sip.transaction.transaction import Failure
from offhook.sip.uri import SipUri

_RESERVED: Final = RESERVED | {"Max-Forwards", "User-Agent"}
_NOT_STANDALONE: Final = frozenset(
    {INVITE, ACK, BYE, CANCEL, "PRACK", "UPDATE", "INFO", "REFER", "SUBSCRIBE"}
)


@dataclass(frozen=True, slots=True)
class StandaloneRequest:
    """One request to be sent, outside any dialog."""

    method: str
    """OPTIONS, REGISTER …; none that belongs to a dialog or makes one."""
    uri: SipUri
    """Request-URI; its `?headers` are not sent."""
    from_uri: SipUri
    """URI of From."""
    from_display: str = ""
    """Display name of From, unescaped; "" for none."""
    to_uri: SipUri | None = None
    """URI of To; None is `uri`. Of a REGISTER: the address of record."""
    next_hop: SipUri | None = None
    """Outbound proxy: only where it is sent; no Route is added. None is `uri`."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers, in order."""
    body: bytes = b""
    """Its Content-Type is among the headers."""
    has_contact: bool = False
    """Whether our Contact on the flow is put in, as a REGISTER needs it."""
    contact_user: str = ""
    """What stands before the `@` of that Contact, escaped; "" for nothing."""
    call_id: str | None = None
    """None draws one. The registrations of one phone share theirs (§10.2)."""
    cseq: int = 1
    """Higher than that of the one before with the same Call-ID."""
    credentials: Credentials | None = None
    """What answers a 401 or 407."""


class OutgoingRequest:
    """A request on its way, and the user of its client transaction, or several where it is challenged."""

    __slots__ = ("_authentication", "_core", "_report", "_tag", "call_id", "cseq", "request", "standalone")

    def __init__(
        self,
        core: Core,
        standalone: StandaloneRequest,
        report: Callable[[Answered | Unanswered, float], None] | None = None,
    ) -> None:
        """report: who takes the outcome, and when; None queues it for the owner."""
        self._core = core
        self._report = report or self._queue
        self.standalone = standalone
        """What was asked for."""
        self.call_id = standalone.call_id or core.chance.hex(16)
        self.cseq = standalone.cseq
        """Number of the last one sent: the next with this Call-ID must be higher."""
        self.request: Request | None = None
        """The last one sent; None while it waits for its flow."""
        self._tag = core.new_tag()
        self._authentication = Authentication(core.chance)

    def begin(self) -> None:
        """Ask for a flow. Queues: FlowNeeded."""
        standalone = self.standalone
        self._core.ask(standalone.next_hop or standalone.uri, self._send, self._fail)

    def _send(self, flow: Flow, now: float) -> None:
        core, standalone = self._core, self.standalone
        uri = str(replace(standalone.uri, headers=()))
        to_uri = uri if standalone.to_uri is None else str(replace(standalone.to_uri, headers=()))
        from_ = NameAddr(str(standalone.from_uri), standalone.from_display).with_tag(self._tag)
        fields = [
            ("Via", str(core.via(flow))),
            ("Max-Forwards", str(INITIAL)),
            ("From", str(from_)),
            ("To", str(NameAddr(to_uri))),
            ("Call-ID", self.call_id),
            ("CSeq", f"{self.cseq} {standalone.method}"),
            *([("Contact", core.contact(flow, standalone.contact_user))] if standalone.has_contact else []),
            *core.user_agent_header(),
            *([("Accept", ", ".join(core.settings.accept))] if standalone.method == OPTIONS else []),
            *self._authentication.headers,
            *standalone.headers,
            ("Content-Length", str(len(standalone.body))),
        ]
        self.request = Request(standalone.method, uri, Headers(fields), standalone.body)
        core.layer.request(self.request, flow, self, now)

    def _queue(self, outcome: Answered | Unanswered, _: float) -> None:
        self._core.events.append(outcome)

    def handle_response(self, response: Response, now: float) -> None:
        """A response; provisional ones say nothing."""
        if response.status < 200:
            return
        request = expect(self.request, "a response answers a request")
        if self._authentication.meet(self.standalone.credentials, request, response):
            self.cseq += 1
            self.begin()
            return
        self._report(Answered(self, response), now)

    def handle_failure(self, failure: Failure, now: float) -> None:
        """There will be no response: 408 for timer F, 503 when the flow failed (§8.1.3.1)."""
        status = 408 if failure is Failure.TIMEOUT else 503
        self._report(Unanswered(self, status, failure.value), now)

    def _fail(self, reason: str, now: float) -> None:
        self._report(Unanswered(self, 503, reason), now)


def check_standalone(standalone: StandaloneRequest) -> None:
    """Refuse what could not be sent, before anything is begun. Raises: SipUsageError."""
    if standalone.method in _NOT_STANDALONE:
        raise SipUsageError(f"{standalone.method} does not stand alone")
    check_headers(standalone.headers, _RESERVED | ({"Contact"} if standalone.has_contact else set()))
    Headers([("From", standalone.from_display), ("Call-ID", standalone.call_id or "")])
    if not 0 <= standalone.cseq < cseq.HIGHEST:
        raise SipUsageError("CSeq is out of range")
    hop = standalone.next_hop
    bare_hop = None if hop is None else replace(hop, parameters=())  # some of its are on no wire (`flow.py`)
    for uri in (standalone.uri, standalone.from_uri, standalone.to_uri, bare_hop):
        if uri is not None:
            try:
                SipUri.parse(str(uri))
            except SipError as error:
                raise SipUsageError(f"no URI that can be sent: {uri}") from error
