"""What is told of a peer's description that cannot be used: Twilio's code, and a Warning in the refusal.

Called by `leg.py` and `switchboard/inbound_call.py`.
Source: reference/sip-interface 10, 15.2; RFC 3261 §20.43, §21.4.26.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from offhook.base.errors import PeerError
from offhook.call.negotiation import NoAnswerError
from offhook.sdp.error import NoCommonCodecError, Obstacle, SrtpRefusedError, SrtpRequiredError

SRTP_REFUSED: Final = 32207
SRTP_REQUIRED: Final = 32208
BAD_SDP: Final = 32102
EMPTY_BODY: Final = 32103
WARN_AGENT: Final = "offhook"
"""A name that stands for whoever warns."""
INCOMPATIBLE_PROTOCOL: Final = 302
"""Of Warning: a transport protocol of the description, here its profile of RTP."""
WARN_CODES: Final[Mapping[Obstacle, int]] = MappingProxyType(
    {
        Obstacle.STREAMS: 304,  # media type not available
        Obstacle.PROFILE: INCOMPATIBLE_PROTOCOL,
        Obstacle.CODECS: 305,  # incompatible media format
        Obstacle.ADDRESS: 301,  # incompatible network address formats
        Obstacle.MULTICAST: 330,  # multicast not available
    }
)
"""Those of a description that has nothing in common with ours."""


def error_code_of(error: PeerError) -> int:
    """Twilio's code."""
    if isinstance(error, SrtpRefusedError):
        return SRTP_REFUSED
    if isinstance(error, NoAnswerError):
        return EMPTY_BODY
    return SRTP_REQUIRED if isinstance(error, SrtpRequiredError) else BAD_SDP


def warning_of(error: PeerError) -> tuple[tuple[str, str], ...]:
    """The header that a 488 should have (§21.4.26): what in the description cannot be. Nothing of others."""
    match error:
        case SrtpRefusedError() | SrtpRequiredError():
            code = INCOMPATIBLE_PROTOCOL
        case NoCommonCodecError(obstacle=obstacle):
            code = WARN_CODES[obstacle]
        case _:
            return ()
    return (("Warning", f'{code} {WARN_AGENT} "{error.message}"'),)
