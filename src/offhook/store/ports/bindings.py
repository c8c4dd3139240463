"""Registrations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from offhook.model.binding import Binding
from offhook.store.ports.paging import Page, PageRequest


class Bindings(Protocol):
    """Registrations: written behind the registrar, which keeps them in memory, and read at start."""

    def post(self, binding: Binding) -> None:
        """Insert or replace in the open batch. Raises: StoreBusyError."""
        ...

    def post_removal(self, binding: Binding) -> None:
        """Delete in the open batch, unless it was refreshed since. Raises: StoreBusyError."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether other nodes register as well."""
        ...

    async def flushed(self) -> None:
        """Wait until what was posted before is committed. At once while the database fails."""
        ...

    async def of_user(self, account_sid: str, username: str) -> Sequence[Binding]:
        """Bindings of that user at every Domain of the account, the oldest first."""
        ...

    async def load(self, after_sid: str, limit: int) -> Sequence[Binding]:
        """Bindings of every node in the order of their Sids, those after `after_sid` ("" is all)."""
        ...

    async def orphaned(self, after_sid: str, limit: int) -> Sequence[Binding]:
        """Bindings that nothing allows any more, in the order of their Sids, those after `after_sid`.

        The Domain is gone or takes no registrations, no list with the user is mapped to it for them, or the
        user's password was changed after the registration.
        """
        ...

    async def fetch(self, account_sid: str, sid: str) -> Binding | None:
        """One binding."""
        ...

    async def list(
        self,
        account_sid: str,
        page: PageRequest,
        *,
        now: datetime,
        domain_sid: str | None = None,
        username: str | None = None,
    ) -> Page[Binding]:
        """Bindings of the account that have not expired."""
        ...
