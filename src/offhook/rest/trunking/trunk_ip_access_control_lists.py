"""Access lists of an elastic SIP trunk: whose address lets them call it (reference/rest-api 2.12)."""

from typing import Final

from offhook.rest.trunking.trunk_lists import TrunkLists

OPERATIONS: Final = TrunkLists(
    element="IpAccessControlList",
    name="IpAccessControlLists",
    key="ip_access_control_lists",
    prefix="AL",
    parameter="IpAccessControlListSid",
    map=lambda trunks, *given: trunks.map_ip_acl(*given),
    unmap=lambda trunks, *given: trunks.unmap_ip_acl(*given),
    fetch=lambda trunks, *given: trunks.mapped_ip_acl(*given),
    list=lambda trunks, *given: trunks.ip_acls(*given),
).operations
