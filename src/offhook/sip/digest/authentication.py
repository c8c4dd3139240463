"""What a request of ours says of who we are: nothing at first, and more with each 401 or 407 that it meets.

Held by whoever sends a request again when it is challenged: `session/` and `outgoing_request`.
Sources: RFC 3261 §22.2, §22.3; RFC 7616 §3.3.
"""

from typing import Final

from offhook.base.ids import Chance
from offhook.sip.digest.client import DigestSession, challenges_of
from offhook.sip.digest.credentials import Credentials
from offhook.sip.message import Request, Response

CHALLENGES: Final = (401, 407)
"""Status codes that ask for credentials."""


class Authentication:
    """Of one request, however often it is sent again."""

    __slots__ = ("_chance", "_session", "headers")

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._session: DigestSession | None = None
        self.headers: tuple[tuple[str, str], ...] = ()
        """Authorization and Proxy-Authorization, one for each realm that asked."""

    def meet(self, credentials: Credentials | None, request: Request, response: Response) -> bool:
        """Whether `request` is to be sent again, with the `headers` of now, after this response to it.

        False for anything but a challenge, without credentials, and where the same answer would be refused
        again (`DigestSession.answer`).
        """
        if response.status not in CHALLENGES or credentials is None:
            return False
        if self._session is None:
            self._session = DigestSession(credentials, self._chance)
        challenges = challenges_of(response)
        headers = self._session.answer(request.method, request.request_uri, challenges, request.body)
        if headers:
            self.headers = headers
        return bool(headers)
