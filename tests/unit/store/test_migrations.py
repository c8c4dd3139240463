"""The steps lead to the tables that the code uses."""

import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from offhook.base.errors import UsageError
from offhook.store.migrations import (
    STAMP,
    Tables,
    UnknownTablesError,
    examine,
    migrate,
    run_alone,
    steps,
    take_steps,
)
from offhook.store.tables import METADATA


def differences(connection: Connection) -> list[object]:
    """Between the tables that there are and those of the code."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, METADATA))


def shape(connection: Connection) -> dict[str, object]:
    """Each table as the database tells it, but for the order of its columns."""
    seen = inspect(connection)
    return {
        table: (
            sorted((each["name"], str(each["type"]), each["nullable"]) for each in seen.get_columns(table)),
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted(str(each) for each in seen.get_foreign_keys(table)),
            sorted(str(each["column_names"]) for each in seen.get_unique_constraints(table)),
            sorted(str(each["sqltext"]) for each in seen.get_check_constraints(table)),
            sorted((str(each["name"]), str(each)) for each in seen.get_indexes(table)),
        )
        for table in sorted(seen.get_table_names())
    }


def test_both_ways_lead_to_the_same_tables(url: str) -> None:
    migrate(url)
    at_once = run_alone(url, shape)
    run_alone(url, METADATA.drop_all)
    run_alone(url, lambda connection: connection.execute(text(f"DROP TABLE {STAMP}")))
    run_alone(url, take_steps)
    step_by_step = run_alone(url, shape)
    assert step_by_step.keys() == at_once.keys()
    for table, told in at_once.items():
        assert step_by_step[table] == told, table


def test_the_steps_make_exactly_the_tables_of_the_code(url: str) -> None:
    run_alone(url, take_steps)
    assert run_alone(url, differences) == []
    assert examine(url) is Tables.CURRENT


def test_a_new_database_gets_the_tables_of_the_code_at_once(url: str) -> None:
    assert examine(url) is Tables.ABSENT
    migrate(url)
    assert run_alone(url, differences) == []
    assert examine(url) is Tables.CURRENT


def test_an_older_database_takes_the_steps_that_it_has_not_taken(url: str) -> None:
    run_alone(url, lambda connection: take_steps(connection, steps()[-3]))
    assert examine(url) is Tables.OLDER
    migrate(url)
    assert run_alone(url, differences) == []
    assert examine(url) is Tables.CURRENT


def test_a_database_with_tables_of_somebody_else_gets_ours_beside_them(url: str) -> None:
    run_alone(url, lambda connection: connection.execute(text("CREATE TABLE letters (id INTEGER)")))
    migrate(url)
    assert examine(url) is Tables.CURRENT


def test_the_number_of_a_step_is_that_of_its_file(url: str) -> None:
    def by_alembic(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    run_alone(url, take_steps)
    assert run_alone(url, by_alembic) == steps()[-1]


def test_work_that_is_broken_off_leaves_nothing_behind(url: str) -> None:
    def break_off(connection: Connection) -> None:
        METADATA.create_all(connection)
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        run_alone(url, break_off)
    assert run_alone(url, lambda connection: inspect(connection).get_table_names()) == []
    migrate(url)
    assert examine(url) is Tables.CURRENT


def test_migrating_again_changes_nothing(url: str) -> None:
    migrate(url)
    migrate(url)


def test_a_database_of_a_newer_version_is_refused(url: str) -> None:
    migrate(url)
    run_alone(
        url, lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )
    with pytest.raises(UnknownTablesError):
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
