"""What every table is made of: the metadata, the kinds of columns, a record of an account."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    Enum,
    Index,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC with microseconds; SQLite forgets the zone and is told it again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn any zone into UTC. A naive datetime is refused: nobody knows when it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say again that it is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Heard(TypeDecorator[str]):
    """Text as somebody outside sent it: what PostgreSQL or UTF-8 cannot hold is kept as U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace NUL and lone surrogates."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def sid() -> String:
    """A Sid: two letters and 32 hexadecimal digits."""
    return String(34)


def node() -> String:
    """Which node's it is while it lives (`Settings.node`); null in rows of versions that had none."""
    return String(8)


def word(words: type[StrEnum], length: int = 32) -> Enum:
    """An enum kept as its value in a plain string, so that a new status needs no migration."""
    return Enum(words, values_callable=lambda e: [m.value for m in e], native_enum=False, length=length)


def record(name: str, *rest: Any) -> Table:
    """A table of records of an account, listed newest first by (created_at, sid)."""
    return Table(
        name,
        METADATA,
        Column("sid", sid(), primary_key=True),
        Column("account_sid", sid(), nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("updated_at", Moment, nullable=False),
        *rest,
        Index(None, "account_sid", "created_at", "sid"),
    )


def url(name: str) -> Column[Any]:
    """Of a web application; null where none is set."""
    return Column(name, Text)


def method(name: str) -> Column[Any]:
    """GET or POST."""
    return Column(name, String(4), nullable=False)
