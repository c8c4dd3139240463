"""IP access control lists (reference/rest-api 2.9, 3.6, 4.3)."""

from typing import Final

from offhook.model.access_control import IpAccessControlList
from offhook.rest.api.sip_named_list import Bounds, NamedListResource, Words

INVALID: Final = 21235
"""A parameter is wrong, or the name is taken; of an entry, its name."""

IP_ACCESS_CONTROL_LISTS: Final = NamedListResource(
    Words(
        title="IP Access Control List",
        article="An",
        segment="IpAccessControlLists",
        key="ip_access_control_lists",
        entries="IpAddresses",
        entries_key="ip_addresses",
        sid_prefix="AL",
    ),
    Bounds(
        invalid=INVALID,
        in_use=21236,
        too_many=21255,
        lists_max=lambda limits: limits.ip_access_control_lists,
        name_max=255,
    ),
    make=IpAccessControlList,
    lists=lambda store: store.ip_access_control_lists,
)
OPERATIONS: Final = IP_ACCESS_CONTROL_LISTS.operations
