"""What is decided about a request that asks to come in. Made by `admission` and `authentication`."""

from offhook.base.frozen import frozen
from offhook.model.sip_domain import SipDomain
from offhook.model.trunk import Trunk

Entrance = SipDomain | Trunk
"""What lists are mapped to: who may call is decided in the same way."""
Fields = tuple[tuple[str, str], ...]
"""Header fields for the response, names and values."""


@frozen
class Admitted:
    """The call may go on."""

    domain: SipDomain
    """Whose application answers."""
    username: str | None = None
    """Who proved to be calling; None where no credential list is mapped."""


@frozen
class AdmittedToTrunk:
    """A PBX may call the world."""

    trunk: Trunk
    """Whose PBX it is."""


@frozen
class Challenge:
    """The sender has to prove who they are. Nothing is kept of it, and it is no refusal."""

    headers: Fields
    """Proxy-Authenticate, one for each algorithm."""
    status: int = 407
    """SIP status to answer with."""


@frozen
class TurnedAway:
    """The request ends here."""

    status: int
    """SIP status to answer with."""
    twilio_code: int | None
    """For X-Twilio-Error and the record; None where the platform stays silent (sip-interface 1.1)."""
    text: str
    """What is wrong, as X-Twilio-Error says it."""
    domain: Entrance | None
    """The Domain or trunk that was asked for, whose account may see the refusal; None when there is none."""
    matched: str
    """What the request was held against, for the operator."""
    nearly: str = ""
    """What nearly fitted, for the operator; "" when nothing did."""
    named: SipDomain | None = None
    """Where no Domain was asked for: one that the sender names elsewhere, whose account sees it as well."""
    headers: Fields = ()
    """Besides X-Twilio-Error: Retry-After, Min-Expires."""
