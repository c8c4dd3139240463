"""Access lists mapped to a domain, in both spellings (reference/rest-api 2.8, 3.6, 4.3)."""

from typing import Final

from offhook.model.access_control import IpAccessControlList
from offhook.rest.api.sip_domain_mappings import MappingKind, MappingPath
from offhook.rest.api.sip_domains import INVALID
from offhook.rest.parameters import Parameter, sid

_KIND: Final[MappingKind[IpAccessControlList]] = MappingKind(
    element="IpAccessControlListMapping",
    noun="IP Access Control List",
    parameter=Parameter("IpAccessControlListSid", sid("AL"), INVALID, ""),
    map=lambda domains, account, domain, acl, now: domains.map_ip_acl(account, domain, acl, now),
    unmap=lambda domains, account, domain, acl: domains.unmap_ip_acl(account, domain, acl),
    fetch=lambda domains, account, domain, acl: domains.mapped_ip_acl(account, domain, acl),
    list=lambda domains, account, domain, page: domains.ip_acls(account, domain, page),
)

OPERATIONS: Final = (
    *MappingPath(
        _KIND, "IpAccessControlListMappings", "ip_access_control_list_mappings", is_older=True
    ).operations,
    *MappingPath(_KIND, "Auth/Calls/IpAccessControlListMappings", "contents").operations,
)
