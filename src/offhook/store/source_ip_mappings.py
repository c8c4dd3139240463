"""IP records and source IP mappings, as rows."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Any

from sqlalchemy import select

from offhook.model.ip_record import IpRecord, MappedSource, SourceIpMapping
from offhook.store.connection import Database
from offhook.store.records import SqlRecords
from offhook.store.tables import ip_records, source_ip_mappings


class SqlIpRecords(SqlRecords[IpRecord]):
    """`ports.IpRecords`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, ip_records, IpRecord, "IP record")

    def _values(self, record: IpRecord) -> dict[str, Any]:
        return super()._values(record) | {"network": str(record.network)}


class SqlSourceIpMappings(SqlRecords[SourceIpMapping]):
    """`ports.SourceIpMappings`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, source_ip_mappings, SourceIpMapping, "source IP mapping")

    async def mapped(self, limit: int) -> Sequence[MappedSource]:
        """Those of every account, the oldest first, at most so many: the caller is not known yet."""
        mappings = source_ip_mappings
        query = (
            select(ip_records.c.network, mappings.c.account_sid, mappings.c.sip_domain_sid)
            .join(ip_records, ip_records.c.sid == mappings.c.ip_record_sid)
            .order_by(mappings.c.created_at, mappings.c.sid)
            .limit(limit)
        )
        rows = await self._database.rows(query)
        return [
            MappedSource(IPv4Network(row["network"]), row["account_sid"], row["sip_domain_sid"])
            for row in rows
        ]
