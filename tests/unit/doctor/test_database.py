"""The database is looked at, and not touched."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from sqlalchemy import text

from offhook.doctor.database import examine_database
from offhook.doctor.finding import Finding, Verdict
from offhook.store.migrations import migrate, run_alone


class Usage(NamedTuple):
    """As `shutil.disk_usage` has it."""

    total: int
    used: int
    free: int


def look(folder: Path) -> Finding:
    """What is said of the database itself."""
    return list(examine_database(f"sqlite:///{folder / 'offhook.db'}", folder))[-1]


def test_a_first_start_finds_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    finding = look(tmp_path)

    assert finding.verdict is Verdict.FINE
    assert "made when the node starts" in finding.what
    assert list(tmp_path.iterdir()) == []


def test_tables_of_this_version_are_fine(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'offhook.db'}")

    assert look(tmp_path).what.endswith("tables of this version")


@pytest.mark.parametrize(("version", "verdict"), [("0001", Verdict.WARNING), ("9999", Verdict.FAULT)])
def test_older_tables_are_a_warning_and_newer_ones_a_fault(
    version: str, verdict: Verdict, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'offhook.db'}"
    migrate(url)
    run_alone(
        url,
        lambda connection: connection.execute(
            text("UPDATE alembic_version SET version_num = :v"), {"v": version}
        ),
    )

    assert look(tmp_path).verdict is verdict


def test_a_server_that_is_not_there_is_a_fault_without_its_password(tmp_path: Path) -> None:
    *_, finding = examine_database("postgresql://offhook:secret@127.0.0.1:1/offhook", tmp_path)

    assert finding.verdict is Verdict.FAULT
    assert "127.0.0.1" in finding.what
    assert "secret" not in finding.what


def test_a_folder_where_nothing_can_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    finding = next(examine_database(f"sqlite:///{tmp_path}/file/offhook.db", tmp_path / "file"))

    assert finding.verdict is Verdict.FAULT
    assert "OFFHOOK_DATA_DIR" in finding.remedy


@pytest.mark.parametrize(("free", "verdict"), [(1 << 20, Verdict.WARNING), (1 << 40, Verdict.FINE)])
def test_recordings_on_a_disk_of_their_own_are_looked_at_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, verdict: Verdict
) -> None:
    with TemporaryDirectory(dir="/dev/shm") as other:
        (tmp_path / "recordings").symlink_to(other)
        (tmp_path / "traces").mkdir()
        sizes = {tmp_path: 1 << 40, tmp_path / "recordings": free}
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, sizes[folder]))

        found = list(examine_database(f"sqlite:///{tmp_path / 'offhook.db'}", tmp_path))

    assert [finding.what.split()[0] for finding in found[:-1]] == ["data_dir", "recordings"]
    assert [finding.verdict for finding in found[:-1]] == [Verdict.FINE, verdict]
    assert ("recordings are kept there" in found[1].remedy) is (verdict is Verdict.WARNING)
