"""A call to a carrier: the attempts, one for each target of the trunk, and what is said of them.

    targets by priority, by weight within one --> 408, 5xx, no response within 4 s, no connection --> the next
                                              --> busy, declined, not found: the callee's own word, the end
    no target that is enabled: 32010 · each attempt that failed: 32011 · all of them: 32400 as well

The Request-URI is the target's, with the number as its user. What stands in From is a number: one of the
account's, or the one that called. Called by `dial_number.py`; `note_failure` by who called that.
Source: reference/sip-interface 4.2 to 4.4, 8.2, twiml 6.2; RFC 3325 §9.1 for P-Asserted-Identity.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from offhook.call.call import Call
from offhook.call.destination import Attempt
from offhook.call.leg_state import LegCause
from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.call import CallStatus
from offhook.model.carrier_registration import CarrierRegistration
from offhook.routing.order_of_trial import in_order_of_trial
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError
from offhook.sip.invitation import Invitation
from offhook.sip.uri import SipUri, escape_user
from offhook.switchboard.caller import WITHHELD, caller_user
from offhook.switchboard.destinations import NoDestinationError, destinations_of
from offhook.switchboard.services import Services
from offhook.switchboard.trunk_target import TrunkTarget, read_target
from offhook.twiml.dial.phone_number import to_e164

NO_TARGET: Final = 32010
ATTEMPT_FAILED: Final = 32011
ALL_FAILED: Final = 32400
NOT_OWNED: Final = 13214
NO_NUMBER: Final = 13247
ANONYMOUS: Final = SipUri("sip", "anonymous.invalid", user="anonymous")
"""RFC 3323 §4.1.1.3."""


@dataclass(frozen=True, slots=True)
class _Target:
    """One address of the carrier."""

    written: str
    """As the account wrote it."""
    priority: int
    weight: int
    proxy: str | None = None
    """Where its calls are sent instead."""


@dataclass(frozen=True, slots=True)
class _Route:
    """What all attempts have in common."""

    number: str
    account_sid: str
    credentials: Credentials | None
    """Of the account that we have at the carrier."""


async def attempts_by(
    trunk: ByocTrunk, call: Call, number: str, caller_id: str, services: Services
) -> tuple[Attempt, ...]:
    """What is tried to reach a number by a trunk, in this order; at least one.

    Raises: NoDestinationError, StoreBusyError.
    """
    carrier = await services.store.carrier_registrations.fetch(trunk.account_sid, trunk.sid)
    targets = in_order_of_trial(await _targets(trunk, carrier, services), services.chance)
    if not targets:
        text = f"{number} cannot be reached: {_name(trunk)} has no connection policy with an enabled target"
        raise NoDestinationError(NO_TARGET, text)
    from_uri, headers = await _caller(trunk, carrier, call, caller_id, services)
    credentials = None if carrier is None else Credentials(carrier.username, carrier.password)
    route = _Route(number, call.record.account_sid, credentials)
    invitation = Invitation(uri=from_uri, from_uri=from_uri, headers=(*call.identity_headers, *headers))
    found = await asyncio.gather(
        *(_attempt(target, route, invitation, services) for target in targets),
        return_exceptions=True,
    )
    attempts: list[Attempt] = []
    for target, each in zip(targets, found, strict=True):
        if isinstance(each, Attempt):
            attempts.append(each)
        elif isinstance(each, NoDestinationError):
            call.note(ATTEMPT_FAILED, f"{target.written} of {_name(trunk)} was not tried: {each.message}")
        else:
            raise each
    if not attempts:
        raise NoDestinationError(ALL_FAILED, f"{number} was not reached by any target of {_name(trunk)}")
    return tuple(attempts)


def note_failure(call: Call, trunk: ByocTrunk | None) -> None:
    """Say of a call that has ended that its carrier failed, where it did: a callee's own word is no failure.

    trunk: None where the call went by none.
    """
    end = call.leg.end
    if trunk is None or call.record.status is not CallStatus.FAILED:
        return
    if end is None or end.cause is not LegCause.REFUSED_THERE or end.sip_status is None:
        return
    if end.sip_status == 408 or 500 <= end.sip_status < 600:
        call.note(ALL_FAILED, f"{call.record.to} was not reached by any target of {_name(trunk)}")


async def _targets(
    trunk: ByocTrunk, carrier: CarrierRegistration | None, services: Services
) -> list[_Target]:
    """Those that are enabled; of a trunk without a policy where it is registered."""
    if trunk.connection_policy_sid is None:
        return [] if carrier is None else [_Target(carrier.registrar, 0, 1, carrier.proxy)]
    targets = services.store.connection_policy_targets
    found = await targets.all_of(trunk.account_sid, trunk.connection_policy_sid)
    return [_Target(each.target, each.priority, each.weight) for each in found if each.enabled]


async def _attempt(target: _Target, route: _Route, invitation: Invitation, services: Services) -> Attempt:
    """Raises: NoDestinationError."""
    to = _read(target.written)
    way = to if target.proxy is None else _read(target.proxy)
    uri, hop = (_called(each.uri, route.number) for each in (to, way))
    ringing = await destinations_of(
        hop,
        route.account_sid,
        services,
        route.credentials,
        is_secure=to.is_secure,
        is_verified=way.is_verified,
    )
    destinations = tuple(replace(each, uri=uri) for each in ringing.destinations)
    return Attempt(replace(invitation, uri=uri), destinations, ringing.media_host, to.is_secure)


def _read(written: str) -> TrunkTarget:
    """Raises: NoDestinationError."""
    try:
        return read_target(written)
    except SipError as error:
        raise NoDestinationError(NO_TARGET, f"{written} is no SIP URI: {error.message}") from error


def _called(uri: SipUri, number: str) -> SipUri:
    """The carrier's URI with the number as its user."""
    return replace(uri, user=escape_user(number), password=None)


async def _caller(
    trunk: ByocTrunk, carrier: CarrierRegistration | None, call: Call, caller_id: str, services: Services
) -> tuple[SipUri, tuple[tuple[str, str], ...]]:
    """From, and the headers that go with it. Raises: NoDestinationError, StoreBusyError."""
    if caller_user(caller_id).lower() in WITHHELD:
        return ANONYMOUS, (("Privacy", "id"),)
    host = await _from_host(trunk, carrier, services)
    user = escape_user(await _caller_number(call, caller_id, services))
    uri = SipUri("sip", host, user=user)
    return uri, (("P-Asserted-Identity", f"<{uri}>"),)


async def _caller_number(call: Call, caller_id: str, services: Services) -> str:
    """A number as it is; of a SIP caller the user, where that is a number of the account's own."""
    number = to_e164(caller_id)
    if number is not None:
        return number  # whether it may be shown was asked when it was chosen
    number = to_e164(caller_user(caller_id))
    if number is None:
        text = (
            f"a carrier must be shown a number, and {caller_id} is none: set callerId to one of the account's"
        )
        raise NoDestinationError(NO_NUMBER, text)
    own = await services.store.incoming_phone_numbers.find_by_number(number)
    if own is None or own.account_sid != call.record.account_sid:
        text = (
            f"{caller_id} must not be shown to a carrier: {number} is no number of this account, and a SIP "
            "caller says what it likes; set callerId to a number of this account"
        )
        raise NoDestinationError(NOT_OWNED, text)
    return number


async def _from_host(trunk: ByocTrunk, carrier: CarrierRegistration | None, services: Services) -> str:
    """The From Domain, else the carrier's where we are registered, the first that it calls, or our own."""
    if trunk.from_domain_sid is not None:
        domain = await services.store.sip_domains.fetch(trunk.account_sid, trunk.from_domain_sid)
        if domain is not None:
            return domain.domain_name
    if carrier is not None:
        return read_target(carrier.registrar).uri.host
    return await services.store.byoc_trunks.first_domain(trunk.account_sid, trunk.sid) or services.realm


def _name(trunk: ByocTrunk) -> str:
    return f"BYOC trunk {trunk.sid}" + (f" ({trunk.friendly_name})" if trunk.friendly_name else "")
