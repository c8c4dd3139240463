"""Keys that come in SIP INFO instead of RTP, as some PBXs and phones send them (reference/sip-interface 0).

    application/dtmf-relay    Signal=5 and Duration=160, a line each (Cisco)
    application/dtmf          the key alone

Called by `call/leg.py`. Duration is not looked at: a key is told once, as RFC 4733 keys are.
"""

import re
from typing import Final

from offhook.sip.error import SipError

RELAY: Final = "application/dtmf-relay"
PLAIN: Final = "application/dtmf"
INFO_TYPES: Final = (RELAY, PLAIN)
"""What the user agent lets through (`sip/settings.py`)."""

BODY_MAX: Final = 256
_SIGNAL: Final = re.compile(r"^[ \t]*Signal[ \t]*=[ \t]*(\S+)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_NUMBERED: Final = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}
"""Event codes of RFC 4733 §3.2, which some senders write instead of the key."""


def key_of(content_type: str, body: bytes) -> str:
    """The key, one of `0-9 * # A-D`.

    content_type: lower case, without parameters. Raises: SipError 400 when there is none.
    """
    text = body[:BODY_MAX].decode("ascii", "replace")
    if content_type == RELAY:
        found = _SIGNAL.search(text)
        text = found[1] if found is not None else ""
    key = text.strip().upper()
    key = _NUMBERED.get(key, key)
    if len(key) != 1 or key not in "0123456789*#ABCD":
        raise SipError("no key in the INFO", status=400, section="application/dtmf-relay", excerpt=text)
    return key
