"""Credential lists mapped to a domain, for calls in both spellings and for registrations.

`/CredentialListMappings` and `/Auth/Calls/CredentialListMappings` are one set; `/Auth/Registrations/…` is
another, and the same list may be in both (reference/rest-api 2.8, 3.6; sip-interface 2).
"""

from typing import Final

from offhook.model.credential import CredentialList, MappingScope
from offhook.rest.api.sip_domain_mappings import MappingKind, MappingPath
from offhook.rest.api.sip_domains import INVALID
from offhook.rest.parameters import Parameter, sid

_NAME: Final = "CredentialListMappings"


def _kind(scope: MappingScope) -> MappingKind[CredentialList]:
    return MappingKind(
        element="CredentialListMapping",
        noun="Credential List",
        parameter=Parameter("CredentialListSid", sid("CL"), INVALID, ""),
        map=lambda domains, account, domain, users, now: domains.map_credential_list(
            account, domain, users, scope, now
        ),
        unmap=lambda domains, account, domain, users: domains.unmap_credential_list(
            account, domain, users, scope
        ),
        fetch=lambda domains, account, domain, users: domains.mapped_credential_list(
            account, domain, users, scope
        ),
        list=lambda domains, account, domain, page: domains.credential_lists(account, domain, scope, page),
    )


_CALLS: Final = _kind(MappingScope.CALLS)
OPERATIONS: Final = (
    *MappingPath(_CALLS, _NAME, "credential_list_mappings", is_older=True).operations,
    *MappingPath(_CALLS, f"Auth/Calls/{_NAME}", "contents").operations,
    *MappingPath(_kind(MappingScope.REGISTRATIONS), f"Auth/Registrations/{_NAME}", "contents").operations,
)
