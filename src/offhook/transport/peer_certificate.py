"""Whether a certificate is of the SIP domain that was called (RFC 5922), or of the address.

    subjectAltName URI `sip:` without a user ---> the domains, when there is any
    else dNSName ------------------------------> the domains
    an address was called ---------------------> iPAddress alone

No wildcard matches, since RFC 5922 §7.2 forbids it, unless the operator lets them: then `*.` stands for one
label of a dNSName (RFC 6125 §6.4.3). The subject's common name is not looked at, which §7.1 leaves open.
Called by `transport/connection.py` with what `ssl` tells of a certificate that it has verified.
"""

import ipaddress
from collections.abc import Mapping
from typing import Final, cast

WILD: Final = " (wildcards do not count in SIP, RFC 5922; a node takes them with sips_wildcard_peers=true)"
SHOWN_NAMES: Final = 8
"""How many names of a wrong certificate are told."""


def complaint_about(
    certificate: Mapping[str, object], wanted: str, *, takes_wildcards: bool = False
) -> str | None:
    """Why the certificate is not of whom we want; None when it is.

    wanted: a domain, or a numeric address. takes_wildcards: whether `*.` in a dNSName is more than a name.
    """
    names = cast("tuple[tuple[str, str], ...]", certificate.get("subjectAltName", ()))
    try:
        address = ipaddress.ip_address(wanted)
    except ValueError:
        held = _domains(names)
        plain = _plain(wanted)
        allowed = {plain, f"*.{plain.partition('.')[2]}"} if takes_wildcards else {plain}
        is_right = not allowed.isdisjoint(_plain(name) for name in held)
    else:
        held = [value for kind, value in names if kind == "IP Address"]
        is_right = any(_is_address(value, address) for value in held)
    if is_right:
        return None
    shown = ", ".join(held[:SHOWN_NAMES]) or "nobody of that kind"
    is_wild = not takes_wildcards and any(name.startswith("*.") for name in held)
    return f"its certificate is not of {wanted} but of {shown}{WILD if is_wild else ''}"


def identity_in(certificate: Mapping[str, object]) -> str:
    """Who it is of, as an operator is told: its first name by the rules above, else any; "" is nobody."""
    if not certificate:
        return ""
    names = cast("tuple[tuple[str, str], ...]", certificate.get("subjectAltName", ()))
    subject = cast("tuple[tuple[tuple[str, str], ...], ...]", certificate.get("subject", ()))
    common = [value for part in subject for kind, value in part if kind == "commonName"]
    return next(iter((*_domains(names), *(value for _, value in names), *common)), "")


def _domains(names: tuple[tuple[str, str], ...]) -> list[str]:
    uris = [
        value[4:]
        for kind, value in names
        if kind == "URI" and value[:4].lower() == "sip:" and "@" not in value
    ]
    return uris or [value for kind, value in names if kind == "DNS"]


def _plain(name: str) -> str:
    return name.lower().rstrip(".")


def _is_address(text: str, wanted: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return ipaddress.ip_address(text.strip()) == wanted
    except ValueError:
        return False
