"""A call to `<Sip>` or `<Client>`: the attempts that are made, one for each URI, and what a 200 tells.

    <Uri> by priority, by weight within one --> 408, 5xx, no response within 4 s --> the next one
                                            --> busy, declined, not found: the callee's own word, the end

A URI that leads nowhere is noted and passed over; where each one leads is asked before the first INVITE.
Called by `dial_callee.py`. Source: reference/twiml 6.6, sip-interface 4.4, 4.5, 5.1, 15.1.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from offhook.call.call import Call
from offhook.call.destination import Attempt
from offhook.model.passed_headers import passed_headers
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError
from offhook.sip.invitation import Invitation
from offhook.sip.uri import SipUri, escape_user
from offhook.switchboard.caller import caller_user
from offhook.switchboard.destinations import NoDestinationError, Ringing, clients_of, destinations_of
from offhook.switchboard.services import Services
from offhook.twiml.dial.client import Client
from offhook.twiml.dial.sip import Sip, SipTarget
from offhook.verbs.dialler import Callee
from offhook.webhook.ports import SipParameters

INVALID_URI: Final = 13243


@dataclass(frozen=True, slots=True)
class Way:
    """One attempt to be, and the Domain that it goes to."""

    attempt: Attempt
    ringing: Ringing

    @property
    def host(self) -> str:
        """Of the To header, by which the callee's answer is known for this attempt's."""
        return self.attempt.invitation.uri.host


async def ways_to(call: Call, callee: Callee, noun: Sip | Client, services: Services) -> list[Way]:
    """The attempts for a noun, in the order in which they are made. Raises: NoDestinationError for none."""
    if isinstance(noun, Client):
        uri = SipUri("sip", services.realm, user=escape_user(noun.identity))
        ringing = await clients_of(noun.identity, callee.parent.account_sid, services)
        return [_way(call, uri, ringing, _from(callee, ringing, services))]
    found = await asyncio.gather(
        *(_way_to_target(call, callee, target, services) for target in noun.targets), return_exceptions=True
    )
    ways: list[Way] = []
    for each in found:
        if isinstance(each, Way):
            ways.append(each)
        elif not isinstance(each, NoDestinationError):
            raise each
    failures = [each for each in found if isinstance(each, NoDestinationError)]
    told = failures if ways else failures[:-1]
    for failure in told:
        call.note(failure.error_code, failure.message)
    if not ways:
        raise failures[-1]
    return ways


async def _way_to_target(call: Call, callee: Callee, target: SipTarget, services: Services) -> Way:
    """Raises: NoDestinationError."""
    uri, login = _uri(target), target.login
    credentials = None if login is None else Credentials(login.username, login.password)
    account_sid = callee.parent.account_sid
    ringing = await destinations_of(uri, account_sid, services, credentials, is_secure=target.is_secure)
    way = _way(call, uri, ringing, _from(callee, ringing, services), target.headers)
    return replace(way, attempt=replace(way.attempt, is_secure=target.is_secure))


def _from(callee: Callee, ringing: Ringing, services: Services) -> SipUri:
    """At the callee's own Domain where it is registered at one (reference/sip-interface 5.1)."""
    host = ringing.domain_name or services.realm
    return SipUri("sip", host, user=escape_user(caller_user(callee.caller_id)))


def _way(
    call: Call, uri: SipUri, ringing: Ringing, from_uri: SipUri, headers: tuple[tuple[str, str], ...] = ()
) -> Way:
    invitation = Invitation(uri=uri, from_uri=from_uri, headers=(*call.invite_headers, *headers))
    return Way(Attempt(invitation, ringing.destinations, ringing.media_host), ringing)


def _uri(target: SipTarget) -> SipUri:
    try:
        return SipUri.parse(target.uri)
    except SipError as error:
        raise NoDestinationError(INVALID_URI, f"{target.uri} is no SIP URI: {error.message}") from error


def sip_parameters(call: Call, ways: list[Way]) -> SipParameters:
    """What the whisper of a `<Sip>` is told, once it was answered: of its headers the `X-` ones alone."""
    session = call.leg.session
    host = session.request.to.uri.host
    ringing = next((way.ringing for way in ways if way.host == host), None)
    return SipParameters(
        domain=ringing.domain_name if ringing is not None and ringing.domain_name else host,
        domain_sid=ringing.domain_sid if ringing is not None else None,
        call_id=session.call_id,
        source_ip=session.flow.remote.host,
        username=None,
        headers=passed_headers(call.leg.final_headers),
    )
