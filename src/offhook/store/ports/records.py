"""Records that are made, changed, deleted and listed, and nothing else."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from offhook.store.ports.paging import Page, PageRequest

T = TypeVar("T")


class Records(Protocol[T]):
    """The records of one kind. `fetch`, `list` and the rest see those of the account only."""

    async def insert(self, record: T) -> None:
        """Raises: DuplicateError, UnknownRecordError for what it refers to."""
        ...

    async def update(self, record: T) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError for it and for what it refers to."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete, with what is part of it. False when there is none. Raises: InUseError."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> T | None:
        """One record."""
        ...

    async def list(self, account_sid: str, page: PageRequest) -> Page[T]:
        """A page of them, newest first."""
        ...

    async def count(self, account_sid: str) -> int:
        """How many there are."""
        ...


class Parts(Records[T], Protocol[T]):
    """Records that are each part of another one, their owner."""

    async def list_of(self, account_sid: str, owner_sid: str, page: PageRequest) -> Page[T]:
        """A page of one owner's, newest first."""
        ...

    async def all_of(self, account_sid: str, owner_sid: str) -> Sequence[T]:
        """All of one owner's, oldest first."""
        ...
