"""A node, and an application whose Voice URL says what the test wants."""

from collections.abc import Iterator

import pytest

from tests.peers.quirks.line import Line
from tests.support.application import running_application
from tests.support.node import running_node


@pytest.fixture(scope="module")
def standing_line(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Line]:
    """Of a module, whose NODE_SETTINGS are those of its node."""
    settings: dict[str, str] = getattr(request.module, "NODE_SETTINGS", {})
    with running_application({}) as application:
        folder = tmp_path_factory.mktemp("node")
        with running_node(folder, "--voice-url", f"{application.base_url}/voice", **settings) as node:
            yield Line(node, application)


@pytest.fixture
def line(standing_line: Line) -> Line:
    """The same with nothing left of the test before."""
    standing_line.forget()
    return standing_line
