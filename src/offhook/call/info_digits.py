"""Keys that come in SIP INFO instead of RTP, as some PBXs and phones send them (reference/sip-interface 0).

    application/dtmf-relay    Signal=5 and Duration=160, a line each (Cisco)
    application/dtmf          the key alone

Called by `call/leg.py` and `call/audio.py`. Duration is not looked at: a key is told once, as RFC 4733 keys
are. Ours go out as INFO only where the operator has set it so, and the peer's Allow has INFO.
"""

import re
from collections.abc import Callable
from typing import Final

from offhook.sip.error import SipError
from offhook.sip.session.invite_session import InviteSession
from offhook.transport.ports import SipEndpoint

RELAY: Final = "application/dtmf-relay"
PLAIN: Final = "application/dtmf"
INFO_TYPES: Final = (RELAY, PLAIN)
"""What the user agent lets through (`sip/settings.py`)."""

BODY_MAX: Final = 256
DURATION_MS: Final = 100
"""Of what we send: as long as our RFC 4733 keys."""
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


class InfoDigits:
    """Sends the keys of one leg by INFO.

    session: of the leg; None while it has none.
    """

    def __init__(self, endpoint: SipEndpoint, session: Callable[[], InviteSession | None]) -> None:
        self._endpoint = endpoint
        self._session = session

    @property
    def is_on(self) -> bool:
        """Whether keys go out this way, here and now."""
        session = self._session()
        return session is not None and session.takes_info

    def send(self, key: str) -> bool:
        """One key; whether it left, which it does not once the call is over."""
        session = self._session()
        if session is None or not session.takes_info:
            return False
        body = f"Signal={key}\r\nDuration={DURATION_MS}\r\n".encode()
        session.info(RELAY, body, self._endpoint.now())
        self._endpoint.flush()
        return True
