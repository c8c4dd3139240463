"""What a user agent tells its owner, oldest first, through `UserAgent.poll_event`.

The driver of `transport/` answers FlowNeeded itself and hands the rest to the receiver that the
roof plugged in.
"""

from enum import Enum
from typing import TYPE_CHECKING

from offhook.base.errors import PeerError
from offhook.base.frozen import frozen
from offhook.sip.body import description_of
from offhook.sip.flow import Flow
from offhook.sip.headers.replaces import Replaces
from offhook.sip.message import Request, Response
from offhook.sip.transaction.server_non_invite import ServerNonInvite
from offhook.sip.uri import SipUri

if TYPE_CHECKING:
    from offhook.sip.outgoing_request import OutgoingRequest
    from offhook.sip.registration import Registration
    from offhook.sip.session.invite_session import InviteSession


class EndCause(Enum):
    """Why a session that had been accepted is over."""

    REMOTE_BYE = "the peer sent BYE"
    LOCAL_BYE = "we sent BYE and the peer answered"
    ACK_MISSING = "the peer never acknowledged the 2xx (RFC 3261 §13.3.1.4)"
    TIMEOUT = "our BYE was never answered"
    FLOW_LOST = "there is no way to the peer any more"
    DIALOG_GONE = "the peer knows the dialog no more: it answered 481 or 408 to a request of ours"
    SESSION_EXPIRED = "nobody refreshed the session (RFC 4028)"
    CANCELED = "the caller gave up while our 2xx waited for a PRACK"
    PRACK_MISSING = "the caller never acknowledged a provisional response (RFC 3262 §3)"


class TlsVersionRefused(str):
    """Why there is no flow, where the peer's versions of TLS are not ours: that has an error of its own."""

    __slots__ = ()


@frozen
class FlowNeeded:
    """A request waits for a flow.

    The driver resolves `uri` (RFC 3263) and answers once, with `handle_flow` or `handle_no_flow`.
    """

    request_id: int
    """Names the request in the answer."""
    uri: SipUri
    """The next hop."""


@frozen
class Invited:
    """A call comes in. 100 Trying has been sent; the owner rings, accepts or rejects."""

    session: "InviteSession"
    """Whose news it is."""


@frozen
class IncomingRequest:
    """A request outside any dialog, waiting for `UserAgent.respond`, at most 64·T1."""

    request: Request
    """Stamped with received and rport."""
    flow: Flow
    """The flow it came on."""
    transaction: ServerNonInvite
    """What answers it."""


@frozen
class RequestReceived:
    """A request that the user agent doesn't answer itself (REGISTER, MESSAGE outside a call …)."""

    incoming: IncomingRequest
    """The request, to be given back with the answer."""


@frozen
class RequestRefused:
    """A request outside a dialog was refused here by the rules of SIP: for the operator."""

    request: Request
    """As it came, stamped where that was possible."""
    flow: Flow
    """The flow it came on."""
    status: int
    """400 to 699."""
    reason: str
    """The reason phrase."""
    is_of_uri: bool = False
    """Whether the Request-URI is what cannot be used."""


@frozen
class Progressed:
    """UAC: a provisional response other than 100. A reliable one has been acknowledged (RFC 3262).

    But where it brings the offer (`description`, the INVITE having none): `session.prack` answers that.
    """

    session: "InviteSession"
    """Whose news it is."""
    response: Response
    """101 to 199, perhaps with SDP of early media."""

    @property
    def tag(self) -> str:
        """Names the early dialog, one of several where the call was forked; "" where there is none."""
        return self.response.to.tag or ""

    @property
    def description(self) -> bytes:
        """The SDP, of this early dialog only; b"" for none."""
        return description_of(self.response)


@frozen
class Accepted:
    """UAC: the callee answered. When we offered, the ACK has been sent; else `accept` sends the answer."""

    session: "InviteSession"
    """Whose news it is."""
    response: Response
    """The 2xx."""
    description: bytes
    """SDP: the answer to our offer, from the 2xx or from the reliable provisional response before it; the
    offer, where we made none; b"" for none."""


@frozen
class Refused:
    """UAC: the call came to nothing. Told once, and nothing follows."""

    session: "InviteSession"
    """Whose news it is."""
    status: int
    """The final response's; made here: 408 no answer to the INVITE, 503 no flow, 487 after `cancel`."""
    reason: str
    """The reason phrase, or what happened here."""
    response: Response | None
    """None when the status was made here."""


@frozen
class Acknowledged:
    """UAS: the ACK for our 2xx, to an INVITE or a re-INVITE; it carries the answer to a late offer."""

    session: "InviteSession"
    """Whose news it is."""
    request: Request
    """The ACK."""

    @property
    def description(self) -> bytes:
        """The answer to our late offer; b"" for none."""
        return description_of(self.request)


@frozen
class Canceled:
    """UAS: the caller gave up before the answer (CANCEL, or BYE in the early dialog). 487 has been sent.

    Or it never acknowledged a reliable provisional response: 504 has been sent (RFC 3262 §3).
    """

    session: "InviteSession"
    """Whose news it is."""


@frozen
class ProvisionalAcknowledged:
    """UAS: the PRACK of a reliable provisional response; 200 has been sent, or OfferReceived follows."""

    session: "InviteSession"
    """Whose news it is."""
    request: Request
    """The PRACK."""

    @property
    def description(self) -> bytes:
        """The answer, where the provisional response made the offer; b"" for none."""
        return description_of(self.request)


@frozen
class OfferReceived:
    """The peer wants a change: a re-INVITE, an UPDATE, or a PRACK with an offer.

    The owner answers with `session.accept` (which refreshes the target) or `reject`; an UPDATE or PRACK
    within T2, after which it is refused with 504. Several wait in the order in which they came.
    """

    session: "InviteSession"
    """Whose news it is."""
    request: Request
    """What brought it."""

    @property
    def tag(self) -> str:
        """Names the dialog, one of several while our INVITE is forked."""
        return self.request.from_.tag or ""

    @property
    def description(self) -> bytes:
        """The offer; b"" for a re-INVITE whose 200 is to make it."""
        return description_of(self.request)


@frozen
class UpdateReceived:
    """An UPDATE without offer, of which the body is for the owner (`Invitation.takes`); answered already."""

    session: "InviteSession"
    """Whose news it is."""
    request: Request
    """The UPDATE."""


@frozen
class Modified:
    """The peer took the change that `session.modify` asked for."""

    session: "InviteSession"
    """Whose news it is."""
    response: Response
    """The 2xx of the re-INVITE or UPDATE."""
    is_refresh: bool
    """Whether nobody asked: a refresh of ours (RFC 4028) that the peer answered with a new description."""

    @property
    def description(self) -> bytes:
        """The answer."""
        return description_of(self.response)


@frozen
class NotModified:
    """The change that `session.modify` asked for came to nothing; the session is as it was (RFC 6141)."""

    session: "InviteSession"
    """Whose news it is."""
    status: int
    """The final response's; made here: 408 no answer, 503 no flow, 491 crossed again and again."""
    reason: str
    """The reason phrase, or what happened here."""
    response: Response | None
    """None when the status was made here; a 2xx that cannot be used is here too."""


@frozen
class InfoReceived:
    """An INFO of a type in `Settings.info_types`; `session.respond` answers it, within 64·T1."""

    session: "InviteSession"
    """Whose news it is."""
    incoming: IncomingRequest
    """The INFO, to be given back with the answer."""


@frozen
class MessageReceived:
    """A MESSAGE in the dialog (RFC 3428), of whatever type; `session.respond` answers it, within 64·T1."""

    session: "InviteSession"
    """Whose news it is."""
    incoming: IncomingRequest
    """The MESSAGE, to be given back with the answer."""


@frozen
class MessageAnswered:
    """What became of our MESSAGE; told once for each, and after Ended where the call ended meanwhile."""

    session: "InviteSession"
    """Whose news it is."""
    status: int
    """The final response's; made here: 408 no answer, 503 no flow."""
    reason: str
    """The reason phrase, or what happened here."""
    response: Response | None
    """None when the status was made here."""


@frozen
class Referred:
    """The peer asks us to call somebody else (REFER); the owner accepts or rejects, at once.

    `session.accept_referral`, then `notify_referral` until a final status, or `reject_referral`.
    """

    session: "InviteSession"
    """Whose news it is."""
    request: Request
    """The REFER."""
    refer_to: str
    """The value of Refer-To as it came; its URI may be of any scheme."""
    replaces: Replaces | None
    """The dialog that the new call shall take the place of: an attended transfer. None for a blind one."""


@frozen
class ReferProgressed:
    """Our REFER was accepted, or a NOTIFY told how it goes."""

    session: "InviteSession"
    """Whose news it is."""
    refer_status: int | None
    """The final response to the REFER; None while a NOTIFY came before it."""
    notify_status: int | None
    """What the last NOTIFY told; None before one."""


@frozen
class ReferEnded:
    """What became of our REFER is known, or will not be told. Told once, unless Ended comes first."""

    session: "InviteSession"
    """Whose news it is."""
    refer_status: int
    """The final response to the REFER; made here: 408 no answer, 503 no flow."""
    notify_status: int | None
    """What the last NOTIFY told: final, or provisional where the subscription ended without a result; None
    where none told anything."""


@frozen
class Answered:
    """A request of `UserAgent.request` got its final response, after a challenge that of the second try."""

    outgoing: "OutgoingRequest"
    """Which request."""
    response: Response
    """200 to 699."""


@frozen
class Unanswered:
    """A request of `UserAgent.request` got no final response."""

    outgoing: "OutgoingRequest"
    """Which request."""
    status: int
    """What it counts as (RFC 3261 §8.1.3.1): 408 no answer, 503 no flow."""
    reason: str
    """What happened, for people."""


@frozen
class Registered:
    """A registrar keeps our Contact; told again at each refresh."""

    registration: "Registration"
    """Whose news it is."""
    expires_s: int
    """For so long, unless it is refreshed, which happens by itself."""
    is_refresh: bool
    """Whether it was kept already."""


@frozen
class NotRegistered:
    """A REGISTER was refused or got no answer."""

    registration: "Registration"
    """Whose news it is."""
    status: int
    """The final response's; made here: 408 no answer, 503 no flow."""
    reason: str
    """The reason phrase, or what happened here."""
    retry_s: float | None
    """It is tried again after so long; None when that is of no use, and nothing follows."""


@frozen
class Unregistered:
    """A registration that the owner removed is over. Told once; nothing follows."""

    registration: "Registration"
    """Whose news it is."""
    is_removed: bool
    """Whether the registrar said so; otherwise our Contact stays there until it expires."""


@frozen
class Ended:
    """A session that was accepted is over. Told once; nothing follows.

    After the owner's own `bye` it is told when the peer has answered, or can't.
    """

    session: "InviteSession"
    """Whose news it is."""
    cause: EndCause
    """Why."""
    request: Request | None
    """The peer's BYE; None for the other causes."""
    response: Response | None = None
    """The peer's answer to our BYE; None for the other causes."""


@frozen
class FlowLost:
    """A connection is gone, and with it the way to whoever registered on it (RFC 5626 §5.3)."""

    flow: Flow
    """Which; of a reliable transport."""


@frozen
class Flooded:
    """More refused INVITEs wait for their ACK than may, and the oldest are forgotten. Told once a minute.

    For the driver, which logs it.
    """

    flow: Flow
    """Where the refusal went that was one too many."""
    waiting: int
    """How many wait for an ACK from there."""
    waiting_in_all: int
    """And from everywhere."""


@frozen
class BadMessage:
    """Something came that is no SIP, or breaks it. It has been answered where that is allowed."""

    flow: Flow
    """Where it came from."""
    error: PeerError
    """What is wrong with it."""
    excerpt: bytes
    """The first bytes, at most 200."""


Event = (
    FlowNeeded
    | Invited
    | RequestReceived
    | RequestRefused
    | Progressed
    | Accepted
    | Refused
    | Acknowledged
    | Canceled
    | ProvisionalAcknowledged
    | OfferReceived
    | UpdateReceived
    | Modified
    | NotModified
    | InfoReceived
    | MessageReceived
    | MessageAnswered
    | Referred
    | ReferProgressed
    | ReferEnded
    | Answered
    | Unanswered
    | Registered
    | NotRegistered
    | Unregistered
    | Ended
    | FlowLost
    | Flooded
    | BadMessage
)
