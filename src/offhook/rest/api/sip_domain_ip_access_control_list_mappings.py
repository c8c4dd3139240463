"""Access lists mapped to a domain, in both spellings (reference/rest-api 2.8, 3.6, 4.3).

`/IpAccessControlListMappings` and `/Auth/Calls/IpAccessControlListMappings` are one set of mappings in two
dresses: the list key and the fields differ. A mapping's Sid is the Sid of the list.
"""

from collections.abc import Callable
from typing import Final

from offhook.model.access_control import IpAccessControlList
from offhook.rest.api.sip_domains import INVALID, domain_in_path
from offhook.rest.errors import ApiError
from offhook.rest.paging import LARGEST_SIZE, found, page_request, paged, represent
from offhook.rest.parameters import Parameter, ParameterTable, sid
from offhook.rest.representation import JsonValue, Representation, date, uri
from offhook.rest.resource import Answer, ApiRequest, Operation
from offhook.store.ports import DuplicateError, PageRequest, UnknownRecordError

IP_ACCESS_CONTROL_LIST_SID: Final = Parameter("IpAccessControlListSid", sid("AL"), INVALID, "")


class _Spelling:
    """The operations of one of the two paths."""

    def __init__(
        self, path: str, list_key: str, represent_one: Callable[[IpAccessControlList, str], Representation]
    ):
        self.path = f"/Accounts/{{AccountSid}}/SIP/Domains/{{DomainSid}}/{path}"
        self._list_key = list_key
        self._represent_one = represent_one

    async def list_mappings(self, request: ApiRequest) -> Answer:
        """GET: the lists that are mapped."""
        domain = await domain_in_path(request, "DomainSid")
        domains = request.services.store.sip_domains
        page = await found(domains.ip_acls(request.account_sid, domain.sid, page_request(request.values)))

        def represent_one(acl: IpAccessControlList) -> Representation:
            return self._represent_one(acl, domain.sid)

        return Answer(200, represent(self._list_key, page, request.links, represent_one, lambda a: a.sid))

    async def create_mapping(self, request: ApiRequest) -> Answer:
        """POST: let the addresses of a list call."""
        domain = await domain_in_path(request, "DomainSid")
        acl_sid = request.values[IP_ACCESS_CONTROL_LIST_SID]
        try:
            acl = await request.services.store.sip_domains.map_ip_acl(
                request.account_sid, domain.sid, acl_sid
            )
        except DuplicateError as error:
            raise ApiError(INVALID, "The IP Access Control List is already mapped to this domain") from error
        except UnknownRecordError as error:
            raise ApiError(INVALID, f"There is no IP Access Control List {acl_sid}") from error
        return Answer(201, self._represent_one(acl, domain.sid))

    async def fetch_mapping(self, request: ApiRequest) -> Answer:
        """GET: one list, if it is mapped."""
        domain = await domain_in_path(request, "DomainSid")
        # An account has at most 1000 lists, so one page holds them all.
        everything = PageRequest(size=LARGEST_SIZE)
        page = await request.services.store.sip_domains.ip_acls(request.account_sid, domain.sid, everything)
        for acl in page.items:
            if acl.sid == request.segments["Sid"]:
                return Answer(200, self._represent_one(acl, domain.sid))
        raise request.not_found()

    async def delete_mapping(self, request: ApiRequest) -> Answer:
        """DELETE: the mapping, not the list."""
        domain = await domain_in_path(request, "DomainSid")
        domains = request.services.store.sip_domains
        if not await domains.unmap_ip_acl(request.account_sid, domain.sid, request.segments["Sid"]):
            raise request.not_found()
        return Answer(204)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All of them."""
        table = ParameterTable(IP_ACCESS_CONTROL_LIST_SID, required=(IP_ACCESS_CONTROL_LIST_SID,))
        return (
            Operation("GET", self.path, self.list_mappings, paged()),
            Operation("POST", self.path, self.create_mapping, table),
            Operation("GET", f"{self.path}/{{Sid}}", self.fetch_mapping),
            Operation("DELETE", f"{self.path}/{{Sid}}", self.delete_mapping),
        )


def _fields(acl: IpAccessControlList) -> dict[str, JsonValue]:
    return {
        "sid": acl.sid,
        "account_sid": acl.account_sid,
        "friendly_name": acl.friendly_name,
        "date_created": date(acl.created_at),
        "date_updated": date(acl.updated_at),
    }


def _older(acl: IpAccessControlList, domain_sid: str) -> Representation:
    link = uri(acl.account_sid, "SIP", "Domains", domain_sid, "IpAccessControlListMappings", acl.sid)
    return Representation(
        "IpAccessControlListMapping", {**_fields(acl), "domain_sid": domain_sid, "uri": link}
    )


def _auth_calls(acl: IpAccessControlList, _domain_sid: str) -> Representation:
    return Representation("IpAccessControlListMapping", _fields(acl))


OPERATIONS: Final = (
    *_Spelling("IpAccessControlListMappings", "ip_access_control_list_mappings", _older).operations,
    *_Spelling("Auth/Calls/IpAccessControlListMappings", "contents", _auth_calls).operations,
)
