"""Accounts, as rows."""

from typing import Final

from sqlalchemy import select

from offhook.base.redact import Secret
from offhook.model.account import Account
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.prepared import KeyedRead
from offhook.store.tables import accounts

_BY_SID: Final = KeyedRead(select(accounts), accounts.c.sid)


class SqlAccounts:
    """`ports.Accounts`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = database.dialect.upsert(accounts)

    async def fetch(self, sid: str) -> Account | None:
        """One account by its Sid."""
        row = await self._database.find(_BY_SID, sid=sid)
        return None if row is None else _record(row)

    async def oldest(self) -> Account | None:
        """The account that was made first; None in a new database."""
        query = select(accounts).order_by(accounts.c.created_at, accounts.c.sid).limit(1)
        rows = await self._database.rows(query)
        return _record(rows[0]) if rows else None

    async def save(self, account: Account) -> None:
        """Insert or replace."""
        await self._database.write(
            self._upsert.values(
                sid=account.sid,
                friendly_name=account.friendly_name,
                auth_token=account.auth_token.reveal(),
                status=account.status,
                created_at=account.created_at,
                updated_at=account.updated_at,
            )
        )


def _record(row: Record) -> Account:
    values = dict(row)
    values["auth_token"] = Secret(values["auth_token"])
    return Account(**values)
