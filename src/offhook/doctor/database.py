"""Can the database be reached, and are its tables this version's? Nothing is changed."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from offhook.base.errors import UsageError
from offhook.config.folders import RECORDINGS, SPOKEN, TRACES
from offhook.doctor.finding import Finding, fault, fine, warning
from offhook.store.connection import is_there, parse_url
from offhook.store.migrations import Tables, examine

SPACE_BYTES: Final = 1 << 30
"""Less than this on a disk is worth a warning: an hour of a recorded call is 115 MB on two channels."""
KEPT_THERE: Final = {RECORDINGS: "recordings", TRACES: "traces of calls", SPOKEN: "spoken text"}
"""By folder in `data_dir`."""


def examine_database(url: str, data_dir: Path) -> Iterator[Finding]:
    """The store's database, and the folders in which recordings and the like are kept."""
    yield from _folder(data_dir, "data_dir", "recordings and records")
    for name, kept in KEPT_THERE.items():
        if _is_elsewhere(data_dir / name, data_dir):
            yield from _folder(data_dir / name, name, kept)
    parsed = parse_url(url)
    where = f"PostgreSQL at {parsed.host or parsed.query.get('host')}, database {parsed.database}"
    if parsed.drivername == "sqlite":
        where = str(parsed.database)
    if not is_there(url):
        yield fine("database", f"{where} is made when the node starts for the first time")
        return
    try:
        tables = examine(url)
    except (OSError, UsageError) as error:
        yield fault(
            "database", f"{where}: {error}", "check database_url, and that the server runs and lets us in"
        )
        return
    match tables:
        case Tables.CURRENT:
            yield fine("database", f"{where}: tables of this version")
        case Tables.ABSENT:
            yield fine("database", f"{where}: empty; its tables are made when the node starts")
        case Tables.OLDER:
            yield warning(
                "database",
                f"{where}: tables of an older version",
                "`offhook serve` brings them up to date when it starts, `offhook db upgrade` does it now",
            )
        case Tables.UNKNOWN:
            yield fault(
                "database",
                f"{where}: its tables were made by a newer version",
                "run that version, or choose another database: OFFHOOK_DATABASE_URL",
            )


def _is_elsewhere(folder: Path, data_dir: Path) -> bool:
    """Whether a folder is on a disk of its own."""
    try:
        return folder.stat().st_dev != data_dir.stat().st_dev
    except OSError:  # not there yet, or beyond our reach: that of `data_dir` says why
        return False


def _folder(folder: Path, name: str, kept: str) -> Iterator[Finding]:
    present = folder if folder.exists() else _nearest(folder)
    if not present.is_dir() or not os.access(present, os.W_OK | os.X_OK):
        yield fault(
            "database",
            f"{name} {folder}: nothing can be written there",
            f"make {present} a folder that this user may write to, or choose another: OFFHOOK_DATA_DIR",
        )
        return
    free = shutil.disk_usage(present).free
    said = f"{name} {folder}: {free / (1 << 30):.1f} GiB free"
    if free < SPACE_BYTES:
        yield warning("database", said, f"make room: {kept} are kept there")
    else:
        yield fine("database", said)


def _nearest(folder: Path) -> Path:
    return next(parent for parent in folder.absolute().parents if parent.exists())
