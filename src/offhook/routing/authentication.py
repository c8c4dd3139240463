"""Digest against the credential lists mapped to a Domain: for calls (`admission`) and for the registrar.

Source: reference/sip-interface 2; RFC 3261 §22. The arithmetic is `sip/digest`'s.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from offhook.base.errors import safe_excerpt
from offhook.base.frozen import frozen
from offhook.model.credential import Credential, MappingScope
from offhook.routing.decision import Challenge, Entrance, TurnedAway
from offhook.routing.directory import Directory
from offhook.routing.door import Door
from offhook.sip.digest.algorithm import Algorithm
from offhook.sip.digest.server import DigestGate, FindHa1, Outcome
from offhook.sip.error import SipError
from offhook.sip.flow import Flow
from offhook.sip.headers.authorization import Authorization
from offhook.sip.message import Request

BAD_CREDENTIALS: Final = 32202
THROTTLED_RETRY_S: Final = 60
"""The throttle's window."""
_WORDS: Final = {MappingScope.CALLS: "calls", MappingScope.REGISTRATIONS: "registrations"}


@frozen
class Authenticated:
    """The sender knows the password of this user."""

    username: str
    """As in the credential list."""
    changed_at: datetime
    """When the password was set last; of several of that name, the latest."""


async def authenticate(
    request: Request, flow: Flow, domain: Entrance, door: Door, now: float, *, scope: MappingScope
) -> Authenticated | Challenge | TurnedAway:
    """Judge the Proxy-Authorization of a request, or ask for one.

    flow: how it came; failures are counted by its address. now: monotonic seconds.
    Raises: StoreBusyError.
    """
    value = door.gate.choose(request.headers.get_all("Proxy-Authorization"))
    if value is None:
        return _challenge(door.gate, now, stale=False)
    try:
        given = Authorization.parse(value)
    except SipError as error:
        return _malformed(domain, error.message)
    username = given.user
    users = await door.directory.credentials(domain, scope, username)
    source = flow.remote.host

    verdict = door.gate.check(given, request.method, _finder(users), now, source=source)
    match verdict.outcome:
        case Outcome.ACCEPTED:
            return Authenticated(username, max(user.updated_at for user in users))
        case Outcome.STALE:
            return _challenge(door.gate, now, stale=True)
        case Outcome.MALFORMED:
            return _malformed(domain, verdict.reason)
        case Outcome.THROTTLED:
            return TurnedAway(
                503,
                BAD_CREDENTIALS,
                "Authentication failure - too many failed attempts",
                domain,
                f"failures of user {safe_excerpt(username)} from {source} within a minute",
                headers=(("Retry-After", str(THROTTLED_RETRY_S)),),
            )
        case Outcome.WRONG:
            return TurnedAway(
                403,
                BAD_CREDENTIALS,
                "Authentication failure - bad user credentials",
                domain,
                f"user {safe_excerpt(username)} against the credential lists mapped to {domain.domain_name} "
                f"for {_WORDS[scope]}",
                await _nearly(username, users, domain, scope, door.directory),
            )


def _finder(users: Sequence[Credential]) -> FindHa1:
    """What the gate asks for hashes with: two lists may give one name different passwords."""

    def find_ha1(_username: str, algorithm: Algorithm) -> tuple[str, ...]:
        return tuple(
            (user.ha1_md5 if algorithm is Algorithm.MD5 else user.ha1_sha256).reveal() for user in users
        )

    return find_ha1


def _challenge(gate: DigestGate, now: float, *, stale: bool) -> Challenge:
    return Challenge(tuple(("Proxy-Authenticate", value) for value in gate.challenge(now, stale=stale)))


def _malformed(domain: Entrance, reason: str) -> TurnedAway:
    return TurnedAway(400, None, f"Proxy-Authorization: {reason}", domain, "our challenge")


async def _nearly(
    username: str,
    users: Sequence[Credential],
    domain: Entrance,
    scope: MappingScope,
    directory: Directory,
) -> str:
    """For the operator only: a caller must not learn which users exist, not even by the time it takes."""
    others = [other for other in MappingScope if other is not scope]
    elsewhere = [other for other in others if await directory.credentials(domain, other, username)]
    unmapped = await directory.lists_with(domain.account_sid, username)
    if users:
        return f"there is a user {username}: the password is another"
    if elsewhere:
        return f"user {username} is in a list that is mapped for {_WORDS[elsewhere[0]]} only"
    if unmapped:
        name = safe_excerpt(unmapped[0].friendly_name)
        return f"user {username} is in credential list {name}, which is not mapped to {domain.domain_name}"
    if username != username.strip() or "@" in username:
        return "the user name has a space or a domain in it; it is the plain name of the list"
    return ""
