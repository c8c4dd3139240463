"""Lists mapped to a domain: what the spellings of a mapping resource have in common.

The older path (`/CredentialListMappings`) and `/Auth/Calls/CredentialListMappings` are one set of mappings
in two dresses: the list key and the fields differ. A mapping's Sid is the Sid of the list. The files of the
two kinds of lists say what they map and under which paths (reference/rest-api 2.8, 3.6, 4.3).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from offhook.rest.api.sip_domains import INVALID, domain_in_path
from offhook.rest.api.sip_named_list import NamedList
from offhook.rest.errors import ApiError
from offhook.rest.paging import by_creation, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable
from offhook.rest.representation import JsonValue, Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import DuplicateError, Page, PageRequest, SipDomains, UnknownRecordError

L = TypeVar("L", bound=NamedList)


@dataclass(frozen=True, slots=True)
class MappingKind(Generic[L]):
    """One kind of mapping, as the store does it. Each function takes account, domain and list Sid."""

    element: str
    """Name of the XML element."""
    noun: str
    """What a list is called in messages."""
    parameter: Parameter[str]
    """The Sid of the list in a POST."""
    map: Callable[[SipDomains, str, str, str, datetime], Awaitable[L]]
    unmap: Callable[[SipDomains, str, str, str], Awaitable[bool]]
    fetch: Callable[[SipDomains, str, str, str], Awaitable[L | None]]
    list: Callable[[SipDomains, str, str, PageRequest], Awaitable[Page[L]]]


class MappingPath(Generic[L]):
    """The operations of one spelling.

    path: below the domain. list_key: name of the list in JSON. is_older: whether it has the fields of the
    older form, `domain_sid` and `uri`.
    """

    def __init__(self, kind: MappingKind[L], path: str, list_key: str, *, is_older: bool = False) -> None:
        self.path = f"/Accounts/{{AccountSid}}/SIP/Domains/{{DomainSid}}/{path}"
        self._kind = kind
        self._name = path
        self._list_key = list_key
        self._is_older = is_older

    async def list_mappings(self, request: ApiRequest) -> Answer:
        """GET: the lists that are mapped."""
        domain = await domain_in_path(request, "DomainSid")
        domains = request.services.store.sip_domains
        page = await self._kind.list(domains, request.account_sid, domain.sid, page_request(request.values))

        def represent_one(mapped: L) -> Representation:
            return self._represent(mapped, domain.sid)

        return Answer(200, represent(self._list_key, page, request.links, represent_one, by_creation))

    async def create_mapping(self, request: ApiRequest) -> Answer:
        """POST: map a list."""
        domain = await domain_in_path(request, "DomainSid")
        list_sid = request.values[self._kind.parameter]
        domains, now = request.services.store.sip_domains, request.services.clock.utc_now()
        try:
            mapped = await self._kind.map(domains, request.account_sid, domain.sid, list_sid, now)
        except DuplicateError as error:
            raise ApiError(INVALID, f"The {self._kind.noun} is already mapped to this domain") from error
        except UnknownRecordError as error:
            raise ApiError(INVALID, f"There is no {self._kind.noun} {list_sid}") from error
        return Answer(201, self._represent(mapped, domain.sid))

    async def fetch_mapping(self, request: ApiRequest) -> Answer:
        """GET: one list, if it is mapped."""
        domain = await domain_in_path(request, "DomainSid")
        domains = request.services.store.sip_domains
        mapped = await self._kind.fetch(domains, request.account_sid, domain.sid, request.segments["Sid"])
        if mapped is None:
            raise request.not_found()
        return Answer(200, self._represent(mapped, domain.sid))

    async def delete_mapping(self, request: ApiRequest) -> Answer:
        """DELETE: the mapping, not the list."""
        domain = await domain_in_path(request, "DomainSid")
        domains = request.services.store.sip_domains
        if not await self._kind.unmap(domains, request.account_sid, domain.sid, request.segments["Sid"]):
            raise request.not_found()
        return Answer(204)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All of them."""
        table = ParameterTable(self._kind.parameter, required=(self._kind.parameter,))
        return (
            Operation("GET", self.path, self.list_mappings, paged()),
            Operation("POST", self.path, self.create_mapping, table),
            Operation("GET", f"{self.path}/{{Sid}}", self.fetch_mapping),
            Operation("DELETE", f"{self.path}/{{Sid}}", self.delete_mapping),
        )

    def _represent(self, mapped: L, domain_sid: str) -> Representation:
        fields: dict[str, JsonValue] = {
            "sid": mapped.sid,
            "account_sid": mapped.account_sid,
            "friendly_name": mapped.friendly_name,
            "date_created": date(mapped.created_at),
            "date_updated": date(mapped.updated_at),
        }
        if self._is_older:
            fields["domain_sid"] = domain_sid
            fields["uri"] = uri(mapped.account_sid, "SIP", "Domains", domain_sid, self._name, mapped.sid)
        return Representation(self._kind.element, fields)
