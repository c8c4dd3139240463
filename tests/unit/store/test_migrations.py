"""The steps lead to the tables that the code uses."""

import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, text

from offhook.base.errors import UsageError
from offhook.store.migrations import migrate, run_alone
from offhook.store.tables import METADATA


def test_the_steps_make_exactly_the_tables_of_the_code(url: str) -> None:
    migrate(url)

    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, METADATA))

    assert run_alone(url, compare) == []


def test_migrating_again_changes_nothing(url: str) -> None:
    migrate(url)
    migrate(url)


def test_a_database_of_a_newer_version_is_refused(url: str) -> None:
    migrate(url)
    run_alone(
        url, lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )
    with pytest.raises(CommandError):
        migrate(url)


def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "offhook.db"
    migrate(f"sqlite:///{file}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_is_no_database_is_an_error_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "offhook.db"
    file.write_bytes(b"a letter to my aunt\n" * 1000)
    with pytest.raises(OSError, match="not a database") as caught:
        migrate(f"sqlite:///{file}")
    assert caught.value.filename == str(file)
    assert file.read_bytes().startswith(b"a letter")


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        migrate(f"sqlite:///{tmp_path / 'nowhere' / 'offhook.db'}")


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "offhook.db",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://host/db",
        "sqlite+pysqlite:///x",
        "postgresql://host",
        "postgresql:///db",
        "postgresql+asyncpg://host/db",
        "postgresql://host:port/db",
    ],
)
def test_a_url_that_is_not_spoken_is_refused(bad: str) -> None:
    with pytest.raises(UsageError):
        migrate(bad)
