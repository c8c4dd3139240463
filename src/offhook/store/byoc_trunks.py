"""BYOC trunks, as rows."""

from sqlalchemy import select

from offhook.model.byoc_trunk import ByocTrunk
from offhook.store.connection import Database
from offhook.store.records import SqlRecords
from offhook.store.tables import byoc_trunks, sip_domains


class SqlByocTrunks(SqlRecords[ByocTrunk]):
    """`ports.ByocTrunks`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, byoc_trunks, ByocTrunk, "BYOC trunk")

    async def find_named(self, account_sid: str, friendly_name: str) -> ByocTrunk | None:
        """The account's trunk of that name, the oldest where several have it."""
        query = (
            select(byoc_trunks)
            .where(byoc_trunks.c.account_sid == account_sid, byoc_trunks.c.friendly_name == friendly_name)
            .order_by(byoc_trunks.c.created_at, byoc_trunks.c.sid)
            .limit(1)
        )
        rows = await self._database.rows(query)
        return self._record(rows[0]) if rows else None

    async def first_domain(self, account_sid: str, sid: str) -> str | None:
        """The name of the oldest SIP Domain that refers to the trunk; None when none does."""
        query = (
            select(sip_domains.c.domain_name)
            .where(sip_domains.c.account_sid == account_sid, sip_domains.c.byoc_trunk_sid == sid)
            .order_by(sip_domains.c.created_at, sip_domains.c.sid)
            .limit(1)
        )
        rows = await self._database.rows(query)
        return str(rows[0]["domain_name"]) if rows else None
