"""SIP Domains and what is mapped to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.model.credential import Credential, CredentialList, MappingScope
from offhook.model.sip_domain import SipDomain
from offhook.store.ports.paging import Page, PageRequest


class SipDomains(Protocol):
    """SIP Domains and what is mapped to them."""

    async def insert(self, domain: SipDomain) -> None:
        """Raises: DuplicateError when the name is taken, by whomever."""
        ...

    async def update(self, domain: SipDomain) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete with its mappings. False when there is none."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> SipDomain | None:
        """One domain."""
        ...

    async def list(self, account_sid: str, page: PageRequest) -> Page[SipDomain]:
        """Domains of the account."""
        ...

    async def count(self, account_sid: str) -> int:
        """How many domains the account has."""
        ...

    async def find_by_name(self, domain_name: str) -> SipDomain | None:
        """The domain with this name (lower case), whoever owns it: the caller is not known yet."""
        ...

    async def names(self, limit: int) -> Sequence[str]:
        """Names of domains of the node, oldest first, at most so many."""
        ...

    async def map_ip_acl(
        self, account_sid: str, domain_sid: str, acl_sid: str, now: datetime
    ) -> IpAccessControlList:
        """Let the list's addresses call the domain. Raises: UnknownRecordError, DuplicateError."""
        ...

    async def unmap_ip_acl(self, account_sid: str, domain_sid: str, acl_sid: str) -> bool:
        """False when it was not mapped."""
        ...

    async def ip_acls(
        self, account_sid: str, domain_sid: str, page: PageRequest
    ) -> Page[IpAccessControlList]:
        """The access lists mapped to a domain."""
        ...

    async def mapped_ip_acl(
        self, account_sid: str, domain_sid: str, acl_sid: str
    ) -> IpAccessControlList | None:
        """One access list, if it is mapped to the domain."""
        ...

    async def allowed_addresses(self, domain_sid: str) -> Sequence[IpAddress]:
        """Every entry of every access list mapped to the domain."""
        ...

    async def map_credential_list(
        self, account_sid: str, domain_sid: str, list_sid: str, scope: MappingScope, now: datetime
    ) -> CredentialList:
        """Let the list's users call, or register at, the domain.

        Raises: UnknownRecordError, DuplicateError.
        """
        ...

    async def unmap_credential_list(
        self, account_sid: str, domain_sid: str, list_sid: str, scope: MappingScope
    ) -> bool:
        """False when it was not mapped."""
        ...

    async def credential_lists(
        self, account_sid: str, domain_sid: str, scope: MappingScope, page: PageRequest
    ) -> Page[CredentialList]:
        """The credential lists mapped to a domain."""
        ...

    async def mapped_credential_list(
        self, account_sid: str, domain_sid: str, list_sid: str, scope: MappingScope
    ) -> CredentialList | None:
        """One credential list, if it is mapped to the domain."""
        ...

    async def find_credentials(
        self, domain_sid: str, scope: MappingScope, username: str
    ) -> Sequence[Credential]:
        """Every user of that name (by case) in the lists mapped to the domain, the oldest first."""
        ...
