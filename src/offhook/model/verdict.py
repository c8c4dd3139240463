"""What a callee's final response means for its call: one table (reference/sip-interface 15.1).

Used by `call/call.py` for legs that we dialled.
"""

from dataclasses import dataclass
from typing import Final

from offhook.model.call import CallStatus

PEER_ERROR: Final = 32011
TLS_VERSION_REFUSED: Final = 32222
HOPS_EXHAUSTED: Final = 32006
REDIRECTION_FAILED: Final = 32219
CALLEE_BUSY: Final = 34002

_BUSY: Final = frozenset((486, 600))
_NO_ANSWER: Final = frozenset((408, 480, 603, 607, 608))
_CANCELED: Final = 487
_NOT_FOUND: Final = frozenset((404, 410, 484, 485, 604))


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a dialled leg ended, in Twilio's words."""

    status: CallStatus
    error_code: int | None
    """Raised as a notification; None where the end is an ordinary one."""


def verdict(sip_status: int, *, has_response: bool = True, is_tls_refused: bool = False) -> Verdict:
    """The verdict on a final response, 300 to 699, or on the 408 and 503 that are made here.

    has_response: False for the latter: a peer that does not respond is no person who does not answer.
    is_tls_refused: whether there was no way because the peer speaks none of our versions of TLS.
    """
    if is_tls_refused:
        return Verdict(CallStatus.FAILED, TLS_VERSION_REFUSED)
    if not has_response:
        return Verdict(CallStatus.FAILED, PEER_ERROR)
    if sip_status < 400:
        return Verdict(CallStatus.FAILED, REDIRECTION_FAILED)
    if sip_status in _BUSY:
        return Verdict(CallStatus.BUSY, CALLEE_BUSY)
    if sip_status in _NO_ANSWER:
        return Verdict(CallStatus.NO_ANSWER, None)
    if sip_status == _CANCELED:
        return Verdict(CallStatus.NO_ANSWER, PEER_ERROR)  # by somebody else: what we cancel gets no verdict
    if sip_status in _NOT_FOUND:
        return Verdict(CallStatus.FAILED, None)
    if sip_status == 483:
        return Verdict(CallStatus.FAILED, HOPS_EXHAUSTED)
    return Verdict(CallStatus.FAILED, PEER_ERROR)
