"""Elastic SIP trunks, their origination URLs, and the lists that say who may call them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.model.credential import Credential, CredentialList
from offhook.model.trunk import OriginationUrl, Trunk
from offhook.store.ports.paging import Page, PageRequest
from offhook.store.ports.records import Parts, Records


class Trunks(Records[Trunk], Protocol):
    """Elastic SIP trunks. One with URLs, lists or numbers cannot be deleted (InUseError)."""

    async def find_by_name(self, domain_name: str) -> Trunk | None:
        """The trunk with this name (lower case), whoever owns it: the caller is not known yet."""
        ...

    async def map_ip_acl(
        self, account_sid: str, trunk_sid: str, acl_sid: str, now: datetime
    ) -> IpAccessControlList:
        """Let the list's addresses call the trunk. Raises: UnknownRecordError, DuplicateError."""
        ...

    async def unmap_ip_acl(self, account_sid: str, trunk_sid: str, acl_sid: str) -> bool:
        """False when it was not mapped."""
        ...

    async def ip_acls(self, account_sid: str, trunk_sid: str, page: PageRequest) -> Page[IpAccessControlList]:
        """The access lists mapped to a trunk."""
        ...

    async def mapped_ip_acl(
        self, account_sid: str, trunk_sid: str, acl_sid: str
    ) -> IpAccessControlList | None:
        """One access list, if it is mapped to the trunk."""
        ...

    async def allowed_addresses(self, trunk_sid: str) -> Sequence[IpAddress]:
        """Every entry of every access list mapped to the trunk."""
        ...

    async def map_credential_list(
        self, account_sid: str, trunk_sid: str, list_sid: str, now: datetime
    ) -> CredentialList:
        """Let the list's users call the trunk. Raises: UnknownRecordError, DuplicateError."""
        ...

    async def unmap_credential_list(self, account_sid: str, trunk_sid: str, list_sid: str) -> bool:
        """False when it was not mapped."""
        ...

    async def credential_lists(
        self, account_sid: str, trunk_sid: str, page: PageRequest
    ) -> Page[CredentialList]:
        """The credential lists mapped to a trunk."""
        ...

    async def mapped_credential_list(
        self, account_sid: str, trunk_sid: str, list_sid: str
    ) -> CredentialList | None:
        """One credential list, if it is mapped to the trunk."""
        ...

    async def find_credentials(self, trunk_sid: str, username: str) -> Sequence[Credential]:
        """Every user of that name (by case) in the lists mapped to the trunk, the oldest first."""
        ...


OriginationUrls = Parts[OriginationUrl]
