"""Accounts, and what the node itself keeps."""

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

    async def save(self, name: str, value: str) -> None:
        """Insert or replace."""
        ...
