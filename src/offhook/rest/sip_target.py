"""The SIP URI of a carrier or a PBX, as trunks are given it: a host, perhaps with port and parameters.

`sips:` is refused, as Twilio does: it promises what is beyond the next hop (reference/sip-interface 9). The
user is replaced by the number that is called, and headers have no place in it. `secure=true` asks for TLS and
SRTP, `verify=false` (ours) for no check of the certificate. Called by `voice/` and `trunking/`.
"""

from typing import Final

from offhook.sip.error import SipError
from offhook.sip.uri import SipUri
from offhook.switchboard.trunk_target import VERIFY
from offhook.twiml.attribute import ProblemLog
from offhook.twiml.dial.sip_uri import MAX_URI, read_sip_uri
from offhook.twiml.element import Element

ALLOWED: Final = "it must be sip:HOST[:PORT][;PARAMETERS]"


def sip_target(value: str) -> str:
    """A target as it was written, once it is known that calls can be sent there. Raises: ValueError."""
    if not value.lower().startswith("sip:"):
        raise ValueError(f"{ALLOWED}; sips: is not supported, transport=tls is")
    if len(value) > MAX_URI or not value.isprintable():
        raise ValueError(f"{ALLOWED}, at most {MAX_URI} characters of text")
    log = ProblemLog()
    parts = read_sip_uri(Element("Target", {}, (value,), 1, 1), value, log)
    for problem in log.problems:
        raise ValueError(f"{ALLOWED}: {problem.message.removeprefix('<Target>').lstrip(': ')}")
    if parts is None or parts.header_text:
        raise ValueError(f"{ALLOWED}, without headers")
    try:
        uri = SipUri.parse(parts.uri)
    except SipError as error:
        raise ValueError(f"{ALLOWED}: {error.message}") from error
    if (uri.parameter(VERIFY) or "true").lower() not in ("true", "false"):
        raise ValueError(f"{ALLOWED}: {VERIFY} must be true or false")
    return value


def sip_host(value: str) -> str:
    """The same without a user, which is another's to say, and without `verify`. Raises: ValueError."""
    uri = SipUri.parse(sip_target(value))
    if uri.user is not None or uri.parameter(VERIFY) is not None:
        raise ValueError(f"{ALLOWED}, without a user and without {VERIFY}")
    return value
