"""Where a call is sent: one place to ring, with the ways that lead to it; and what is tried in its place.

Made by `routing/` and `switchboard/`, dialled by `call/leg.py`.
"""

from dataclasses import dataclass

from offhook.sip.digest.credentials import Credentials
from offhook.sip.invitation import Invitation
from offhook.sip.uri import SipUri


@dataclass(frozen=True, slots=True)
class Destination:
    """One branch of a call to be."""

    uri: SipUri
    """Request-URI."""
    next_hops: tuple[SipUri, ...] = ()
    """Numeric URIs to send to, the next one when one fails (RFC 3263 §4.3); empty asks DNS for `uri`."""
    route: tuple[str, ...] = ()
    """Route header values, from a binding's Path (RFC 3327)."""
    credentials: Credentials | None = None
    """Answers the callee's digest challenge."""
    is_transport_open: bool = False
    """Whether a large request may go over TCP instead of UDP: no transport was named, and it is no flow."""
    instead: "Destination | None" = None
    """Tried when no hop of this one leads there: another flow of the same phone (RFC 5626 §5.3)."""
    is_redirectable: bool = True
    """Whether a 3xx is followed; not of a phone that is registered here (reference/sip-interface 5.1)."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to reach a callee: everything that rings at the same time."""

    invitation: Invitation
    """What all of its branches have in common; the offer is made when it is dialled."""
    destinations: tuple[Destination, ...]
    """At least one."""
    media_host: str
    """The address that stands in the offer."""
    is_secure: bool = False
    """Whether it is called over TLS alone, and offered SRTP alone."""
