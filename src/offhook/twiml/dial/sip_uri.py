"""The target of a Sip noun taken apart: `sip:user@host:port;transport=tls;secure=true?X-Name=value&…`.

What comes out as `uri` is a URI that `sip/uri.py` reads (a test holds the two together); the parameters
that speak to the platform (`edge`, `region`, `secure`) and the headers are taken off. A node has no
edges: those two parameters are accepted and do nothing. Source: reference/sip-interface 4.1, 16 (32110,
32114), RFC 3261 §19.1.1.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from offhook.twiml.attribute import ProblemLog
from offhook.twiml.element import Element

INVALID_URI: Final = 13243
UNREADABLE_PART: Final = 32110
UNSUPPORTED_VALUE: Final = 32114

MAX_URI: Final = 254
"""Characters without the headers: Twilio asks for less than 255."""
TRANSPORTS: Final = ("udp", "tcp", "tls")

_USER: Final = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|%[0-9A-Fa-f]{2})+\Z")
_PASSWORD: Final = re.compile(r"(?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f]{2})*\Z")
_HOST: Final = re.compile(r"[A-Za-z0-9_.\-]+\Z")
_PORT: Final = re.compile(r"[0-9]{1,5}\Z")
_PARAMETER: Final = re.compile(
    r"((?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]|%[0-9A-Fa-f]{2})+)"
    r"(?:=(?:[A-Za-z0-9\-_.!~*'()\[\]/:&+$]|%[0-9A-Fa-f]{2})*)?\Z"
)


@dataclass(frozen=True, slots=True)
class SipUriParts:
    """A target without its headers."""

    uri: str
    """Scheme, user if it has one, host, port and parameters; `transport` is among them, in lower case."""
    is_secure: bool
    """Whether SRTP was asked for (`;secure=true`)."""
    header_text: str
    """What stood behind the question mark, encoded as written; empty when there was none."""


def read_sip_uri(element: Element, text: str, log: ProblemLog) -> SipUriParts | None:
    """A target as written; None for what is none, which is noted (13243).

    Parameters that cannot be read (32110) or have a value that means nothing (32114) are noted and left out.
    """
    scheme, rest = _scheme(text)
    userinfo, at, place = rest.partition("@") if "@" in rest else ("", "", rest)
    place, _, header_text = place.partition("?")
    host_port, *parameters = place.split(";")
    if not text:
        fault = "it is empty"
    elif not scheme:
        fault = "it must begin with sip: or sips:, or be user@host"
    elif len(f"{scheme}:{userinfo}{at}{place}") > MAX_URI:
        fault = f"it has more than {MAX_URI} characters without its headers"
    else:
        fault = (_fault_of_user(userinfo) if at else "") or _fault_of_host(host_port)
    if fault:
        log.note(INVALID_URI, element, f"<{element.name}> holds no SIP URI: {fault}")
        return None
    kept, is_secure = _read_parameters(element, parameters, log, is_sips=scheme == "sips")
    return SipUriParts(f"sip:{userinfo}{at}{host_port}{kept}", is_secure, header_text)


def _scheme(text: str) -> tuple[str, str]:
    """The scheme in lower case, empty if it is another one, and what follows; `user@host` alone is `sip:`."""
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in ("sip", "sips"):
        return scheme.lower(), rest
    return ("sip", text) if "@" in text and "@" in scheme else ("", text)


def _fault_of_user(userinfo: str) -> str:
    """What is wrong with it, in a few words; empty when nothing is."""
    user, _, password = userinfo.partition(":")
    if _USER.match(user) and _PASSWORD.match(password):
        return ""
    return "there is no user, or a character in it must be percent-encoded"


def _fault_of_host(text: str) -> str:
    """What is wrong with host and port; empty when nothing is."""
    if text.startswith("["):
        host, bracket, tail = text[1:].partition("]")
        try:
            IPv6Address(host)
        except AddressValueError:
            return "the host in brackets is no IPv6 address"
        if not bracket or "%" in host or (tail and tail[0] != ":"):
            return "the host is no domain name and no address"
        port = tail[1:] if tail else None
    else:
        host, colon, tail = text.partition(":")
        if not _HOST.match(host):
            return "the host is no domain name and no address"
        port = tail if colon else None
    if port is not None and not (_PORT.match(port) and 0 < int(port) <= 65_535):
        return "the port must be 1 to 65535"
    return ""


def _read_parameters(
    element: Element, parameters: list[str], log: ProblemLog, *, is_sips: bool
) -> tuple[str, bool]:
    """The parameters that go out, as they go out, and whether `secure` was asked for.

    A `sips:` goes out as `sip:` over TLS: what is behind the next hop is not ours to promise. Over TLS goes
    `secure` as well, since the keys of SRTP stand in the message.
    """
    is_secure = any(each.lower() == "secure=true" for each in parameters)
    is_over_tls = is_sips or is_secure
    kept = ";transport=tls" if is_over_tls else ""
    for parameter in parameters:
        name, _, value = parameter.lower().partition("=")
        if not _PARAMETER.match(parameter):
            log.note(
                UNREADABLE_PART, element, f"<{element.name}> has a URI parameter that cannot be read: ignored"
            )
        elif name == "transport" and value not in TRANSPORTS:
            message = f"<{element.name}>: transport must be one of {', '.join(TRANSPORTS)}: ignored"
            log.note(UNSUPPORTED_VALUE, element, message)
        elif name == "secure":
            if value not in ("true", "false"):
                log.note(UNSUPPORTED_VALUE, element, f"<{element.name}>: secure must be true or false: false")
        elif name not in ("edge", "region") and not (is_over_tls and name == "transport"):
            kept += ";" + (parameter.lower() if name == "transport" else parameter)
    return kept, is_secure
