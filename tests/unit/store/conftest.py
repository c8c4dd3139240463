"""The databases on which every test of the store runs."""

from pathlib import Path

import pytest


@pytest.fixture(params=["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    databases = {"sqlite": f"sqlite:///{tmp_path / 'offhook.db'}"}
    return databases[request.param]
