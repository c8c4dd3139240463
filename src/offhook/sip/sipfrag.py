"""message/sipfrag: a piece of a SIP message as a body; here the status line of a response (RFC 3420).

Used by `session/refer` and `session/referral`: what became of the call that a REFER asked for (RFC 3515
§2.4.5). Leaves out whatever follows the status line.
"""

import re
from typing import Final

from offhook.sip.error import malformed
from offhook.sip.status import reason_phrase

SIPFRAG: Final = "message/sipfrag"
"""The content type, lower-case, without its version."""
CONTENT_TYPE: Final = "message/sipfrag;version=2.0"
_STATUS_LINE: Final = re.compile(rb"\s{0,8}SIP/2\.0[ \t]+([1-6][0-9][0-9])(?![0-9])", re.IGNORECASE)


def status_of(body: bytes) -> int:
    """The status code, 100 to 699. Raises: SipError (400) where the body begins with no status line."""
    found = _STATUS_LINE.match(body)
    if found is None:
        raise malformed(
            "no status line in the sipfrag",
            section="RFC 3515 §2.4.5",
            excerpt=body[:80].decode("utf-8", "replace"),
        )
    return int(found[1])


def fragment(status: int) -> bytes:
    """The body that tells this status."""
    return f"SIP/2.0 {status} {reason_phrase(status)}\r\n".encode()
