"""What the operator and the roof decide about this room; built in `config/`."""

from dataclasses import dataclass, field


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
    allow: tuple[str, ...] = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS")
    """Methods that are offered, in the order of the Allow header."""
    supported: tuple[str, ...] = ()
    """Option tags of the Supported header; any other in Require is answered 420."""
    accept: tuple[str, ...] = ("application/sdp",)
    """Content types that an INVITE may carry, lower-case; any other is answered 415."""
    limits: Limits = field(default_factory=Limits)
    """Bounds of one message."""
