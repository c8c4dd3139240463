"""What happened on calls, as those see it who tell of it and who read it.

Told by `call/` and `verbs/`, and by the driver of SIP with every message; read by `rest/`. Implemented by
`trace/book.py`. Nothing here is written to a log or a database, and to disk without its secrets: a trace
holds what callers pressed and what peers sent, and is shown to the account that the call is of.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from offhook.base.frozen import frozen
from offhook.sip.flow import Flow

Facts = tuple[tuple[str, str | int | None], ...]
"""Names and values, in the order in which they are shown."""


class Kind(StrEnum):
    """What happened."""

    STATUS = "status"
    """The call's record changed."""
    VERB = "verb"
    """A verb of a document begins."""
    WEBHOOK = "webhook"
    """The application was asked for a document, and has answered."""
    CALLBACK = "callback"
    """The application was told something."""
    DIGIT = "digit"
    """The peer pressed a key, in its audio."""
    NOTE = "note"
    """Something went wrong: an entry of the debugger log."""
    QUEUE = "queue"
    """Of a queue in which it waits, or which it dials."""
    STREAM = "stream"
    """Of a media stream."""


class SipMessage(Protocol):
    """A SIP message on its way (`transport/ports.TracedMessage`)."""

    @property
    def at_s(self) -> float:
        """Monotonic seconds."""
        ...

    @property
    def is_ours(self) -> bool:
        """Whether it was sent here; else it came."""
        ...

    @property
    def flow(self) -> Flow:
        """Between whom."""
        ...

    @property
    def data(self) -> bytes:
        """The whole message, credentials and all."""
        ...


@frozen
class Happening:
    """Something that happened on a call beside its signalling."""

    at_s: float
    """Monotonic seconds."""
    kind: Kind
    text: str
    facts: Facts = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of one call, in order."""

    call_sid: str
    account_sid: str
    parent_call_sid: str | None
    began_at: datetime
    """Wall clock of `began_s`."""
    began_s: float
    """Monotonic seconds of when the call was first known."""
    entries: tuple[SipMessage | Happening, ...]
    """By their times."""
    left_out: int
    """Messages and happenings beyond what is kept of one call."""
    children: tuple[str, ...]
    """Sids of the calls that it made."""


class Tracing(Protocol):
    """Keeps what happens on calls."""

    def open(self, call_sid: str, account_sid: str, parent_call_sid: str | None, began_at: datetime) -> None:
        """A call is known from now on. Twice is once."""
        ...

    def claim(self, call_sid: str, sip_call_id: str) -> None:
        """The messages with this Call-ID are of this call, those that came before too."""
        ...

    def add(self, call_sid: str, kind: Kind, text: str, facts: Facts = ()) -> None:
        """Something happened now; nothing is kept of a call that is not known."""
        ...

    def close(self, call_sid: str) -> None:
        """The call has ended: from now on it makes room for others first."""
        ...

    def trace(self, call_sid: str) -> Trace | None:
        """What is kept of a call in memory; None where nothing is."""
        ...
