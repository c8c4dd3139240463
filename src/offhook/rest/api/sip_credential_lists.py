"""Credential lists (reference/rest-api 2.9, 3.6, 4.3)."""

from typing import Final

from offhook.model.credential import CredentialList
from offhook.rest.api.sip_named_list import Bounds, NamedListResource, Words

CREDENTIAL_LISTS: Final = NamedListResource(
    Words(
        title="Credential List",
        article="A",
        segment="CredentialLists",
        key="credential_lists",
        entries="Credentials",
        entries_key="credentials",
        sid_prefix="CL",
    ),
    Bounds(
        invalid=21240,
        in_use=21241,
        too_many=21239,
        lists_max=lambda limits: limits.credential_lists,
        name_max=64,
    ),
    make=CredentialList,
    lists=lambda store: store.credential_lists,
)
OPERATIONS: Final = CREDENTIAL_LISTS.operations
