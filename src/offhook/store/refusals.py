"""Refusals, as rows: of those alike within a minute the first have one each, the others share one.

At most 10,000 are kept.

Whoever is refused a thousand times a second costs one row a minute: what is counted stays in memory and is
written when somebody reads, when its minute is over, and at the end. A crash loses the count, not the record.
"""

import dataclasses
from datetime import datetime, timedelta
from itertools import takewhile
from operator import eq
from typing import Final

from sqlalchemy import delete, or_, select

from offhook.model.refusal import Refusal
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.keyset import Listing, fetch_page, narrow
from offhook.store.ports import Page, PageRequest, RefusalFilter, StoreBusyError
from offhook.store.tables import refusals

RECORDS_MAX: Final = 10_000
PRUNED_EVERY: Final = 100
"""New records between two prunings, which leave room for so many."""
WINDOW: Final = timedelta(minutes=1)
OPEN_MAX: Final = 1_000
"""Records whose minute is not over. Beyond it all sources share one record for each code, so that a flood
from made-up addresses neither fills the queue of writes nor pushes everything else out of the log."""
BEGINNERS: Final = frozenset({"INVITE", "REGISTER"})
"""Of any other method all sources share one record: phones ask for presence every minute."""
OWN_MAX: Final = 3
"""Of those alike within a minute, so many have a record of their own by Call-ID: two phones behind one NAT
are told apart. Further ones share one more."""
NAMES_MAX: Final = 20
"""Names that one source may ask for in vain within a minute, each with a record of its own; more share one,
so that nobody can push the others out of the log by asking for nonsense."""

_COLUMNS: Final = [field.name for field in dataclasses.fields(Refusal)]
_Key = tuple[str, str, int, int | None, str]
"""Source, domain, SIP status, code, and the Call-ID of the first ones alike."""


class SqlRefusals:
    """`ports.Refusals`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = database.dialect.upsert(refusals)
        oldest_kept = (
            select(refusals.c.first_at)
            .order_by(refusals.c.first_at.desc())
            .offset(RECORDS_MAX - PRUNED_EVERY - 1)
            .limit(1)
            .scalar_subquery()
        )
        self._prune = delete(refusals).where(refusals.c.first_at < oldest_kept)
        self._open: dict[_Key, Refusal] = {}
        self._of_source: dict[str, list[_Key]] = {}
        """The open ones by source."""
        self._unwritten: set[_Key] = set()
        self._until_pruning = 1

    def post(self, refusal: Refusal) -> None:
        """Count a refusal. Raises: StoreBusyError."""
        key = self._key(refusal)
        if key not in self._open and len(self._open) >= OPEN_MAX:
            self._close_what_is_over(refusal.last_at)
            if len(self._open) >= OPEN_MAX:
                key = ("", "", refusal.status, refusal.code, "")
        known = self._open.get(key)
        if known is not None and not _is_over(known, refusal.last_at):
            self._open[key] = dataclasses.replace(
                refusal, sid=known.sid, first_at=known.first_at, count=known.count + 1
            )
            self._unwritten.add(key)
            return
        if known is not None:
            self._close(key)
        self._write(refusal)
        self._open[key] = refusal
        self._of_source.setdefault(key[0], []).append(key)
        self._until_pruning -= 1
        if self._until_pruning == 0:
            self._until_pruning = PRUNED_EVERY
            self._database.post(self._prune, {})

    def flush(self) -> None:
        """Write what was counted; what a busy database does not take stays for the next time."""
        for key in tuple(self._unwritten):
            try:
                self._write(self._open[key])
            except StoreBusyError:
                return
            self._unwritten.discard(key)

    async def list(
        self, account_sid: str, wanted: RefusalFilter, page: PageRequest, *, nobodys: bool
    ) -> Page[Refusal]:
        """Refusals of the account, by when the first of each came. nobodys: those of no account as well."""
        self.flush()
        mine = refusals.c.account_sid == account_sid
        query = narrow(
            select(refusals).where(or_(mine, refusals.c.account_sid.is_(None)) if nobodys else mine),
            (refusals.c.sip_call_id, eq, wanted.sip_call_id),
            (refusals.c.source, eq, wanted.source),
        )
        return await fetch_page(self._database, _LISTING, query, page)

    def _key(self, refusal: Refusal) -> _Key:
        """Which record it belongs to; what is over of the same source is closed."""
        for each in list(self._of_source.get(refusal.source, ())):
            if _is_over(self._open[each], refusal.last_at):
                self._close(each)
        if refusal.method not in BEGINNERS:
            return ("", refusal.method, refusal.status, refusal.code, "")
        key = (refusal.source, refusal.domain, refusal.status, refusal.code, refusal.sip_call_id)
        if key in self._open:
            return key
        open_ones = self._of_source.get(refusal.source, ())
        alike = [each for each in open_ones if each[:4] == key[:4]]
        if len(alike) >= OWN_MAX:
            return (*key[:4], "")
        strangers = {each[:4] for each in open_ones if self._open[each].account_sid is None}
        if refusal.account_sid is not None or alike or len(strangers) < NAMES_MAX:
            return key
        return (refusal.source, "", refusal.status, refusal.code, "")

    def _close_what_is_over(self, now: datetime) -> None:
        """They stand in the order in which they were opened."""
        over = takewhile(lambda key: _is_over(self._open[key], now), list(self._open))
        for key in over:
            self._close(key)

    def _close(self, key: _Key) -> None:
        if key in self._unwritten:
            self._write(self._open[key])
            self._unwritten.discard(key)
        del self._open[key]
        of_source = self._of_source[key[0]]
        of_source.remove(key)
        if not of_source:
            del self._of_source[key[0]]

    def _write(self, refusal: Refusal) -> None:
        self._database.post(self._upsert, {name: getattr(refusal, name) for name in _COLUMNS})


def _is_over(known: Refusal, now: datetime) -> bool:
    """Whether the minute of a record is over, or the clock was set."""
    return abs(now - known.first_at) >= WINDOW


def _record(row: Record) -> Refusal:
    return Refusal(**row)


_LISTING: Final = Listing(refusals, refusals.c.first_at, _record)
