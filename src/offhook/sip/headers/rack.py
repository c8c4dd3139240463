"""RSeq and RAck: the number of a reliable provisional response, and its acknowledgement (RFC 3262 §7)."""

from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed
from offhook.sip.headers import cseq

HIGHEST: Final = 2**32 - 1
"""Of a number that arrives (§7.1)."""
HIGHEST_FIRST: Final = 2**31 - 1
"""Of the first that we send in a transaction (§3), so that it can grow."""


def parse_rseq(text: str) -> int:
    """1 to 2**32 - 1. Raises: SipError (400)."""
    number = grammar.parse_number(text, HIGHEST, section="RFC 3262 §7.1")
    if number == 0:
        raise malformed("RSeq is zero", section="RFC 3262 §7.1")
    return number


@frozen
class RAck:
    """Which provisional response a PRACK acknowledges."""

    rseq: int
    """RSeq of the response."""
    cseq: int
    """Number of its CSeq."""
    method: str
    """Method of its CSeq: INVITE."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the header. Raises: SipError (400)."""
        parts = text.split()
        if len(parts) != 3 or not grammar.TOKEN.match(parts[2]):
            raise malformed("malformed RAck", section="RFC 3262 §7.2", excerpt=text)
        number = grammar.parse_number(parts[1], cseq.HIGHEST, section="RFC 3262 §7.2")
        return cls(parse_rseq(parts[0]), number, parts[2])

    def __str__(self) -> str:
        return f"{self.rseq} {self.cseq} {self.method}"
