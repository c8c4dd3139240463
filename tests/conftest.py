"""What tests of several rooms share."""

from collections.abc import Iterator

import pytest

from tests.support.postgres import PostgresCluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """One server for all tests, a database for each."""
    with PostgresCluster() as cluster:
        yield cluster
