"""Applications, and the numbers that refer to them."""

from dataclasses import dataclass
from typing import Protocol

from offhook.model.application import Application
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.store.ports.paging import Page, PageRequest


class Applications(Protocol):
    """Applications."""

    async def insert(self, application: Application) -> None:
        """A new one."""
        ...

    async def update(self, application: Application) -> None:
        """Replace. Raises: UnknownRecordError."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete; numbers that referred to it refer to none. False when there is none."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> Application | None:
        """One application."""
        ...

    async def find_public(self, sid: str) -> Application | None:
        """The application, whoever's it is, that others may call (PublicApplicationConnectEnabled)."""
        ...

    async def list(
        self, account_sid: str, page: PageRequest, *, friendly_name: str | None = None
    ) -> Page[Application]:
        """Applications of the account."""
        ...

    async def count(self, account_sid: str) -> int:
        """How many applications the account has."""
        ...


@dataclass(frozen=True, slots=True)
class NumberFilter:
    """Which numbers are wanted; None is any."""

    friendly_name: str | None = None
    phone_number: str | None = None
    """A part of it, with `*` for any digit."""
    trunk_sid: str | None = None


class IncomingPhoneNumbers(Protocol):
    """Numbers of the node's own."""

    async def insert(self, number: IncomingPhoneNumber) -> None:
        """Raises: DuplicateError when somebody has the number, UnknownRecordError without its application."""
        ...

    async def update(self, number: IncomingPhoneNumber) -> None:
        """Replace. Raises: UnknownRecordError without the number, or without its application."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """False when there is none."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> IncomingPhoneNumber | None:
        """One number."""
        ...

    async def find_by_number(self, phone_number: str) -> IncomingPhoneNumber | None:
        """The number in E.164, whoever owns it: the caller is not known yet."""
        ...

    async def list(
        self, account_sid: str, wanted: NumberFilter, page: PageRequest
    ) -> Page[IncomingPhoneNumber]:
        """Numbers of the account."""
        ...
