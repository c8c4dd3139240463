"""Where a SIP URI rings: the bindings of a registered user of ours, else wherever RFC 3263 leads.

Called by `place_call.py` and `dial_sip.py`. Source: reference/sip-interface 4 and 5.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from offhook.call.destination import Destination
from offhook.model.binding import Binding, BindingFlow
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError
from offhook.sip.flow import Address, Transport
from offhook.sip.uri import SipUri
from offhook.store.ports import StoreBusyError
from offhook.switchboard.services import Services
from offhook.transport.ports import NoRouteError, Target

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
            found = tuple(each for each in found if each.flow.transport == Transport.TLS.value)
        if not found:
            text = f"{uri} is registered, but not over TLS, without which there is no SRTP (secure=true)"
            raise NoDestinationError(TLS_REQUIRED, text)
        return replace(_ringing(found, services), domain_name=domain.domain_name, domain_sid=domain.sid)
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
    return _ringing(found, services)


def _ringing(found: Sequence[Binding], services: Services) -> Ringing:
    targets = [_target(binding.flow) for binding in found]
    return Ringing(
        tuple(_to_binding(binding, target) for binding, target in zip(found, targets, strict=True)),
        _media_host(targets[0], services),
    )


def _target(flow: BindingFlow) -> Target:
    """The way back to a phone: where its REGISTER came from, its connection when it has one."""
    return Target(Transport(flow.transport), Address(flow.remote_host, flow.remote_port))


def _to_binding(binding: Binding, target: Target) -> Destination:
    try:
        uri = SipUri.parse(binding.contact)
    except SipError as error:
        raise NoDestinationError(NOT_REGISTERED, f"the contact {binding.contact!r} cannot be used") from error
    return Destination(uri, (target.as_uri,), route=binding.path, is_redirectable=False)


def _media_host(target: Target, services: Services) -> str:
    try:
        return services.endpoint.media_host_towards(target)
    except NoRouteError as error:
        raise NoDestinationError(UNREACHABLE, str(error)) from error
