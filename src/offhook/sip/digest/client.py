"""Answers a 401 or 407: for `session/` and whoever else sends requests with credentials.

    session = DigestSession(credentials, chance)
    header = session.answer("INVITE", uri, challenges_of(response))   # None: give up
    header = session.repeat("BYE", uri)                               # later, on the same nonce

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
_HIGHEST_NC: Final = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The challenge that is answered."""

    header: str
    """Authorization or Proxy-Authorization."""
    challenge: Challenge
    """What the server said."""
    algorithm: Algorithm
    """One of ours."""
    qop: str
    """"auth", "auth-int", or "" where the server offered nothing."""


class DigestSession:
    """Credentials and the challenge that they answer now: counts the requests made with one nonce."""

    def __init__(self, credentials: Credentials, chance: Chance) -> None:
        self._credentials = credentials
        self._chance = chance
        self._chosen: _Chosen | None = None
        self._nc = 0

    def answer(
        self, method: str, uri: str, challenges: Sequence[tuple[str, str]], body: bytes = b""
    ) -> tuple[str, str] | None:
        """The header (name, value) that answers a 401 or 407.

        uri: the Request-URI as on the wire. challenges: see `challenges_of`. body: of the request.
        None when no challenge fits, or when the one before was for the same realm and is not called
        stale: the same credentials would be refused again (RFC 3261 §22.1, §22.3).
        """
        before, chosen = self._chosen, _choose(challenges)
        if chosen is None:
            return None
        if before is not None and not chosen.challenge.is_stale:
            is_same_realm = (before.header, before.challenge.realm) == (chosen.header, chosen.challenge.realm)
            if is_same_realm:
                return None
        self._chosen, self._nc = chosen, 0
        return self.repeat(method, uri, body)

    def repeat(self, method: str, uri: str, body: bytes = b"") -> tuple[str, str] | None:
        """The header for another request on the same nonce, so that it need not be challenged again.

        None before the first `answer`.
        """
        if self._chosen is None or self._nc == _HIGHEST_NC:
            return None
        self._nc += 1
        return self._chosen.header, str(self._authorization(self._chosen, method, uri, body))

    def _authorization(self, chosen: _Chosen, method: str, uri: str, body: bytes) -> Authorization:
        challenge, algorithm, qop = chosen.challenge, chosen.algorithm, chosen.qop
        username = grammar.quote(self._credentials.username)[1:-1]
        nc = f"{self._nc:08x}" if qop else ""
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
    """Answer a 401 or 407 once: the header (name, value) to send the request again with.

    Arguments as in `DigestSession.answer`. None when no challenge fits.
    """
    return DigestSession(credentials, chance).answer(method, uri, challenges, body)


def challenges_of(refused: Response) -> list[tuple[str, str]]:
    """Every WWW-Authenticate and Proxy-Authenticate of a response, name and value, in order."""
    return [(name, value) for name, value in refused.headers.fields if name.lower() in _ANSWERS]


def _choose(challenges: Sequence[tuple[str, str]]) -> _Chosen | None:
    """The strongest that we can answer; of equals the topmost (RFC 8760 §2.4)."""
    usable: list[_Chosen] = []
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
        if algorithm is not None and (qop or not challenge.qop):
            usable.append(_Chosen(header, challenge, algorithm, qop))
    return max(usable, key=lambda each: _STRENGTH[each.algorithm], default=None)
