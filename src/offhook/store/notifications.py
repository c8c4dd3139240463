"""Notifications, as rows."""

import dataclasses
from datetime import datetime
from operator import eq, ge, lt
from typing import Final

from sqlalchemy import insert, select

from offhook.model.notification import LogLevel, Notification
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.keyset import Listing, fetch_page, narrow
from offhook.store.ports import Page, PageRequest
from offhook.store.prepared import KeyedRead
from offhook.store.tables import notifications

_COLUMNS: Final = [field.name for field in dataclasses.fields(Notification)]
_INSERT: Final = insert(notifications)
_BY_SID: Final = KeyedRead(select(notifications), notifications.c.sid, notifications.c.account_sid)


class SqlNotifications:
    """`ports.Notifications`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def post(self, notification: Notification) -> None:
        """Insert in the open batch. Raises: StoreBusyError."""
        self._database.post(_INSERT, {name: getattr(notification, name) for name in _COLUMNS})

    async def fetch(self, account_sid: str, sid: str) -> Notification | None:
        """One notification."""
        row = await self._database.find(_BY_SID, account_sid=account_sid, sid=sid)
        return None if row is None else _record(row)

    async def list(
        self,
        account_sid: str,
        page: PageRequest,
        *,
        call_sid: str | None = None,
        log: int | None = None,
        message_from: datetime | None = None,
        message_until: datetime | None = None,
    ) -> Page[Notification]:
        """Notifications of the account or of one call."""
        query = narrow(
            select(notifications).where(notifications.c.account_sid == account_sid),
            (notifications.c.call_sid, eq, call_sid),
            (notifications.c.log, eq, log),
            (notifications.c.message_date, ge, message_from),
            (notifications.c.message_date, lt, message_until),
        )
        return await fetch_page(self._database, _LISTING, query, page)


def _record(row: Record) -> Notification:
    values = dict(row)
    values["log"] = LogLevel(values["log"])
    return Notification(**values)


_LISTING: Final = Listing(notifications, notifications.c.message_date, _record)
