"""Who may call and register: lists of addresses, lists of users."""

from collections.abc import Sequence
from typing import Protocol

from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.model.credential import Credential, CredentialList
from offhook.store.ports.paging import Page, PageRequest


class IpAccessControlLists(Protocol):
    """IP access control lists and their entries."""

    async def insert(self, acl: IpAccessControlList) -> None:
        """Raises: DuplicateError when the account has one of that name."""
        ...

    async def update(self, acl: IpAccessControlList) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete with its entries. Raises: InUseError, which names what it is mapped to."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> IpAccessControlList | None:
        """One list."""
        ...

    async def list(self, account_sid: str, page: PageRequest) -> Page[IpAccessControlList]:
        """Lists of the account."""
        ...

    async def insert_address(self, address: IpAddress) -> None:
        """Raises: DuplicateError when the list has that block, UnknownRecordError without the list."""
        ...

    async def update_address(self, address: IpAddress) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError."""
        ...

    async def delete_address(self, account_sid: str, acl_sid: str, sid: str) -> bool:
        """False when there is none."""
        ...

    async def fetch_address(self, account_sid: str, acl_sid: str, sid: str) -> IpAddress | None:
        """One entry."""
        ...

    async def addresses(self, account_sid: str, acl_sid: str, page: PageRequest) -> Page[IpAddress]:
        """Entries of a list."""
        ...

    async def count(self, account_sid: str) -> int:
        """How many lists the account has."""
        ...

    async def count_addresses(self, account_sid: str, acl_sid: str) -> int:
        """How many entries a list has."""
        ...


class CredentialLists(Protocol):
    """Credential lists and their users."""

    async def insert(self, credential_list: CredentialList) -> None:
        """Raises: DuplicateError when the account has one of that name."""
        ...

    async def update(self, credential_list: CredentialList) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete with its users. Raises: InUseError, which names what it is mapped to."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> CredentialList | None:
        """One list."""
        ...

    async def list(self, account_sid: str, page: PageRequest) -> Page[CredentialList]:
        """Lists of the account."""
        ...

    async def count(self, account_sid: str) -> int:
        """How many lists the account has."""
        ...

    async def insert_credential(self, credential: Credential) -> None:
        """Raises: DuplicateError when the list has that user, UnknownRecordError without the list."""
        ...

    async def update_credential(self, credential: Credential) -> None:
        """Replace. Raises: UnknownRecordError."""
        ...

    async def delete_credential(self, account_sid: str, list_sid: str, sid: str) -> bool:
        """False when there is none."""
        ...

    async def fetch_credential(self, account_sid: str, list_sid: str, sid: str) -> Credential | None:
        """One user."""
        ...

    async def credentials(self, account_sid: str, list_sid: str, page: PageRequest) -> Page[Credential]:
        """Users of a list."""
        ...

    async def count_credentials(self, account_sid: str, list_sid: str) -> int:
        """How many users a list has."""
        ...

    async def with_user(self, account_sid: str, username: str) -> Sequence[CredentialList]:
        """The lists of the account that have a user of that name (by case), the oldest first."""
        ...

    async def is_any(self) -> bool:
        """Whether any account has a user, so that the node's realm is bound."""
        ...
