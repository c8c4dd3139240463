"""The two errors of this room: a peer's broken message and a wrong command of our own caller."""

from typing import TypeVar

from offhook.base.errors import PeerError, UsageError

T = TypeVar("T")


class SipError(PeerError):
    """A peer's message breaks SIP. `status` is what a request gets; a response is discarded."""


class SipUsageError(UsageError):
    """A command that this state does not allow, or a value that cannot be put on the wire."""


def expect(value: T | None, invariant: str) -> T:
    """The value, which is there because of `invariant`. Raises: SipUsageError, a bug of this room."""
    if value is None:
        raise SipUsageError(f"broken invariant: {invariant}")
    return value


def malformed(what: str, *, section: str, excerpt: str = "", status: int = 400) -> SipError:
    """A SipError for text that does not follow the grammar."""
    return SipError(what, status=status, section=section, excerpt=excerpt)
