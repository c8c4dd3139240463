"""Bindings of registered users, as rows."""

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from operator import eq
from typing import Final

from sqlalchemy import bindparam, delete, exists, select

from offhook.model.binding import Binding, BindingFlow
from offhook.model.credential import MappingScope
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.keyset import Listing, fetch_page, narrow
from offhook.store.ports import Page, PageRequest
from offhook.store.prepared import KeyedRead
from offhook.store.tables import Moment, bindings, credentials, sip_domains
from offhook.store.tables import sip_domain_credential_list_mappings as mappings

_FLOW_COLUMNS: Final = [field.name for field in dataclasses.fields(BindingFlow)]
_COLUMNS: Final = [field.name for field in dataclasses.fields(Binding) if field.name not in ("flow", "path")]
_BY_SID: Final = KeyedRead(select(bindings), bindings.c.sid, bindings.c.account_sid)
_REMOVAL: Final = delete(bindings).where(
    bindings.c.sid == bindparam("gone"), bindings.c.updated_at <= bindparam("known_at", type_=Moment)
)
"""What was refreshed since, at another node, stays."""
_IS_ALLOWED: Final = exists().where(
    sip_domains.c.sid == bindings.c.domain_sid,
    sip_domains.c.sip_registration,
    mappings.c.domain_sid == sip_domains.c.sid,
    mappings.c.scope == MappingScope.REGISTRATIONS,
    credentials.c.credential_list_sid == mappings.c.credential_list_sid,
    credentials.c.username == bindings.c.username,
    credentials.c.updated_at <= bindings.c.updated_at,
)
"""Whether what let the user register still does. A password that was changed since is another one."""
_BETWEEN: Final = "\n"
"""Parts the values of Path in their column; no header value has one."""


class SqlBindings:
    """`ports.Bindings`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._upsert = database.dialect.upsert(bindings)

    def post(self, binding: Binding) -> None:
        """Insert or replace in the open batch. Raises: StoreBusyError."""
        values = {name: getattr(binding, name) for name in _COLUMNS}
        values["path"] = _BETWEEN.join(binding.path)
        for name in _FLOW_COLUMNS:
            values[name] = getattr(binding.flow, name)
        values["node"] = self._database.node
        self._database.post(self._upsert, values)

    def post_removal(self, binding: Binding) -> None:
        """Delete in the open batch, unless it was refreshed since. Raises: StoreBusyError."""
        self._database.post(_REMOVAL, {"gone": binding.sid, "known_at": binding.updated_at})

    @property
    def is_shared(self) -> bool:
        """Whether other nodes register as well."""
        return self._database.is_shared

    async def flushed(self) -> None:
        """Wait until what was posted before is committed. At once while the database fails."""
        await self._database.flushed()

    async def of_user(self, account_sid: str, username: str) -> Sequence[Binding]:
        """Bindings of that user at every Domain of the account, the oldest first."""
        query = (
            select(bindings)
            .where(bindings.c.account_sid == account_sid, bindings.c.username == username)
            .order_by(bindings.c.created_at, bindings.c.sid)
        )
        return [self._record(row) for row in await self._database.rows(query)]

    async def load(self, after_sid: str, limit: int) -> Sequence[Binding]:
        """Bindings of the node in the order of their Sids, those after `after_sid` ("" is all)."""
        query = select(bindings).where(bindings.c.sid > after_sid).order_by(bindings.c.sid).limit(limit)
        return [self._record(row) for row in await self._database.rows(query)]

    async def orphaned(self, after_sid: str, limit: int) -> Sequence[Binding]:
        """Bindings that nothing allows any more, in the order of their Sids, those after `after_sid`."""
        query = (
            select(bindings)
            .where(bindings.c.sid > after_sid, ~_IS_ALLOWED)
            .order_by(bindings.c.sid)
            .limit(limit)
        )
        return [self._record(row) for row in await self._database.rows(query)]

    async def fetch(self, account_sid: str, sid: str) -> Binding | None:
        """One binding."""
        row = await self._database.find(_BY_SID, account_sid=account_sid, sid=sid)
        return None if row is None else self._record(row)

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
        query = narrow(
            select(bindings).where(bindings.c.account_sid == account_sid, bindings.c.expires_at > now),
            (bindings.c.domain_sid, eq, domain_sid),
            (bindings.c.username, eq, username),
        )
        listing = Listing(bindings, bindings.c.created_at, self._record)
        return await fetch_page(self._database, listing, query, page)

    def _record(self, values: Record) -> Binding:
        flow = {name: values[name] for name in _FLOW_COLUMNS}
        if values["node"] != self._database.node:
            flow["serial"] = 0  # a connection of another node's is none of ours
        return Binding(
            **{name: values[name] for name in _COLUMNS},
            path=tuple(values["path"].split(_BETWEEN)) if values["path"] else (),
            flow=BindingFlow(**flow),
        )
