"""Where a SIP URI rings: the bindings of a registered user of ours, else wherever RFC 3263 leads.

Called by `place_call.py` and `dial_sip.py`. Source: reference/sip-interface 4 and 5.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from offhook.base.public_address import is_public
from offhook.call.destination import Destination
from offhook.model.binding import Binding
from offhook.model.sip_domain import SipDomain
from offhook.registrar.flow import flow_of, has_flow, is_dialable
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError
from offhook.sip.flow import Transport
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.uri import SipUri
from offhook.store.ports import StoreBusyError
from offhook.switchboard.services import Services
from offhook.transport.ports import NoRouteError, Target

INTERNAL_FAILURE = 12400
NO_DOMAIN = 32002
NOT_REGISTERED = 32009
LOOPS = 32105
TLS_REQUIRED = 32209
UNREACHABLE = 13254
OTHER_ACCOUNT = 32214
NO_USER = 32223


class NoDestinationError(Exception):
    """A URI that rings nowhere.

    error_code: 32009 for a user of ours who is not registered, 32209 for one who is but not over TLS, where
    SRTP was asked for, 32223 for none, 32214 at the Domain of another account, 32002 at one that there is
    not, 13254 for a host that leads nowhere or where calls may not go, 32105 for one that leads back to us,
    12400 when the database does not answer.
    """

    def __init__(self, error_code: int, message: str) -> None:
        super().__init__(message)
        self.error_code = error_code
        self.message = message
        self.sip_status = 480 if error_code in (NOT_REGISTERED, TLS_REQUIRED) else None
        """As of a registrar that knows no way to the user (reference/sip-interface 5.1)."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """What to ring, and the address that stands in the offer."""

    destinations: tuple[Destination, ...]
    media_host: str
    domain_name: str = ""
    """Of the Domain that the user is registered at; "" for a foreign host."""
    domain_sid: str | None = None


async def destinations_of(
    uri: SipUri,
    account_sid: str,
    services: Services,
    credentials: Credentials | None = None,
    *,
    is_secure: bool = False,
    is_verified: bool = True,
) -> Ringing:
    """Find out where a URI rings.

    account_sid: whose users are looked for. is_secure: of them, who is registered over TLS; a URI that leads
    elsewhere says itself that it goes over TLS. is_verified: whether a certificate there must be good.
    Raises: NoDestinationError.
    """
    try:
        domain = await services.door.directory.find_named(uri.host)
        if domain is not None:
            return await _user_of(domain, uri, account_sid, services, is_secure=is_secure)
    except StoreBusyError as error:
        raise _unknown(str(uri), error) from error
    if services.door.directory.is_ours(uri.host):
        text = f"{uri.host} would be a SIP Domain of this node, and there is none of that name"
        raise NoDestinationError(NO_DOMAIN, text)
    try:
        located = await services.endpoint.locate(uri)
    except NoRouteError as error:
        raise NoDestinationError(UNREACHABLE, str(error)) from error
    located = _allowed(uri, located, services)
    hops = tuple(replace(target, is_verified=is_verified).as_uri for target in located)
    is_open = uri.scheme == "sip" and uri.parameter("transport") is None
    destination = Destination(uri, hops, credentials=credentials, is_transport_open=is_open)
    return Ringing((destination,), _media_host(located[0], services))


def _allowed(uri: SipUri, located: Sequence[Target], services: Services) -> tuple[Target, ...]:
    """Where a foreign URI may lead: not back to us, and to private addresses where the operator allows it.

    Raises: NoDestinationError.
    """
    away = tuple(target for target in located if not services.endpoint.is_own(target))
    if not away:
        raise NoDestinationError(
            LOOPS, f"{uri} leads back to this node: {located[0]} is a listener of its own"
        )
    if services.door.allow_private:
        return away
    public = tuple(target for target in away if is_public(target.address.host))
    if not public:
        text = f"{uri} leads to {away[0]}, no public address; allow_private_webhooks lets calls go there"
        raise NoDestinationError(UNREACHABLE, text)
    return public


async def clients_of(identity: str, account_sid: str, services: Services) -> Ringing:
    """Every phone of an account that is registered as this user, at whichever of its Domains.

    Raises: NoDestinationError.
    """
    try:
        found = await services.registrar.bindings_of(account_sid, identity, services.endpoint.now())
    except StoreBusyError as error:
        raise _unknown(f"client:{identity}", error) from error
    if not found:
        raise NoDestinationError(NOT_REGISTERED, f"client:{identity} is not registered")
    return await _ringing(found, services)


async def _user_of(
    domain: SipDomain, uri: SipUri, account_sid: str, services: Services, *, is_secure: bool
) -> Ringing:
    """The phones of a user of ours. Raises: NoDestinationError, StoreBusyError."""
    if domain.account_sid != account_sid:
        raise NoDestinationError(OTHER_ACCOUNT, f"{uri} is at a SIP Domain of another account")
    if not uri.username:
        raise NoDestinationError(NO_USER, f"{uri} names no user of the SIP Domain")
    found = await services.registrar.bindings(domain, uri.username, services.endpoint.now())
    if not found:
        raise NoDestinationError(NOT_REGISTERED, f"{uri} is not registered")
    if is_secure:
        found = tuple(each for each in found if Transport(each.flow.transport).is_secure)
    if not found:
        text = f"{uri} is registered, but not over TLS, without which there is no SRTP (secure=true)"
        raise NoDestinationError(TLS_REQUIRED, text)
    ringing = await _ringing(found, services)
    return replace(ringing, domain_name=domain.domain_name, domain_sid=domain.sid)


def _unknown(callee: str, error: StoreBusyError) -> NoDestinationError:
    text = f"{callee} could not be looked up: {error}"
    return NoDestinationError(INTERNAL_FAILURE, text)


async def _ringing(found: Sequence[Binding], services: Services) -> Ringing:
    """A branch for each phone that there is a way to. Raises: NoDestinationError when there is to none."""
    destinations: list[Destination] = []
    failure = NoDestinationError(NOT_REGISTERED, "nobody is registered")
    media_host = ""
    for flows in phones_of(found):
        try:
            destination, target = await _way_to(flows, services)
            media_host = media_host or _media_host(target, services)
            destinations.append(destination)
        except NoDestinationError as error:
            failure = error
    if not destinations:
        raise failure
    return Ringing(tuple(destinations), media_host)


def phones_of(found: Sequence[Binding]) -> list[tuple[Binding, ...]]:
    """The bindings by phone: one that has several flows (RFC 5626) rings once, on the latest that works."""
    by_phone: dict[tuple[str, ...], list[Binding]] = {}
    for binding in found:
        name = (binding.domain_sid, binding.instance) if binding.reg_id else (binding.sid,)
        by_phone.setdefault(name, []).append(binding)
    return [tuple(sorted(flows, key=_latest_first)) for flows in by_phone.values()]


def _latest_first(binding: Binding) -> float:
    return -binding.updated_at.timestamp()


async def _way_to(flows: Sequence[Binding], services: Services) -> tuple[Destination, Target]:
    """The branch to a phone, and the first place that it is sent to: its flows, one in place of another.

    Raises: NoDestinationError when none leads there.
    """
    way: tuple[Destination, Target] | None = None
    failure = NoDestinationError(NOT_REGISTERED, "nobody is registered")
    for binding in reversed(flows):
        try:
            targets = await _ways_to(binding, services)
            uri = SipUri.parse(binding.contact)
        except SipError as error:
            failure = NoDestinationError(NOT_REGISTERED, f"{binding.contact!r} cannot be called: {error}")
        except NoDestinationError as error:
            failure = error
        else:
            hops = tuple(target.as_uri for target in targets)
            instead = None if way is None else way[0]
            branch = Destination(uri, hops, route=binding.path, instead=instead, is_redirectable=False)
            way = branch, targets[0]
    if way is None:
        raise failure
    return way


async def _ways_to(binding: Binding, services: Services) -> tuple[Target, ...]:
    """The way back to a phone: where its REGISTER came from, that very connection when it has one.

    Once that is gone, where Path or the Contact lead, who came by TLS by TLS. Raises: NoDestinationError.
    """
    flow = flow_of(binding)
    if has_flow(binding) and services.endpoint.is_open(flow):
        return (Target(flow.transport, flow.remote, serial=flow.serial),)
    if not is_dialable(binding):
        text = f"{binding.contact} is registered over a connection that is closed ({flow.transport} from "
        text += f"{flow.remote}), and the phone alone can open another one"
        raise NoDestinationError(NOT_REGISTERED, text)
    try:
        next_hop = NameAddr.parse(binding.path[0]).uri if binding.path else SipUri.parse(binding.contact)
        if flow.transport.is_secure:
            next_hop = _over_tls(next_hop)
        return await services.endpoint.locate(next_hop)
    except (SipError, NoRouteError) as error:
        text = f"the connection of {binding.contact} is gone, and its Contact leads nowhere: {error}"
        raise NoDestinationError(NOT_REGISTERED, text) from error


def _over_tls(uri: SipUri) -> SipUri:
    kept = (each for each in uri.parameters if each[0].lower() != "transport")
    return replace(uri, parameters=(*kept, ("transport", Transport.TLS.parameter)))


def _media_host(target: Target, services: Services) -> str:
    try:
        return services.endpoint.media_host_towards(target)
    except NoRouteError as error:
        raise NoDestinationError(UNREACHABLE, str(error)) from error
