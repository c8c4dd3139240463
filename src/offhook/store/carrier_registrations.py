"""Registrations at carriers, as rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from offhook.base.redact import Secret
from offhook.model.carrier_registration import CarrierRegistration
from offhook.store.connection import Database
from offhook.store.dialect import Record
from offhook.store.records import SqlRecords
from offhook.store.tables import carrier_registrations


class SqlCarrierRegistrations(SqlRecords[CarrierRegistration]):
    """`ports.CarrierRegistrations`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, carrier_registrations, CarrierRegistration, "registration")

    async def load(self, limit: int) -> Sequence[CarrierRegistration]:
        """Those of every account, the oldest first, at most so many."""
        table = carrier_registrations
        query = select(table).order_by(table.c.created_at, table.c.sid).limit(limit)
        return [self._record(row) for row in await self._database.rows(query)]

    def _values(self, record: CarrierRegistration) -> dict[str, Any]:
        return super()._values(record) | {"password": record.password.reveal()}

    def _record(self, row: Record) -> CarrierRegistration:
        return super()._record({**row, "password": Secret(row["password"])})
