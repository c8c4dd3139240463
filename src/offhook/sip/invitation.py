"""What a caller asks for when it calls somebody: the input of `UserAgent.invite`."""

from dataclasses import dataclass

from offhook.sip.digest.credentials import Credentials
from offhook.sip.uri import SipUri


@dataclass(frozen=True, slots=True)
class Invitation:
    """One INVITE to be sent, outside any dialog."""

    uri: SipUri
    """Request-URI, and the To URI unless `to_uri` is given; its `?headers` are not sent."""
    from_uri: SipUri
    """URI of From."""
    from_display: str = ""
    """Display name of From, unescaped; "" for none."""
    to_uri: SipUri | None = None
    """URI of To; None is `uri`."""
    next_hop: SipUri | None = None
    """Outbound proxy: only where the INVITE is sent; no Route is added. None is `uri`."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers, in order."""
    offer: bytes | None = None
    """SDP; None leaves the offer to the callee's 2xx, and `InviteSession.accept` then answers it."""
    attachment: tuple[str, bytes] | None = None
    """Media type and bytes of a further part of the body, behind the offer: `multipart/mixed`, as a recording
    client sends its metadata (RFC 7866 §9.1). The offer must then be given."""
    feature_tag: str = ""
    """Of our Contact (RFC 3840) in the INVITE and whatever follows in its dialog, such as `+sip.src`; "" for
    none."""
    takes: tuple[str, ...] = ()
    """Content types, lower-case, that the peer may send us besides those of the settings: told in Accept. An
    UPDATE without offer whose body is of one is told as `event.UpdateReceived`."""
    user_agent: str | None = None
    """User-Agent of this INVITE; None is the product of the settings."""
    session_expires_s: int | None = None
    """Session interval that is asked for (RFC 4028), at least 90; None is that of the settings."""
    response_within_s: float | None = None
    """How long a first response may take, 100 included, once it is sent; None is timer B (RFC 3261
    §17.1.1.2). Shorter where there is another place to try: it then fails with 408."""
    credentials: Credentials | None = None
    """What answers a 401 or 407 to the INVITE and what follows in its dialog, each tried twice at most."""
