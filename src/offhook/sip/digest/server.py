"""Asks callers for a password and judges their answers: for admission and the registrar.

    gate = DigestGate(Settings(realm), chance)
    value = gate.choose(request.headers.get_all("Proxy-Authorization"))
    if value is None: 407 with a Proxy-Authenticate for each of gate.challenge(now)
    verdict = gate.check(value, request.method, find_ha1, now, source=host)

A challenge stores nothing. What is refused: an answer without qop (the form of RFC 2069: it lets
whoever listens replay it), auth-int, and the -sess algorithms, none of which was offered. ACK and
CANCEL must not be challenged at all (RFC 3261 §22.1).

Bent: the `uri` of an answer is hashed as it stands and not held against the Request-URI, which RFC 7616
§3.4.6 wants. PBXs behind a proxy that rewrites the Request-URI, and SIPp, sign the address of their next
hop; Kamailio and Asterisk take it too. A replay for another resource is stopped by the nonce count.
Sources: RFC 7616 §3.3 to 3.6, RFC 8760.
"""

import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Final

from offhook.base.frozen import frozen
from offhook.base.ids import Chance
from offhook.sip.digest.algorithm import Algorithm, ha2, response
from offhook.sip.digest.nonce import NonceCounts, NonceMint
from offhook.sip.digest.settings import Settings
from offhook.sip.digest.throttle import Throttle
from offhook.sip.error import SipError
from offhook.sip.headers.authorization import Authorization
from offhook.sip.headers.www_authenticate import Challenge

FindHa1 = Callable[[str, Algorithm], Sequence[str]]
"""Every stored HA1 of a user name (lists may hold one name with several passwords); empty for none."""

_NC: Final = re.compile(r"[0-9A-Fa-f]{8}\Z")
_QOP: Final = ("auth",)


class Outcome(Enum):
    """What an answer to a challenge was worth."""

    ACCEPTED = "the sender knows the password"
    STALE = "the sender knows the password, but the nonce is too old or was used: challenge with stale"
    WRONG = "wrong password or no such user, which of the two is not told"
    MALFORMED = "not an answer to our challenge: 400"
    THROTTLED = "too many failures from there for that user: not even looked at"


@frozen
class Verdict:
    """What an answer was worth, and whose it was."""

    outcome: Outcome
    """What to do."""
    username: str = ""
    """As people write it: proved when accepted or stale, claimed otherwise, "" when malformed."""
    reason: str = ""
    """What is malformed, for people; "" otherwise."""


class DigestGate:
    """One realm's challenges and answers."""

    def __init__(self, settings: Settings, chance: Chance) -> None:
        self._settings = settings
        self._mint = NonceMint(chance)
        self._counts = NonceCounts(settings.nonce_life_s, settings.nonces_kept)
        self._throttle = Throttle(settings.failures_per_minute, settings.failures_kept)
        self._opaque = chance.hex(16)
        # What an unknown user's proof is compared with: a hash of nothing that anybody could know.
        self._nobody = {each: each.hash_hex(chance.hex(16)) for each in settings.algorithms}
        self._is_named = settings.algorithms != (Algorithm.MD5,)

    def challenge(self, now: float, *, stale: bool = False) -> tuple[str, ...]:
        """The values for WWW-Authenticate or Proxy-Authenticate, a field each, preferred first.

        stale: after Outcome.STALE, so that the phone tries again without asking its user.
        """
        nonce = self._mint.issue(now)
        return tuple(
            str(
                Challenge(
                    realm=self._settings.realm,
                    nonce=nonce,
                    algorithm=algorithm.value if self._is_named else "",
                    qop=_QOP,
                    opaque=self._opaque,
                    is_stale=stale,
                )
            )
            for algorithm in self._settings.algorithms
        )

    def choose(self, values: Iterable[str]) -> str | None:
        """The Authorization that is for our realm; None when none is, which is as good as none at all."""
        quoted = f'"{self._settings.realm}"'
        return next((value for value in values if quoted in value), None)

    def check(
        self,
        answer: Authorization,
        method: str,
        find_ha1: FindHa1,
        now: float,
        *,
        source: str,
    ) -> Verdict:
        """Judge one Authorization or Proxy-Authorization, as `Authorization.parse` read it.

        method: of the request line. source: the address it came from, for the throttle.
        Unknown users cost the same work as known ones; how long `find_ha1` takes is the caller's.
        """
        try:
            algorithm = self._check_form(answer)
        except SipError as error:
            return Verdict(Outcome.MALFORMED, reason=error.message)
        username = answer.user
        if self._throttle.is_closed(source, username, now):
            return Verdict(Outcome.THROTTLED, username)
        found = find_ha1(username, algorithm)
        ha2_hex = ha2(method, answer.uri, algorithm)
        is_right = False
        for ha1_hex in found or (self._nobody[algorithm],):
            is_right |= self._proves(ha1_hex, ha2_hex, answer, algorithm)
        if not is_right:
            self._throttle.fail(source, username, now)
            return Verdict(Outcome.WRONG, username)
        nonce, nc = self._mint.read(answer.nonce), int(answer.nc, 16)
        # A replay is called stale as well: a phone that was overtaken by its own request recovers.
        if nonce is None or not self._counts.is_fresh(nonce, nc, now):
            return Verdict(Outcome.STALE, username)
        self._counts.use(nonce, nc, now)
        self._throttle.succeed(source, username)
        return Verdict(Outcome.ACCEPTED, username)

    def _proves(self, ha1_hex: str, ha2_hex: str, answer: Authorization, algorithm: Algorithm) -> bool:
        expected = response(
            ha1_hex,
            ha2_hex,
            algorithm,
            nonce=answer.nonce,
            nc=answer.nc,
            cnonce=answer.cnonce,
            qop=answer.qop,
        )
        # Both sides are bytes: a str that is not ASCII would raise.
        return hmac.compare_digest(expected.encode(), answer.response.lower().encode(errors="replace"))

    def _check_form(self, answer: Authorization) -> Algorithm:
        """Raises: SipError (400) when it answers something that we did not ask."""
        if answer.realm != self._settings.realm:
            raise SipError("realm is not ours", status=400, section="RFC 7616 §3.4")
        algorithm = Algorithm.named(answer.algorithm)
        if algorithm is None or algorithm not in self._settings.algorithms:
            raise SipError("algorithm was not offered", status=400, section="RFC 7616 §3.4")
        if answer.qop != "auth":
            raise SipError("qop is not auth", status=400, section="RFC 7616 §3.4")
        if not answer.cnonce or not _NC.match(answer.nc):
            raise SipError("no cnonce, or nc is not eight digits", status=400, section="RFC 7616 §3.4")
        return algorithm
