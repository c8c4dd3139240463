"""Who may call in: the Request-URI's host picks the SIP Domain, the Domain's access lists decide.

Called by `switchboard/inbound_call` for every INVITE that begins a call. No I/O but the store.
Sources: reference/sip-interface 1.1 and 2. Left out: digest credentials (no credential list can be mapped
yet) and numbers of one's own.
"""

import ipaddress
from dataclasses import dataclass
from typing import Final

from offhook.base.errors import UsageError, safe_excerpt
from offhook.model.sip_domain import SipDomain
from offhook.routing.settings import Settings
from offhook.routing.sip_domain import normal
from offhook.store.ports import SipDomains

FORBIDDEN: Final = 403
NO_AUTHENTICATION: Final = 32200
"""Twilio error: insufficient permissions; nothing is mapped that could let anyone in."""
SOURCE_NOT_LISTED: Final = 32201
"""Twilio error: source IP address not in ACL."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The call may go on."""

    domain: SipDomain


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The call ends here."""

    status: int
    """SIP status to answer with."""
    twilio_code: int | None
    """For X-Twilio-Error and the record; None where the platform stays silent (sip-interface 1.1)."""
    text: str
    """What is wrong, as X-Twilio-Error says it."""
    domain: SipDomain | None
    """The Domain that was asked for, whose account may see the refusal; None when there is none."""
    matched: str
    """What the request was held against, for the operator."""


async def admit(
    host: str, source_ip: str, *, called_at: frozenset[str], domains: SipDomains, settings: Settings
) -> Admitted | TurnedAway:
    """Decide on a request.

    host: of the Request-URI, without port; an IPv6 address with or without brackets.
    called_at: addresses under which the node was reached by this request, bound and advertised: a host
        that is one of them is the node itself.
    source_ip: where the request came from, IPv4 or IPv6; an IPv4 address mapped to IPv6 is unwrapped.
    Raises: UsageError when `source_ip` is no address; StoreBusyError.
    """
    source = _address(source_ip)
    if source is None:
        raise UsageError(f"not an IP address: {source_ip!r}")
    names = _names(host, called_at, settings)
    domain = await _find(names, domains)
    if domain is None:
        shown = safe_excerpt(host)
        if _address(host) is not None:
            text, matched = f"{shown} is an address, not the name of a SIP Domain", "default_domain"
        else:
            text, matched = f"there is no SIP Domain {shown}", ", ".join(map(safe_excerpt, names))
        return TurnedAway(FORBIDDEN, None, text, None, matched or "domain_suffixes")
    if not domain.has_ip_acl:
        return TurnedAway(
            FORBIDDEN,
            NO_AUTHENTICATION,
            "Insufficient permissions - neither an IP access control list nor a credential list is mapped",
            domain,
            domain.domain_name,
        )
    allowed = await domains.allowed_addresses(domain.sid)
    if isinstance(source, ipaddress.IPv4Address) and any(source in entry.network for entry in allowed):
        return Admitted(domain)
    return TurnedAway(
        FORBIDDEN,
        SOURCE_NOT_LISTED,
        "Authentication failure - source IP Address not in ACL",
        domain,
        f"{source} against {len(allowed)} listed addresses of {domain.domain_name}",
    )


def _names(host: str, called_at: frozenset[str], settings: Settings) -> tuple[str, ...]:
    """The names under which the Domain may be stored."""
    if _is_own(host, called_at):
        if settings.default_domain is None:
            return ()
        return settings.names.spellings(settings.names.full_name(settings.default_domain))
    return settings.names.spellings(host)


async def _find(names: tuple[str, ...], domains: SipDomains) -> SipDomain | None:
    for name in names:
        domain = await domains.find_by_name(name)
        if domain is not None:
            return domain
    return None


def _is_own(host: str, called_at: frozenset[str]) -> bool:
    address = _address(host)
    if address is None:
        return normal(host) == "localhost"
    return address.is_loopback or str(address) in called_at


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
