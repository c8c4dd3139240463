"""What the operator and the roof decide about this room; built in `config/`."""

from dataclasses import dataclass, field

from offhook.sip.body import MULTIPART, SDP


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one message. Beyond them a request gets 400 or 513 and a response is discarded."""

    message_bytes: int = 65_535
    """Whole message; the most that UDP carries (RFC 3261 §18.1.1)."""
    headers: int = 128
    """Header fields in a message, comma-separated values counted as one."""
    header_bytes: int = 8_192
    """One header field, folding undone, or the start line."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one user agent."""

    product: str = "Offhook"
    """Text of User-Agent in requests and Server in responses; "" sends neither."""
    allow: tuple[str, ...] = (
        "INVITE",
        "ACK",
        "CANCEL",
        "BYE",
        "OPTIONS",
        "PRACK",
        "UPDATE",
        "INFO",
        "REFER",
        "NOTIFY",
        "MESSAGE",
    )
    """Methods that are offered, in the order of the Allow header; MESSAGE in the dialog of a call alone."""
    supported: tuple[str, ...] = ("100rel", "timer", "norefersub")
    """Option tags of the Supported header; any other in Require is answered 420. What is not here is not
    used: neither reliable provisional responses (RFC 3262) nor session timers (RFC 4028)."""
    accept: tuple[str, ...] = (SDP, *MULTIPART)
    """Content types that an INVITE may carry, lower-case; any other is answered 415."""
    info_types: tuple[str, ...] = ()
    """Content types of INFO that the owner reads, lower-case; any other is answered 415."""
    sends_info: bool = False
    """Whether keys are to be sent by INFO to a peer that takes it (`InviteSession.takes_info`)."""
    headers_by_status: tuple[tuple[int, tuple[str, str]], ...] = ()
    """Header fields, name and value, that responses made here carry besides their own, by status."""
    headers_by_uri: tuple[tuple[str, str], ...] = ()
    """And those that answer a Request-URI that cannot be used."""
    options_per_second: int | None = None
    """OPTIONS outside a dialog from one address; more get 503. None is no limit."""
    session_expires_s: int | None = None
    """Session interval that we ask for (RFC 4028 §7.1), at least 90; None leaves it to the peer."""
    min_se_s: int = 120
    """Shortest session interval that we take; a shorter one is answered 422 (reference, section 13)."""
    follow_flow: bool = True
    """Whether requests to a phone whose Contact is not where it sends from stay on its flow
    (`Dialog.keep_to_flow` says when)."""
    limits: Limits = field(default_factory=Limits)
    """Bounds of one message."""
