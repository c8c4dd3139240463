"""What tests of several rooms share."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.postgres import PostgresCluster

# How long an example takes is measured in bench/; a busy machine fails no property.
settings.register_profile("offhook", deadline=None)
settings.load_profile("offhook")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """One server for all tests, a database for each."""
    with PostgresCluster() as cluster:
        yield cluster
