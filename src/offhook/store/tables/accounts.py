"""Tables of the accounts, and of what the node keeps for itself."""

from typing import Final

from sqlalchemy import (
    Column,
    String,
    Table,
    Text,
)

from offhook.model.account import AccountStatus
from offhook.store.tables.columns import METADATA, Moment, sid, word

accounts: Final = Table(
    "accounts",
    METADATA,
    Column("sid", sid(), primary_key=True),
    Column("friendly_name", String(64), nullable=False),
    Column("auth_token", String(64), nullable=False),
    Column("status", word(AccountStatus), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)


kept_settings: Final = Table(
    "kept_settings",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Settings that bind what is stored, so that they are kept from the first start."""
