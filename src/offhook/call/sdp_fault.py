"""What is told of a peer's description that cannot be used: Twilio's code, and a Warning in the refusal.

Called by `leg.py` and `switchboard/inbound_call.py`.
Source: reference/sip-interface 10, 15.2; RFC 3261 §20.43.
"""

from typing import Final

from offhook.base.errors import PeerError
from offhook.call.negotiation import NoAnswerError
from offhook.sdp.error import SrtpRefusedError, SrtpRequiredError

SRTP_REFUSED: Final = 32207
SRTP_REQUIRED: Final = 32208
BAD_SDP: Final = 32102
EMPTY_BODY: Final = 32103
WARN_AGENT: Final = "offhook"
"""A name that stands for whoever warns."""
INCOMPATIBLE_PROTOCOL: Final = 302
"""Of Warning: a transport protocol of the description, here its profile of RTP."""


def error_code_of(error: PeerError) -> int:
    """Twilio's code."""
    if isinstance(error, SrtpRefusedError):
        return SRTP_REFUSED
    if isinstance(error, NoAnswerError):
        return EMPTY_BODY
    return SRTP_REQUIRED if isinstance(error, SrtpRequiredError) else BAD_SDP


def warning_of(error: PeerError) -> tuple[tuple[str, str], ...]:
    """The header that says what is wrong with the profile, or with its keys; nothing of another fault."""
    if not isinstance(error, SrtpRefusedError | SrtpRequiredError):
        return ()
    return (("Warning", f'{INCOMPATIBLE_PROTOCOL} {WARN_AGENT} "{error.message}"'),)
