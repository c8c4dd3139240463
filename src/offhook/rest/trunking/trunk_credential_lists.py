"""Credential lists of an elastic SIP trunk: whose password lets them call it (reference/rest-api 2.12)."""

from typing import Final

from offhook.rest.trunking.trunk_lists import TrunkLists

OPERATIONS: Final = TrunkLists(
    element="CredentialList",
    name="CredentialLists",
    key="credential_lists",
    prefix="CL",
    parameter="CredentialListSid",
    map=lambda trunks, *given: trunks.map_credential_list(*given),
    unmap=lambda trunks, *given: trunks.unmap_credential_list(*given),
    fetch=lambda trunks, *given: trunks.mapped_credential_list(*given),
    list=lambda trunks, *given: trunks.credential_lists(*given),
).operations
