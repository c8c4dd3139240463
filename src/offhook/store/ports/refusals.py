"""What was refused, for `offhook calls why`."""

from dataclasses import dataclass
from typing import Protocol

from offhook.model.refusal import Refusal
from offhook.store.ports.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class RefusalFilter:
    """Which refusals are wanted; None is any."""

    sip_call_id: str | None = None
    source: str | None = None


class RefusalLog(Protocol):
    """Where refusals are written."""

    def post(self, refusal: Refusal) -> None:
        """Count a refusal: into the record of the same source, domain and code of this minute, or a new one.

        Raises: StoreBusyError.
        """
        ...


class Refusals(RefusalLog, Protocol):
    """The log of refusals: at most 10,000 records, the oldest go."""

    async def list(
        self, account_sid: str, wanted: RefusalFilter, page: PageRequest, *, nobodys: bool
    ) -> Page[Refusal]:
        """Refusals of the account, by when the first of each came. nobodys: those of no account as well."""
        ...
