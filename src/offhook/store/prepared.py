"""Statements that are compiled once: later only values pass between a record and the driver.

SQLAlchemy finds the compiled form of a statement again each time it runs and carries the values through its
own layers; on a row that is found by its key, or on one of a batch, that costs more than the database does.
The SQL stays SQLAlchemy's, and so does what each column type does to its values. Called by `batch.py` and by
the dialects.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Column, Delete, Dialect, Insert, Select, Update, bindparam
from sqlalchemy.exc import StatementError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from offhook.base.errors import UsageError

Statement = Insert | Update | Delete
Convert = Callable[[Any], Any]
Raw = tuple[Any, ...]
"""A row, or the values of a statement, as the driver has them."""


class KeyedRead:
    """A SELECT of at most one row by the columns of a key, each bound under its name. Make one per query."""

    def __init__(self, wanted: Select[Any], *key: Column[Any]) -> None:
        self.select: Final = wanted.where(
            *(column == bindparam(str(column.name), type_=column.type) for column in key)
        )


class CompiledRead:
    """A KeyedRead for one kind of database."""

    def __init__(self, read: KeyedRead, dialect: Dialect) -> None:
        compiled = read.select.compile(dialect=dialect)
        self.sql: Final = compiled.string
        self._values = _Values(compiled, dialect)
        columns = list(read.select.selected_columns)
        self._names = [str(column.key) for column in columns]
        self._converts = [
            (str(column.key), convert)
            for column in columns
            if (convert := _to_python(column.type, dialect)) is not None
        ]

    def parameters(self, key: Mapping[str, Any]) -> Raw:
        """What the driver is given."""
        return self._values.of(key)

    def record(self, row: Raw) -> Mapping[str, Any]:
        """The row's values by column."""
        values = dict(zip(self._names, row, strict=True))
        for name, convert in self._converts:
            values[name] = convert(values[name])
        return values


class CompiledWrite:
    """A posted statement for one kind of database; every row gives values for the same names."""

    def __init__(self, statement: Statement, names: tuple[str, ...], dialect: Dialect) -> None:
        self._statement: Final = statement  # Kept, so that no other statement can get its identity.
        compiled = statement.compile(dialect=dialect, column_keys=list(names), for_executemany=True)
        self.sql: Final = compiled.string
        self._values = _Values(compiled, dialect)

    def parameters(self, row: Mapping[str, Any]) -> Raw:
        """What the driver is given for one row. Raises: StatementError for a value that cannot be written."""
        try:
            return self._values.of(row)
        except (ValueError, TypeError, LookupError) as error:
            raise StatementError("a value cannot be written", self.sql, None, error) from error


class PreparedWrites:
    """The posted statements of one database, each compiled when it is first seen: a handful in all."""

    def __init__(self) -> None:
        self._compiled: dict[int, CompiledWrite] = {}

    def get(self, statement: Statement, row: Mapping[str, Any], dialect: Dialect) -> CompiledWrite:
        """The compiled form of a statement, whose rows have the names of this one."""
        found = self._compiled.get(id(statement))
        if found is None:
            found = self._compiled[id(statement)] = CompiledWrite(statement, tuple(row), dialect)
        return found


class _Values:
    """Named values in the order and form that the driver wants them in."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        if compiled.positiontup is None or compiled.post_compile_params:
            raise UsageError(f"not a statement of fixed text: {compiled.string}")
        self._plan: list[tuple[str, Convert | None]] = []
        self._fixed: dict[str, Any] = {}
        for name in compiled.positiontup:
            bound = compiled.binds[name]
            self._plan.append((bound.key, _to_driver(bound.type, dialect)))
            if not bound.required:
                self._fixed[bound.key] = bound.effective_value

    def of(self, values: Mapping[str, Any]) -> Raw:
        if self._fixed:
            values = {**self._fixed, **values}
        return tuple(
            [values[name] if convert is None else convert(values[name]) for name, convert in self._plan]
        )


def _to_driver(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _to_python(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).result_processor(dialect, None)
