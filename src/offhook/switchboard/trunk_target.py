"""The SIP URI of a carrier, as the API took it: what goes out of it, and what it says to us.

Called by `dial_trunk.py` and what registers. Source: reference/sip-interface 4.1, 8.2.
"""

from dataclasses import dataclass, replace
from typing import Final

from offhook.sip.error import SipError
from offhook.sip.uri import SipUri
from offhook.twiml.attribute import ProblemLog
from offhook.twiml.dial.sip_uri import read_sip_uri
from offhook.twiml.element import Element

VERIFY: Final = "verify"
"""`;verify=false` (ours): over TLS the carrier's certificate is not held against anything."""


@dataclass(frozen=True, slots=True)
class TrunkTarget:
    """Where a carrier is."""

    uri: SipUri
    """Without what speaks to us: `secure`, `verify`, `edge`, `region`."""
    is_secure: bool
    """Whether it asks for SRTP."""
    is_verified: bool
    """Whether its certificate must be good."""


def read_target(written: str) -> TrunkTarget:
    """Raises: SipError for what is no SIP URI."""
    log = ProblemLog()
    parts = read_sip_uri(Element("Target", {}, (written,), 1, 1), written, log)
    if parts is None:
        raise SipError("; ".join(problem.message for problem in log.problems))
    uri = SipUri.parse(parts.uri)
    kept = tuple(each for each in uri.parameters if each[0].lower() != VERIFY)
    is_verified = (uri.parameter(VERIFY) or "").lower() != "false"
    return TrunkTarget(replace(uri, parameters=kept), parts.is_secure, is_verified)
