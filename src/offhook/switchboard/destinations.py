"""Where a SIP URI rings: the bindings of a registered user of ours, else wherever RFC 3263 leads.

Called by `place_call.py` and `dial_sip.py`. Source: reference/sip-interface 4 and 5.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from offhook.call.destination import Destination
from offhook.model.binding import Binding
from offhook.registrar.flow import flow_of
from offhook.routing.directory import numeric
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError
from offhook.sip.flow import Flow, Transport
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.uri import SipUri
from offhook.store.ports import StoreBusyError
from offhook.switchboard.services import Services
from offhook.transport.ports import NoRouteError, Target

NOWHERE = ".invalid"
"""What browsers write where their address would stand (RFC 7118 §5.4, RFC 2606 §2)."""
INTERNAL_FAILURE = 12400
NOT_REGISTERED = 32009
TLS_REQUIRED = 32209
UNREACHABLE = 13254
OTHER_ACCOUNT = 32214
NO_USER = 32223


class NoDestinationError(Exception):
    """A URI that rings nowhere.

    error_code: 32009 for a user of ours who is not registered, 32209 for one who is but not over TLS, where
    SRTP was asked for, 32223 for none, 32214 at the Domain
    of another account, 13254 for a host that leads nowhere, 12400 when the database does not answer.
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
) -> Ringing:
    """Find out where a URI rings.

    account_sid: whose users are looked for. is_secure: of them, who is registered over TLS; a URI that leads
    elsewhere says itself that it goes over TLS.
    Raises: NoDestinationError.
    """
    try:
        domain = await services.door.directory.find_named(uri.host)
    except StoreBusyError as error:
        text = f"{uri} could not be looked up, the database does not answer: {error}"
        raise NoDestinationError(INTERNAL_FAILURE, text) from error
    if domain is not None:
        if domain.account_sid != account_sid:
            raise NoDestinationError(OTHER_ACCOUNT, f"{uri} is at a SIP Domain of another account")
        if not uri.username:
            raise NoDestinationError(NO_USER, f"{uri} names no user of the SIP Domain")
        found = services.registrar.bindings(domain.sid, uri.username, services.endpoint.now())
        if not found:
            raise NoDestinationError(NOT_REGISTERED, f"{uri} is not registered")
        if is_secure:
            found = tuple(each for each in found if Transport(each.flow.transport).is_secure)
        if not found:
            text = f"{uri} is registered, but not over TLS, without which there is no SRTP (secure=true)"
            raise NoDestinationError(TLS_REQUIRED, text)
        ringing = _ringing(str(uri), found, services)
        return replace(ringing, domain_name=domain.domain_name, domain_sid=domain.sid)
    try:
        located = await services.endpoint.locate(uri)
    except NoRouteError as error:
        raise NoDestinationError(UNREACHABLE, str(error)) from error
    hops = tuple(target.as_uri for target in located)
    is_open = uri.scheme == "sip" and uri.parameter("transport") is None
    destination = Destination(uri, hops, credentials=credentials, is_transport_open=is_open)
    return Ringing((destination,), _media_host(located[0], services))


def clients_of(identity: str, account_sid: str, services: Services) -> Ringing:
    """Every phone of an account that is registered as this user, at whichever of its Domains.

    Raises: NoDestinationError.
    """
    found = services.registrar.bindings_of(account_sid, identity, services.endpoint.now())
    if not found:
        raise NoDestinationError(NOT_REGISTERED, f"client:{identity} is not registered")
    return _ringing(f"client:{identity}", found, services)


def _ringing(whom: str, found: Sequence[Binding], services: Services) -> Ringing:
    """Raises: NoDestinationError, that of the first binding when no phone can be reached."""
    destinations: list[Destination] = []
    media_host = ""
    refusal: NoDestinationError | None = None
    for binding in found:
        try:
            destinations.append(_to_binding(whom, binding, services))
            media_host = media_host or _media_host(_target(flow_of(binding)), services)
        except NoDestinationError as error:
            refusal = refusal or error
    if not destinations:
        raise refusal or NoDestinationError(NOT_REGISTERED, f"{whom} is not registered")
    return Ringing(tuple(destinations), media_host)


def _target(flow: Flow) -> Target:
    """The way back to a phone: where its REGISTER came from, that very connection when it has one."""
    return Target(flow.transport, flow.remote, serial=flow.serial)


def _to_binding(whom: str, binding: Binding, services: Services) -> Destination:
    """Raises: NoDestinationError."""
    flow = flow_of(binding)
    try:
        uri = SipUri.parse(binding.contact)
        hop = _target(flow).as_uri if services.endpoint.is_open(flow) else _anew(uri, binding, flow)
    except SipError as error:
        raise NoDestinationError(NOT_REGISTERED, f"the contact {binding.contact!r} cannot be used") from error
    if hop is None:
        text = f"{whom} is registered over a connection that is closed ({flow.transport} from {flow.remote})"
        raise NoDestinationError(NOT_REGISTERED, f"{text}, and the phone alone can open another one")
    return Destination(uri, (hop,), route=binding.path, is_redirectable=False)


def _anew(contact: SipUri, binding: Binding, flow: Flow) -> SipUri | None:
    """Where a phone can be reached whose connection is lost; None where it alone can open one.

    The first proxy of its Path; else its Contact, by the same transport: a name, or the address that it came
    from. Another address is one behind its NAT. A phone with outbound has said that its flow is the only way
    (RFC 5626 §5.3), and a browser has none but its own. Raises: SipError.
    """
    if flow.transport.is_websocket or binding.reg_id:
        return None
    if binding.path:
        return NameAddr.parse(binding.path[0]).uri
    if contact.host.endswith(NOWHERE) or (contact.parameter("transport") or "").lower() in ("ws", "wss"):
        return None
    address = numeric(contact.host)
    if address is not None and str(address) != flow.remote.host:
        return None
    kept = (each for each in contact.parameters if each[0].lower() != "transport")
    return replace(contact, user=None, parameters=(*kept, ("transport", flow.transport.parameter)))


def _media_host(target: Target, services: Services) -> str:
    try:
        return services.endpoint.media_host_towards(target)
    except NoRouteError as error:
        raise NoDestinationError(UNREACHABLE, str(error)) from error
