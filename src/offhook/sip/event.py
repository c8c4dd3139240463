"""What a user agent tells its owner, oldest first, through `UserAgent.poll_event`.

The driver of `transport/` answers FlowNeeded itself and hands the rest to the receiver that the
roof plugged in.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from offhook.base.errors import PeerError
from offhook.sip.flow import Flow
from offhook.sip.message import Request, Response
from offhook.sip.transaction.server_non_invite import ServerNonInvite
from offhook.sip.uri import SipUri

if TYPE_CHECKING:
    from offhook.sip.session.invite_session import InviteSession


class EndCause(Enum):
    """Why a session that had been accepted is over."""

    REMOTE_BYE = "the peer sent BYE"
    LOCAL_BYE = "we sent BYE and the peer answered"
    ACK_MISSING = "the peer never acknowledged the 2xx (RFC 3261 §13.3.1.4)"
    TIMEOUT = "our BYE was never answered"
    FLOW_LOST = "there is no way to the peer any more"
    DIALOG_GONE = "the peer knows the dialog no more: it answered 481 or 408 to our BYE"


@dataclass(frozen=True, slots=True)
class FlowNeeded:
    """A request waits for a flow.

    The driver resolves `uri` (RFC 3263) and answers once, with `handle_flow` or `handle_no_flow`.
    """

    request_id: int
    """Names the request in the answer."""
    uri: SipUri
    """The next hop."""


@dataclass(frozen=True, slots=True)
class Invited:
    """A call comes in. 100 Trying has been sent; the owner rings, accepts or rejects."""

    session: "InviteSession"
    """Whose news it is."""


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """A request outside any dialog, waiting for `UserAgent.respond`, at most 64·T1."""

    request: Request
    """Stamped with received and rport."""
    flow: Flow
    """The flow it came on."""
    transaction: ServerNonInvite
    """What answers it."""


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """A request that the user agent doesn't answer itself (REGISTER, MESSAGE …)."""

    incoming: IncomingRequest
    """The request, to be given back with the answer."""


@dataclass(frozen=True, slots=True)
class Progressed:
    """UAC: a provisional response other than 100."""

    session: "InviteSession"
    """Whose news it is."""
    response: Response
    """101 to 199, perhaps with SDP of early media."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """UAC: the callee answered. When we offered, the ACK has been sent; else `accept` sends the answer."""

    session: "InviteSession"
    """Whose news it is."""
    response: Response
    """The 2xx."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """UAS: the ACK for our 2xx, to an INVITE or a re-INVITE; it carries the answer to a late offer."""

    session: "InviteSession"
    """Whose news it is."""
    request: Request
    """The ACK."""


@dataclass(frozen=True, slots=True)
class Canceled:
    """UAS: the caller gave up before the answer (CANCEL, or BYE in the early dialog). 487 has been sent."""

    session: "InviteSession"
    """Whose news it is."""


@dataclass(frozen=True, slots=True)
class Reinvited:
    """A re-INVITE: the owner answers with `session.accept` (which refreshes the target) or `reject`."""

    session: "InviteSession"
    """Whose news it is."""
    request: Request
    """The re-INVITE; its body is the offer, or empty where the 200 is to make it."""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
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
    | Progressed
    | Accepted
    | Refused
    | Acknowledged
    | Canceled
    | Reinvited
    | Ended
    | BadMessage
)
