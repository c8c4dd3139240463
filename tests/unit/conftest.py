"""The databases on which every test of the store, and of what a crash leaves in it, runs."""

from pathlib import Path

import pytest

from tests.support.postgres import PostgresCluster


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'offhook.db'}"
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    return cluster.emptied_database()
