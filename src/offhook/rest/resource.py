"""What a resource is made of: operations, each with its path, its parameters and the function that serves it.

The files in `api/` list their operations; `app.py` serves them.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from offhook.model.account import Account
from offhook.rest.errors import ApiError, not_found
from offhook.rest.paging import AbsoluteLinks, ListLinks
from offhook.rest.parameters import ParameterTable, Values
from offhook.rest.representation import RESOURCE, Format, ListRepresentation, Representation
from offhook.rest.services import Services

NO_PARAMETERS: Final = ParameterTable()
V1_BASE: Final = "/v1"
"""What the paths of Twilio's newer products are below; they do not collide (reference/rest-api 1.1)."""


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One request: authenticated, its account checked against the path, its parameters checked."""

    services: Services
    account: Account
    asked: str
    """The path as it was sent, suffix included."""
    origin: str
    """Scheme, host and port as the client wrote them, for links that are absolute."""
    path: str
    """The same without suffix."""
    wanted: Format
    segments: Mapping[str, str]
    """The parameters of the path, such as `DomainSid`."""
    values: Values

    @property
    def account_sid(self) -> str:
        """Whose resources are meant."""
        return self.account.sid

    @property
    def links(self) -> ListLinks:
        """For the answer to a list."""
        return ListLinks(self.path, self.values, self.wanted)

    @property
    def absolute_links(self) -> AbsoluteLinks:
        """For the answer to a list of a v1 API."""
        return AbsoluteLinks(f"{self.origin}{self.path}", self.values)

    def url(self, *segments: str) -> str:
        """The absolute link of a resource of the v1 APIs."""
        return "/".join((f"{self.origin}{V1_BASE}", *segments))

    def not_found(self) -> ApiError:
        """What to raise when the path leads to nothing."""
        return not_found(self.asked)


@dataclass(frozen=True, slots=True)
class Media:
    """Audio instead of a resource."""

    media_type: str
    chunks: Iterator[bytes]
    """Made in a thread, one after the other, while they are sent."""
    length: int | None
    """Bytes in all, where that is known before."""
    close: Callable[[], None]
    """Called once, when everything was sent or nobody wants it any longer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back."""

    status: int
    body: Representation | ListRepresentation | Media | None = None
    """None sends no body."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    """Below the base of its API, without suffix; `{AccountSid}` is the account's own Sid."""
    serve: Callable[[ApiRequest], Awaitable[Answer]]
    parameters: ParameterTable = field(default=NO_PARAMETERS)
    formats: frozenset[Format] = RESOURCE
