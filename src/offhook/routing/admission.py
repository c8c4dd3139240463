"""Who may call in: the Request-URI's host picks the SIP Domain, the lists mapped to the Domain decide.

    no such Domain 403 · account not active 603 · secure Domain without TLS 403 · nothing mapped 403
    access lists mapped:     source address listed?      403 with 32201
    credential lists mapped: Proxy-Authorization right?  407, or 403 with 32202

Both kinds mapped: both must pass, the address first. An INVITE may authenticate as any listed user, whatever
its From. What comes from the address of a source IP mapping is for the mapping's Domain, whose lists are not
asked, unless the Request-URI names another Domain. Called by `switchboard/inbound_call` for every INVITE that
begins a call. No I/O but the store.
Sources: reference/sip-interface 1.1, 2, 8.1, 15.2. Not asked about the node's own calls to its numbers
(`switchboard/own_numbers.py`).
"""

import ipaddress
from collections.abc import Sequence
from typing import Final

from offhook.base.errors import safe_excerpt
from offhook.model.access_control import IpAddress
from offhook.model.credential import MappingScope
from offhook.model.sip_domain import SipDomain
from offhook.model.trunk import Trunk
from offhook.routing.authentication import Authenticated, authenticate
from offhook.routing.decision import Admitted, AdmittedToTrunk, Challenge, Entrance, TurnedAway
from offhook.routing.directory import Directory, numeric
from offhook.routing.door import Door
from offhook.sip.flow import Flow
from offhook.sip.message import Request
from offhook.store.ports import StoreBusyError

FORBIDDEN: Final = 403
ACCOUNT_NOT_ACTIVE: Final = 10001
NO_AUTHENTICATION: Final = 32200
"""Insufficient permissions: nothing is mapped that could let anyone in."""
SOURCE_NOT_LISTED: Final = 32201
TLS_REQUIRED: Final = 32209
RETRY_AFTER_S: Final = 5
"""When the database may answer again."""


Decision = Admitted | AdmittedToTrunk | Challenge | TurnedAway


async def admit(request: Request, flow: Flow, door: Door, now: float) -> Decision:
    """Decide on an INVITE that begins a call.

    request: its Request-URI is a SIP URI. flow: how it came. now: monotonic seconds.
    A database that does not answer turns the call away with 503.
    """
    try:
        mapped = await _mapped_domain(request, flow, door)
        if mapped is not None:
            return _usable(mapped, flow) or Admitted(mapped)
        elastic = await door.directory.find_elastic(request.uri.host)
        if elastic is not None:
            return _usable(elastic, flow) or await _check_caller(request, flow, elastic, door, now)
        found = await open_domain(request, flow, door)
        if isinstance(found, TurnedAway):
            return found
        return await _check_caller(request, flow, found, door, now)
    except StoreBusyError as error:
        return unavailable(error)


async def open_domain(request: Request, flow: Flow, door: Door) -> SipDomain | TurnedAway:
    """The Domain that a request is for, if it may be used at all and on this flow. Raises: StoreBusyError."""
    domain = await door.directory.find_domain(request.uri.host, flow)
    if domain is None:
        return await _nowhere(request.uri.host, flow, door.directory)
    return _usable(domain, flow) or domain


async def _mapped_domain(request: Request, flow: Flow, door: Door) -> SipDomain | None:
    """The Domain that the source of a request leads to; None for none, or where another one is named."""
    mapped = await door.directory.mapped_domain(flow.remote.host)
    if mapped is None:
        return None
    named = await door.directory.find_named(request.uri.host)
    return mapped if named is None or named.sid == mapped.sid else None


def _usable(domain: Entrance, flow: Flow) -> TurnedAway | None:
    """What is in the way of everybody: an account that is not active, a flow that is not secure enough."""
    if not domain.is_account_active:
        return TurnedAway(603, ACCOUNT_NOT_ACTIVE, "Account is not active", domain, domain.account_sid)
    if domain.secure and not flow.transport.is_secure:
        text = "TLS is required"
        return TurnedAway(FORBIDDEN, TLS_REQUIRED, text, domain, f"{flow.transport} against Secure=true")
    return None


def unavailable(error: StoreBusyError) -> TurnedAway:
    """The database does not answer: nobody knows who may come in."""
    headers = (("Retry-After", str(RETRY_AFTER_S)),)
    return TurnedAway(503, None, f"the database does not answer: {error}", None, "database", headers=headers)


async def _nowhere(host: str, flow: Flow, directory: Directory) -> TurnedAway:
    shown = safe_excerpt(host)
    if numeric(host) is not None:
        return TurnedAway(
            FORBIDDEN, None, f"{shown} is an address, not the name of a SIP Domain", None, "default_domain"
        )
    names = directory.spellings(host, flow)
    near = await directory.misspelt(host)
    return TurnedAway(
        FORBIDDEN,
        None,
        f"there is no SIP Domain {shown}",
        None,
        ", ".join(map(safe_excerpt, names)) or "domain_suffixes",
        "" if near is None else f"SIP Domain {near}",
    )


async def _check_caller(request: Request, flow: Flow, domain: Entrance, door: Door, now: float) -> Decision:
    if not domain.has_ip_acl and not domain.has_credential_list:
        return TurnedAway(
            FORBIDDEN,
            NO_AUTHENTICATION,
            "Insufficient permissions - neither an IP access control list nor a credential list is mapped",
            domain,
            domain.domain_name or domain.sid,
            _nearly_mapped(domain),
        )
    if domain.has_ip_acl:
        listed = await door.directory.allowed_addresses(domain)
        source = numeric(flow.remote.host)
        if source is None or not any(source in entry.network for entry in listed):
            return TurnedAway(
                FORBIDDEN,
                SOURCE_NOT_LISTED,
                "Authentication failure - source IP Address not in ACL",
                domain,
                f"{flow.remote.host} against {len(listed)} listed addresses of {domain.domain_name}",
                _nearest(source, listed),
            )
    username: str | None = None
    if domain.has_credential_list:
        answer = await authenticate(request, flow, domain, door, now, scope=MappingScope.CALLS)
        if not isinstance(answer, Authenticated):
            return answer
        username = answer.username
    return AdmittedToTrunk(domain) if isinstance(domain, Trunk) else Admitted(domain, username)


def _nearly_mapped(domain: Entrance) -> str:
    is_for_phones = isinstance(domain, SipDomain) and domain.has_registration_list
    return "a credential list is mapped, but for registrations only" if is_for_phones else ""


def _nearest(
    source: ipaddress.IPv4Address | ipaddress.IPv6Address | None, listed: Sequence[IpAddress]
) -> str:
    """The entry that has most leading bits in common with the source, if it is 16 at least."""
    if not isinstance(source, ipaddress.IPv4Address):
        return "the lists hold IPv4 addresses only" if source is not None else ""

    def bits_shared(entry: IpAddress) -> int:
        return 32 - (int(source) ^ int(entry.network.network_address)).bit_length()

    nearest = max(listed, key=bits_shared, default=None)
    if nearest is None or bits_shared(nearest) < 16:
        return ""
    return f"{nearest.network} ({safe_excerpt(nearest.friendly_name)})"
