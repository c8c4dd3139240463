"""Who may call in: the Request-URI's host picks the SIP Domain, the lists mapped to the Domain decide.

    no such Domain 403 · account not active 603 · secure Domain without TLS 403 · Contact leads back to us 400
    nothing mapped                               403 with 32200
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
from offhook.model.error_code import describe
from offhook.model.sip_domain import SipDomain
from offhook.model.trunk import Trunk
from offhook.routing.authentication import Authenticated, authenticate
from offhook.routing.decision import Admitted, AdmittedToTrunk, Challenge, Entrance, TurnedAway
from offhook.routing.directory import Directory, numeric
from offhook.routing.door import Door
from offhook.routing.sip_domain import normal
from offhook.sip.error import SipError
from offhook.sip.flow import Flow
from offhook.sip.headers.authorization import Authorization
from offhook.sip.message import Request
from offhook.sip.uri import SipUri
from offhook.store.ports import StoreBusyError

FORBIDDEN: Final = 403
ACCOUNT_NOT_ACTIVE: Final = 10001
LOOPS: Final = 32105
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
            return _usable(mapped, flow) or _looping(request, flow, mapped, door) or Admitted(mapped)
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
        return await _nowhere(request, flow, door)
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
    return TurnedAway(503, None, str(error), None, "database", headers=headers)


async def _nowhere(request: Request, flow: Flow, door: Door) -> TurnedAway:
    """No Domain: its account is not known, unless the sender names one elsewhere (sip-interface 0)."""
    host, directory = request.uri.host, door.directory
    shown = safe_excerpt(host)
    where, named = await _named_elsewhere(request, door)
    nearly = "" if named is None else f"SIP Domain {named.domain_name}, which {where} names"
    if numeric(host) is not None:
        text = f"{shown} is an address, not the name of a SIP Domain"
        return TurnedAway(FORBIDDEN, None, text, None, "default_domain", nearly, named)
    near = await directory.misspelt(host)
    return TurnedAway(
        FORBIDDEN,
        None,
        f"there is no SIP Domain {shown}",
        None,
        ", ".join(map(safe_excerpt, directory.spellings(host, flow))) or "domain_suffixes",
        nearly if near is None else f"SIP Domain {near}",
        named,
    )


async def _named_elsewhere(request: Request, door: Door) -> tuple[str, SipDomain | None]:
    """The Domain in To, From or the answer to our challenge, and which of them it is."""
    hosts: list[tuple[str, str]] = []
    for name, address in (("To", request.to), ("From", request.from_)):
        if address.uri_text[:4].lower() in ("sip:", "sips"):
            hosts.append((name, address.uri.host))
    try:
        answer = door.gate.choose(request.headers.get_all("Proxy-Authorization"))
        if answer is not None:
            hosts.append(("Proxy-Authorization", SipUri.parse(Authorization.parse(answer).uri).host))
    except SipError:
        pass  # it is no answer that could name one
    for name, host in hosts:
        domain = await door.directory.find_named(host)
        if domain is not None:
            return name, domain
    return "", None


def leads_home(contact: SipUri, flow: Flow, *, allow_private: bool) -> bool:
    """Whether requests to a Contact would come back to us: our own listener, or its owner's loopback."""
    address = numeric(contact.host)
    host = contact.host if address is None else str(address)
    port = contact.port or flow.transport.default_port
    if any((host, port) == (own.host, own.port) for own in (flow.local, flow.advertised)):
        return True
    is_loopback = normal(host) == "localhost" or (address is not None and address.is_loopback)
    return is_loopback and not allow_private


def looping(contact: SipUri, domain: Entrance) -> TurnedAway:
    """400 for a Contact that leads home."""
    matched = f"Contact {safe_excerpt(str(contact))} is this node's own address, or loopback"
    return TurnedAway(400, LOOPS, describe(LOOPS).text, domain, matched)


def _looping(request: Request, flow: Flow, domain: Entrance, door: Door) -> TurnedAway | None:
    """What is in the way of a caller whose Contact leads home."""
    contact = None if request.contact is None else request.contact.uri
    if contact is None or not leads_home(contact, flow, allow_private=door.allow_private):
        return None
    return looping(contact, domain)


async def _check_caller(request: Request, flow: Flow, domain: Entrance, door: Door, now: float) -> Decision:
    loop = _looping(request, flow, domain, door)
    if loop is not None:
        return loop
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
                await _nearest(source, listed, domain, door.directory),
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


async def _nearest(
    source: ipaddress.IPv4Address | ipaddress.IPv6Address | None,
    listed: Sequence[IpAddress],
    domain: Entrance,
    directory: Directory,
) -> str:
    """The entry that has most leading bits in common with the source, if it is 16 at least."""
    if not isinstance(source, ipaddress.IPv4Address):
        return "the lists hold IPv4 addresses only" if source is not None else ""

    def bits_shared(entry: IpAddress) -> int:
        return 32 - (int(source) ^ int(entry.network.network_address)).bit_length()

    nearest = max(listed, key=bits_shared, default=None)
    if nearest is None or bits_shared(nearest) < 16:
        return ""
    acl = await directory.access_list(domain.account_sid, nearest.ip_access_control_list_sid)
    of_list = "" if acl is None else f" of access list {safe_excerpt(acl.friendly_name)}"
    return f"{nearest.network} ({safe_excerpt(nearest.friendly_name)}){of_list}"
