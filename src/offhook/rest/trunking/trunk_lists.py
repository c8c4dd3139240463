"""Lists mapped to an elastic SIP trunk: what access lists and credential lists have in common.

A mapping's Sid is the Sid of the list. Called by the files of the two kinds. Source: reference/rest-api 2.12.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from offhook.rest.api.sip_named_list import NamedList
from offhook.rest.errors import CONFLICT, INVALID_SID, ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent_v1
from offhook.rest.parameters import Parameter, ParameterTable, sid
from offhook.rest.representation import Representation, iso_date
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.rest.trunking.trunks import trunk_in_path
from offhook.store.ports import DuplicateError, Page, PageRequest, Trunks, UnknownRecordError

L = TypeVar("L", bound=NamedList)


@dataclass(frozen=True, slots=True)
class TrunkLists(Generic[L]):
    """One kind of list, as the store does it. Each function takes account, trunk and list Sid."""

    element: str
    name: str
    """Last word of the path."""
    key: str
    """Name of the list in JSON."""
    prefix: str
    """Of the list's Sid."""
    parameter: str
    """The Sid of the list in a POST."""
    map: Callable[[Trunks, str, str, str, datetime], Awaitable[L]]
    unmap: Callable[[Trunks, str, str, str], Awaitable[bool]]
    fetch: Callable[[Trunks, str, str, str], Awaitable[L | None]]
    list: Callable[[Trunks, str, str, PageRequest], Awaitable[Page[L]]]

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All of them."""
        path = f"/Trunks/{{TrunkSid}}/{self.name}"
        return (
            Operation("GET", path, self.list_mapped, paged()),
            Operation("POST", path, self.map_list, ParameterTable(self._sid, required=(self._sid,))),
            Operation("GET", f"{path}/{{Sid}}", self.fetch_mapped),
            Operation("DELETE", f"{path}/{{Sid}}", self.unmap_list),
        )

    @property
    def _sid(self) -> Parameter[str]:
        return Parameter(self.parameter, sid(self.prefix), INVALID_SID, "")

    async def list_mapped(self, request: ApiRequest) -> Answer:
        """GET: the lists that are mapped."""
        trunk = await trunk_in_path(request, "TrunkSid")
        store = request.services.store.trunks
        page = await self.list(store, request.account_sid, trunk.sid, page_request(request.values))

        def represent_one(mapped: L) -> Representation:
            return self._represent(mapped, trunk.sid, request)

        return Answer(200, represent_v1(self.key, page, request.absolute_links, represent_one, by_creation))

    async def map_list(self, request: ApiRequest) -> Answer:
        """POST: map a list."""
        trunk, list_sid = await trunk_in_path(request, "TrunkSid"), request.values[self._sid]
        store, now = request.services.store.trunks, request.services.clock.utc_now()
        try:
            mapped = await self.map(store, request.account_sid, trunk.sid, list_sid, now)
        except DuplicateError as error:
            raise ApiError(CONFLICT, f"{list_sid} is mapped to the trunk already") from error
        except UnknownRecordError as error:
            raise ApiError(INVALID_SID, f"{self.parameter} {list_sid} is none of this account's") from error
        return Answer(201, self._represent(mapped, trunk.sid, request))

    async def fetch_mapped(self, request: ApiRequest) -> Answer:
        """GET: one list, if it is mapped."""
        trunk = await trunk_in_path(request, "TrunkSid")
        store = request.services.store.trunks
        mapped = await self.fetch(store, request.account_sid, trunk.sid, request.segments["Sid"])
        if mapped is None:
            raise request.not_found()
        return Answer(200, self._represent(mapped, trunk.sid, request))

    async def unmap_list(self, request: ApiRequest) -> Answer:
        """DELETE: the mapping, not the list."""
        trunk = await trunk_in_path(request, "TrunkSid")
        store = request.services.store.trunks
        if not await self.unmap(store, request.account_sid, trunk.sid, request.segments["Sid"]):
            raise request.not_found()
        return Answer(204)

    def _represent(self, mapped: L, trunk_sid: str, request: ApiRequest) -> Representation:
        return Representation(
            self.element,
            {
                "sid": mapped.sid,
                "account_sid": mapped.account_sid,
                "trunk_sid": trunk_sid,
                "friendly_name": mapped.friendly_name,
                "date_created": iso_date(mapped.created_at),
                "date_updated": iso_date(mapped.updated_at),
                "url": request.url("Trunks", trunk_sid, self.name, mapped.sid),
            },
        )
