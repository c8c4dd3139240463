"""Max-Forwards: how many hops are left (RFC 3261 §20.22)."""

from typing import Final

from offhook.sip import grammar

INITIAL: Final = 70
"""What our own requests start with (RFC 3261 §8.1.1.6)."""


def parse_max_forwards(text: str) -> int:
    """0 to 255. Raises: SipError (400)."""
    return grammar.parse_number(text, 255, section="RFC 3261 §20.22")
