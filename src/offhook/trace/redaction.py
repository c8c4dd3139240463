"""What of a trace nobody is shown: digest responses, keys of SRTP, logins in URLs.

As many asterisks stand in the place of those of SIP, so that lengths stay true (Content-Length, RFC 3261
§18.3). Called by whoever shows a trace. Sources: RFC 7616 §3.4 (`response`), RFC 4568 §6.1 (`inline`).
"""

import re
from typing import Final

_AUTHORIZATION: Final = re.compile(rb"(?im)^(?:proxy-)?authorization\s*:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*")
_SECRET: Final = re.compile(rb"(?i)(\b(?:response|cnonce)\s*=\s*\"?|\bbasic\s+)([^\",\r\n]+)")
_CRYPTO: Final = re.compile(rb"(?im)^a=crypto:[^\r\n]*")
_KEY: Final = re.compile(rb"(?i)(\binline:)([^|\s;]+)")
_LOGIN: Final = re.compile(r"(?<=://)[^/?#@\s]+@")


def redacted(message: bytes) -> bytes:
    """The same message, of the same length, without its secrets."""
    message = _AUTHORIZATION.sub(lambda found: _SECRET.sub(_starred, found[0]), message)
    return _CRYPTO.sub(lambda found: _KEY.sub(_starred, found[0]), message)


def without_logins(text: str) -> str:
    """The same text without the user and password of any URL in it."""
    return _LOGIN.sub("***@", text)


def _starred(found: "re.Match[bytes]") -> bytes:
    return found[1] + b"*" * len(found[2])
