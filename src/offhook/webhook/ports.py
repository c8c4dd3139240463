"""Webhooks as the rest of the house sees them.

Called by `verbs/runner.py`. Implemented by `webhook/client.py`.
"""

from dataclasses import dataclass
from typing import Protocol

from offhook.base.redact import Secret

Parameters = tuple[tuple[str, str], ...]
"""Names and values in the order in which they are sent; a name may come twice."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One request to a customer's application (reference/twiml 1.2 to 1.9)."""

    url: str
    """Absolute http(s) URL; a fragment holds connection overrides and is never sent."""
    method: str
    """GET or POST."""
    parameters: Parameters
    auth_token: Secret
    """The account's, with which the request is signed."""


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    """A 2xx answer, read to its end."""

    url: str
    """Where it came from after redirects: relative URLs in the document resolve against this."""
    status: int
    content_type: str
    """Media type in lower case without parameters; empty when absent."""
    body: bytes
    """At most 64 kB."""


class WebhookError(Exception):
    """A request that failed for good.

    code: Twilio's error code (11200 family, reference/twiml 16).
    url: what was asked for, without user information.
    status: HTTP status when there was an answer.
    """

    def __init__(self, code: int, message: str, *, url: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.url = url
        self.status = status


class WebhookClient(Protocol):
    """Asks customers' applications, never for longer than 15 s, cookies and logins kept per conversation."""

    def conversation(self) -> "Conversation":
        """A new cookie jar: one per call, closed with it."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


class Conversation(Protocol):
    """The requests of one call."""

    async def fetch(self, request: WebhookRequest) -> WebhookResponse:
        """Send a request, follow redirects, read the answer.

        Raises: WebhookError.
        """
        ...
