"""The table of queues; who waits in them is in no table."""

from typing import Final

from sqlalchemy import Column, Integer, String, UniqueConstraint

from offhook.store.tables.columns import record

queues: Final = record(
    "queues",
    Column("friendly_name", String(64), nullable=False),
    Column("max_size", Integer, nullable=False),
    UniqueConstraint("account_sid", "friendly_name"),
)
