"""Binding: where a registered user can be reached (RFC 3261 §10, RFC 5626 §6)."""

from datetime import datetime

from offhook.base.frozen import frozen


@frozen
class BindingFlow:
    """The flow on which a REGISTER came, in plain values: the way back to a phone behind a NAT."""

    transport: str
    """UDP, TCP, TLS, WS or WSS."""
    local_host: str
    """Our end."""
    local_port: int
    """Of our end."""
    remote_host: str
    """Where packets come from; the NAT's address when there is one."""
    remote_port: int
    """Of the far end."""
    advertised_host: str
    """What the phone can reach us under."""
    advertised_port: int
    """Of that address."""
    serial: int
    """Number of the connection; 0 for UDP. Means nothing after a restart."""


@frozen
class Binding:
    """One Contact of one address of record."""

    sid: str
    """`RG` and 32 hexadecimal digits."""
    account_sid: str
    """Whose Domain it is."""
    domain_sid: str
    """The SIP Domain, in whatever spelling the phone names it."""
    username: str
    """User of the address of record, which is a user of a credential list."""
    contact: str
    """URI of the Contact as the phone wrote it: the Request-URI of calls to it."""
    path: tuple[str, ...]
    """Values of Path in order: the Route set of calls to it (RFC 3327)."""
    flow: BindingFlow
    """How the last REGISTER came."""
    expires_at: datetime
    """When it ends unless it is refreshed."""
    call_id: str
    """Call-ID of the last REGISTER."""
    cseq: int
    """CSeq number of the last REGISTER."""
    user_agent: str
    """What the phone calls itself; "" when it does not say."""
    instance: str
    """Instance of the phone from +sip.instance, without quotes; "" without one."""
    reg_id: int
    """Which of the phone's flows (RFC 5626 §4.2); 0 without outbound."""
    created_at: datetime
    """When it was first registered."""
    updated_at: datetime
    """When it was last refreshed."""
