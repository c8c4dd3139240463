"""CSeq: number and method of a transaction within its dialog (RFC 3261 §20.16)."""

from typing import Final, Self

from offhook.base.frozen import frozen
from offhook.sip import grammar
from offhook.sip.error import malformed

HIGHEST: Final = 2**31 - 1
"""RFC 3261 §8.1.1.5: less than 2**31."""


@frozen
class CSeq:
    """A sequence number and the method it counts."""

    number: int
    """0 to 2**31 - 1."""
    method: str
    """As in the request line."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the header. Raises: SipError (400)."""
        parts = text.split()
        if len(parts) != 2 or not grammar.TOKEN.match(parts[1]):
            raise malformed("malformed CSeq", section="RFC 3261 §20.16", excerpt=text)
        number, method = parts
        return cls(grammar.parse_number(number, HIGHEST, section="RFC 3261 §20.16"), method)

    def __str__(self) -> str:
        return f"{self.number} {self.method}"
