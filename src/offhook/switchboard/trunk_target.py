"""The SIP URI of a carrier, as the API took it: what goes out of it, and what it says to us.

Called by `dial_trunk.py` and what registers. Source: reference/sip-interface 4.1, 8.2.
"""

from offhook.sip.error import SipError
from offhook.sip.uri import SipUri
from offhook.twiml.attribute import ProblemLog
from offhook.twiml.dial.sip_uri import read_sip_uri
from offhook.twiml.element import Element


def read_target(written: str) -> tuple[SipUri, bool]:
    """The URI without what speaks to us (`secure`, `edge`, `region`), and whether it asks for SRTP.

    Raises: SipError for what is no SIP URI.
    """
    log = ProblemLog()
    parts = read_sip_uri(Element("Target", {}, (written,), 1, 1), written, log)
    if parts is None:
        raise SipError("; ".join(problem.message for problem in log.problems))
    return SipUri.parse(parts.uri), parts.is_secure
