"""Every cell of the matrix comes out as `docs/peers.md` says."""

from pathlib import Path

import pytest

from tests.peers.matrix.cells import Act, Line, Media, Peer, Transport, lines, obstacle
from tests.peers.matrix.line import Outcomes
from tests.peers.matrix.page import PATH, expected, page
from tests.peers.matrix.run import CA_FILE, run
from tests.support.node import running_node

pytestmark = pytest.mark.peer

LINES = list(lines())


@pytest.fixture(scope="module")
def came_out(tmp_path_factory: pytest.TempPathFactory) -> dict[Line, Outcomes]:
    """All of it, run at once."""
    folder: Path = tmp_path_factory.mktemp("matrix")
    with running_node(folder, extra_ca_file=str(CA_FILE)) as node:
        return run(node, folder, LINES)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_a_line_comes_out_as_the_page_says(came_out: dict[Line, Outcomes], line: Line) -> None:
    assert came_out[line] == {act: expected(line, act) for act in Act}


def test_the_page_is_that_of_the_matrix() -> None:
    assert PATH.read_text() == page(), "run: python -m tests.peers.matrix --write-docs"


def test_what_can_be_run_is_most_of_what_there_is() -> None:
    assert len(LINES) * len(Act) == len(Peer) * len(Transport) * len(Media) * len(Act) == 180
    runnable = [(line, act) for line in LINES for act in Act if not obstacle(line, act)]
    assert len(runnable) == 88
