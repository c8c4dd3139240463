"""One batch of writes in one transaction: the same for every database that opens the connection its own way.

Called by the dialects on behalf of `writer.py`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from offhook.store.prepared import PreparedWrites, Statement


@dataclass(slots=True, eq=False)
class Write:
    """One entry of the writer's queue."""

    statements: tuple[Statement, ...]
    """Several go into the same transaction."""
    parameters: Mapping[str, Any]
    """Values of the first statement, where it was posted; changed by the writer while it waits."""
    done: asyncio.Future[int] | None = None
    """Gets the number of rows that the first statement touched; None where it was posted."""


def run_batch(connection: Connection, batch: Sequence[Write], prepared: PreparedWrites) -> list[int]:
    """Run every statement; how many rows the first one of each write touched, 0 for what was posted.

    Neighbours that post the same statement go to the driver in one piece.
    Raises: SQLAlchemyError.
    """
    rows: list[int] = []
    for (is_posted, _), group in groupby(batch, lambda w: (w.done is None, id(w.statements[0]))):
        writes = list(group)
        if is_posted:
            first = writes[0]
            compiled = prepared.get(first.statements[0], first.parameters, connection.dialect)
            connection.exec_driver_sql(compiled.sql, [compiled.parameters(w.parameters) for w in writes])
            rows += [0] * len(writes)
        else:
            rows += [_execute_all(connection, write) for write in writes]
    return rows


def _execute_all(connection: Connection, write: Write) -> int:
    counts = [connection.execute(statement).rowcount for statement in write.statements]
    return counts[0]
