"""Answers a 401 or 407: for `session/` and whoever else sends requests with credentials.

    session = DigestSession(credentials, chance)
    headers = session.answer("INVITE", uri, challenges_of(response))  # empty: give up
    headers = session.repeat("BYE", uri)                              # later, on the same nonces

Lenient where servers are: a challenge without qop is answered in the form of RFC 2069 (Asterisk's
chan_sip sends none). Sources: RFC 7616 §3.4, RFC 8760 §2, RFC 3261 §22.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from offhook.base.ids import Chance
from offhook.sip import grammar
from offhook.sip.digest.algorithm import Algorithm, ha1, ha2, response
from offhook.sip.digest.credentials import Credentials
from offhook.sip.error import SipError
from offhook.sip.headers.authorization import Authorization
from offhook.sip.headers.names import canonical
from offhook.sip.headers.www_authenticate import Challenge
from offhook.sip.message import Response

_ANSWERS: Final = {"www-authenticate": "Authorization", "proxy-authenticate": "Proxy-Authorization"}
_STRENGTH: Final = {each: -place for place, each in enumerate(Algorithm)}
_CNONCE_BYTES: Final = 16
REALMS_MAX: Final = 4
"""Proxies on the way, and the user agent at its end, that each may ask who we are."""
ROUNDS_MAX: Final = 5
"""Challenges that one request meets; a server that calls every nonce stale would go on for ever."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A challenge that is answered."""

    header: str
    """Authorization or Proxy-Authorization."""
    challenge: Challenge
    """What the server said."""
    algorithm: Algorithm
    """One of ours."""
    qop: str
    """"auth", "auth-int", or "" where the server offered nothing."""

    @property
    def protection_space(self) -> tuple[str, str]:
        """Whose it is: a proxy and a user agent may have realms of one name."""
        return self.header, self.challenge.realm


@dataclass(slots=True)
class _Answering:
    """The challenge of one realm that is answered now."""

    chosen: _Chosen
    """It."""
    nc: int = 0
    """How many requests were made with its nonce."""


class DigestSession:
    """Credentials and the challenges that they answer now: one of each realm that asked (RFC 3261 §22.3).

    Counts the requests made with each nonce.
    """

    def __init__(self, credentials: Credentials, chance: Chance) -> None:
        self._credentials = credentials
        self._chance = chance
        self._realms: dict[tuple[str, str], _Answering] = {}
        self._rounds = 0

    def answer(
        self, method: str, uri: str, challenges: Sequence[tuple[str, str]], body: bytes = b""
    ) -> tuple[tuple[str, str], ...]:
        """The headers (name, value) that answer a 401 or 407, and the challenges that came before it.

        uri: the Request-URI as on the wire. challenges: see `challenges_of`. body: of the request.
        Empty, to give up: where no challenge fits; where one is of a realm that had its answer and does not
        call it stale, so that the same credentials would be refused again (§22.1, §22.3; RFC 7616 §3.3); and
        when it has asked too often, or too many realms have.
        """
        chosen = _choose(challenges)
        if not chosen or self._rounds == ROUNDS_MAX:
            return ()
        for each in chosen:
            is_known = each.protection_space in self._realms
            if (is_known and not each.challenge.is_stale) or (
                not is_known and len(self._realms) == REALMS_MAX
            ):
                return ()
            self._realms[each.protection_space] = _Answering(each)
        self._rounds += 1
        return self.repeat(method, uri, body)

    def repeat(self, method: str, uri: str, body: bytes = b"") -> tuple[tuple[str, str], ...]:
        """The headers for another request on the same nonces, so that it need not be challenged again.

        Empty before the first `answer`.
        """
        headers = []
        for each in self._realms.values():
            each.nc += 1
            headers.append((each.chosen.header, str(self._authorization(each, method, uri, body))))
        return tuple(headers)

    def _authorization(self, answering: _Answering, method: str, uri: str, body: bytes) -> Authorization:
        chosen = answering.chosen
        challenge, algorithm, qop = chosen.challenge, chosen.algorithm, chosen.qop
        username = grammar.quote(self._credentials.username)[1:-1]
        nc = f"{answering.nc:08x}" if qop else ""
        cnonce = self._chance.hex(_CNONCE_BYTES) if qop else ""
        proof = response(
            ha1(username, challenge.realm, self._credentials.password.reveal(), algorithm),
            ha2(method, uri, algorithm, body if qop == "auth-int" else None),
            algorithm,
            nonce=challenge.nonce,
            nc=nc,
            cnonce=cnonce,
            qop=qop,
        )
        return Authorization(
            username=username,
            realm=challenge.realm,
            nonce=challenge.nonce,
            uri=uri,
            response=proof,
            algorithm=challenge.algorithm,
            opaque=challenge.opaque,
            qop=qop,
            cnonce=cnonce,
            nc=nc,
        )


def authorize(
    method: str,
    uri: str,
    challenges: Sequence[tuple[str, str]],
    credentials: Credentials,
    chance: Chance,
    *,
    body: bytes = b"",
) -> tuple[str, str] | None:
    """Answer the first realm of a 401 or 407 once: the header (name, value) to send the request again with.

    Arguments as in `DigestSession.answer`. None when no challenge fits.
    """
    headers = DigestSession(credentials, chance).answer(method, uri, challenges, body)
    return headers[0] if headers else None


def challenges_of(refused: Response) -> list[tuple[str, str]]:
    """Every WWW-Authenticate and Proxy-Authenticate of a response, name and value, in order."""
    return [(name, value) for name, value in refused.headers.fields if name.lower() in _ANSWERS]


def _choose(challenges: Sequence[tuple[str, str]]) -> list[_Chosen]:
    """Of each realm the strongest that we can answer; of equals the topmost (RFC 8760 §2.4)."""
    best: dict[tuple[str, str], _Chosen] = {}
    for name, value in challenges:
        header = _ANSWERS.get(canonical(name)[1])
        if header is None:
            continue
        try:
            challenge = Challenge.parse(value)
        except SipError:
            continue  # another scheme, or broken: as good as not offered
        algorithm = Algorithm.named(challenge.algorithm)
        qop = next((each for each in ("auth", "auth-int") if each in challenge.qop), "")
        if algorithm is None or (challenge.qop and not qop):
            continue
        chosen = _Chosen(header, challenge, algorithm, qop)
        before = best.setdefault(chosen.protection_space, chosen)
        if _STRENGTH[algorithm] > _STRENGTH[before.algorithm]:
            best[chosen.protection_space] = chosen
    return [*best.values()]
