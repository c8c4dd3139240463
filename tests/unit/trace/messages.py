"""SIP messages for traces: as they came or went, and when."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from offhook.sip.flow import Address, Flow, Transport
from offhook.trace.book import TraceBook
from offhook.trace.journal import TraceJournal

HERE: Final = Address("192.0.2.1", 5060)
PHONE: Final = Address("192.0.2.7", 5062)
FLOW: Final = Flow(Transport.UDP, HERE, PHONE, HERE)
ACCOUNT: Final = "AC" + "1" * 32
CALL: Final = "CA" + "1" * 32
CHILD: Final = "CA" + "2" * 32
BORN: Final = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    at_s: float = 100.0
    at: datetime = BORN

    def monotonic(self) -> float:
        return self.at_s

    def utc_now(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Traced:
    """A message, as the driver shows it."""

    data: bytes
    is_ours: bool = False
    at_s: float = 100.0
    flow: Flow = FLOW


def message(
    first_line: str, call_id: str = "a", *, header: str = "Call-ID: {}", more: str = "", body: str = ""
) -> bytes:
    """A message, of which nothing but the Call-ID matters here."""
    lines = [first_line, "Via: SIP/2.0/UDP 192.0.2.7", header.format(call_id), *filter(None, [more])]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


INVITE: Final = "INVITE sip:demo@192.0.2.1 SIP/2.0"
BYE: Final = "BYE sip:demo@192.0.2.1 SIP/2.0"


def open_book(clock: HandClock, calls_max: int = 10, journal: TraceJournal | None = None) -> TraceBook:
    """A book that knows one call, whose INVITE has come."""
    book = TraceBook(clock, calls_max, journal)
    book.handle_message(Traced(message(INVITE), at_s=99.9))
    book.open(CALL, ACCOUNT, None, BORN)
    book.claim(CALL, "a")
    return book
