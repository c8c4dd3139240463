"""A named list under `SIP/`: what credential lists and IP access control lists have in common.

One NamedListResource is one of the two: it differs in words, codes and bounds only. Their entries have
files of their own (`sip_credentials`, `sip_ip_addresses`). Source: reference/rest-api 2.9, 3.6, 4.3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from offhook.base.ids import new_sid
from offhook.rest.errors import ApiError
from offhook.rest.limits import Limits
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, text
from offhook.rest.representation import Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import DuplicateError, InUseError, Page, PageRequest, Store, UnknownRecordError


class NamedList(Protocol):
    """The record of a list."""

    @property
    def sid(self) -> str:
        """Its Sid."""
        ...

    @property
    def account_sid(self) -> str:
        """Whose it is."""
        ...

    @property
    def friendly_name(self) -> str:
        """Its name, unique in the account."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was made."""
        ...

    @property
    def updated_at(self) -> datetime:
        """When its name was changed."""
        ...


L = TypeVar("L", bound=NamedList)


class NamedLists(Protocol[L]):
    """The store's side of one kind of list; what is raised is in `store/ports`."""

    async def insert(self, new: L, /) -> None:
        """A new one."""
        ...

    async def update(self, changed: L, /) -> None:
        """Another name."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """With its entries."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> L | None:
        """One."""
        ...

    async def list(self, account_sid: str, page: PageRequest) -> Page[L]:
        """All."""
        ...

    async def count(self, account_sid: str) -> int:
        """How many."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """How one kind of list is called."""

    title: str
    """In messages, such as `Credential List`."""
    article: str
    """`A` or `An`."""
    segment: str
    """In paths, such as `CredentialLists`."""
    key: str
    """In answers, such as `credential_lists`."""
    entries: str
    """Path segment of its entries, such as `Credentials`."""
    entries_key: str
    """Key of their link, such as `credentials`."""
    sid_prefix: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one kind of list, and the error codes of what goes wrong."""

    invalid: int
    """The name is wrong, or taken."""
    in_use: int
    too_many: int
    lists_max: Callable[[Limits], int]
    """For one account."""
    name_max: int
    """Characters."""


class NamedListResource(Generic[L]):
    """The operations of one kind of list.

    make: a record of its Sid, account, name, and moments of making and changing.
    lists: where the store keeps this kind.
    """

    def __init__(
        self,
        words: Words,
        bounds: Bounds,
        make: Callable[[str, str, str, datetime, datetime], L],
        lists: Callable[[Store], NamedLists[L]],
    ) -> None:
        self._words = words
        self._bounds = bounds
        self._make = make
        self._lists = lists
        self._name = Parameter("FriendlyName", text(bounds.name_max), bounds.invalid, "")

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What is served, and where."""
        path = f"/Accounts/{{AccountSid}}/SIP/{self._words.segment}"
        table = ParameterTable(self._name, required=(self._name,))
        return (
            Operation("GET", path, self._list, paged()),
            Operation("POST", path, self._create, table),
            Operation("GET", f"{path}/{{Sid}}", self._fetch),
            Operation("POST", f"{path}/{{Sid}}", self._update, table),
            Operation("DELETE", f"{path}/{{Sid}}", self._delete),
        )

    async def in_path(self, request: ApiRequest, segment: str) -> L:
        """The list that a segment of the path names. Raises: ApiError 20404."""
        found = await self._of(request).fetch(request.account_sid, request.segments[segment])
        if found is None:
            raise request.not_found()
        return found

    async def _list(self, request: ApiRequest) -> Answer:
        page = await self._of(request).list(request.account_sid, page_request(request.values))
        return Answer(200, represent(self._words.key, page, request.links, self._representation, by_creation))

    async def _create(self, request: ApiRequest) -> Answer:
        most = self._bounds.lists_max(request.services.limits)
        if await self._of(request).count(request.account_sid) >= most:
            text_ = f"You cannot have more than {most} {self._words.title}s"
            raise ApiError(self._bounds.too_many, text_)
        now = request.services.clock.utc_now()
        sid = new_sid(self._words.sid_prefix, request.services.chance)
        new = self._make(sid, request.account_sid, request.values[self._name], now, now)
        try:
            await self._of(request).insert(new)
        except DuplicateError as error:
            raise self._taken() from error
        return Answer(201, self._representation(new))

    async def _fetch(self, request: ApiRequest) -> Answer:
        return Answer(200, self._representation(await self.in_path(request, "Sid")))

    async def _update(self, request: ApiRequest) -> Answer:
        found = await self.in_path(request, "Sid")
        name, now = request.values[self._name], request.services.clock.utc_now()
        changed = self._make(found.sid, found.account_sid, name, found.created_at, now)
        try:
            await self._of(request).update(changed)
        except DuplicateError as error:
            raise self._taken() from error
        except UnknownRecordError as error:
            raise request.not_found() from error
        return Answer(200, self._representation(changed))

    async def _delete(self, request: ApiRequest) -> Answer:
        try:
            deleted = await self._of(request).delete(request.account_sid, request.segments["Sid"])
        except InUseError as error:
            article = self._words.article.lower()
            text_ = f"You cannot delete {article} {self._words.title} that is still mapped: to {error}"
            raise ApiError(self._bounds.in_use, text_) from error
        if not deleted:
            raise request.not_found()
        return Answer(204)

    def _of(self, request: ApiRequest) -> NamedLists[L]:
        return self._lists(request.services.store)

    def _taken(self) -> ApiError:
        text_ = f"{self._words.article} {self._words.title} with this FriendlyName already exists"
        return ApiError(self._bounds.invalid, text_)

    def _representation(self, record: L) -> Representation:
        path = (record.account_sid, "SIP", self._words.segment, record.sid)
        return Representation(
            self._words.segment.removesuffix("s"),
            {
                "sid": record.sid,
                "account_sid": record.account_sid,
                "friendly_name": record.friendly_name,
                "date_created": date(record.created_at),
                "date_updated": date(record.updated_at),
                "uri": uri(*path),
                "subresource_uris": {self._words.entries_key: uri(*path, self._words.entries)},
            },
        )
