"""Content-Length: bytes of the body (RFC 3261 §20.14)."""

from typing import Final

from offhook.sip import grammar

_HIGHEST: Final = 2**31 - 1
"""More than any message may have; keeps the number a number."""


def parse_content_length(text: str) -> int:
    """Zero or more. Raises: SipError (400)."""
    return grammar.parse_number(text, _HIGHEST, section="RFC 3261 §20.14")
