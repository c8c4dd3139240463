"""A call's record, as the bare programs keep it: two rows written in SQLite with the product's durability."""

import sqlite3
from pathlib import Path
from typing import Final

_TABLE: Final = (
    "CREATE TABLE calls (sid TEXT PRIMARY KEY, account_sid TEXT, from_ TEXT, to_ TEXT, status TEXT, "
    "started_at REAL, ended_at REAL)"
)


class BareRecords:
    """An open database."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "bare.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode=wal")
        self._database.execute("PRAGMA synchronous=normal")
        self._database.execute(_TABLE)

    def begin(self) -> None:
        """Open a transaction."""
        self._database.execute("BEGIN")

    def insert(self, sid: str) -> None:
        """A call that rings."""
        row = (sid, "AC", "sip:a", "sip:b", "ringing", 1.0, None)
        self._database.execute("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def update(self, sid: str) -> None:
        """A call that has ended."""
        change = ("completed", 2.0, sid)
        self._database.execute("UPDATE calls SET status = ?, ended_at = ? WHERE sid = ?", change)

    def commit(self) -> None:
        """Close the transaction."""
        self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the database."""
        self._database.close()
