"""Accounts, and what the node itself keeps."""

from collections.abc import Mapping
from typing import Protocol

from offhook.model.account import Account


class Accounts(Protocol):
    """Accounts of the node."""

    async def fetch(self, sid: str) -> Account | None:
        """One account by its Sid."""
        ...

    async def oldest(self) -> Account | None:
        """The account that was made first: the node's main account. None on a new node."""
        ...

    async def save(self, account: Account) -> None:
        """Insert or replace."""
        ...


class KeptSettings(Protocol):
    """Settings that bind what is stored, so that they are kept from the first start."""

    async def fetch(self, name: str) -> str | None:
        """What is kept under the name."""
        ...

    async def fetch_all(self, prefix: str) -> Mapping[str, str]:
        """Everything under a name that begins so, by what follows the prefix."""
        ...

    async def remove(self, name: str, value: str) -> bool:
        """Forget it if that is still its value; False when somebody else did, or changed it."""
        ...

    async def save(self, name: str, value: str) -> None:
        """Insert or replace."""
        ...
