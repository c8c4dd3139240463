"""Every cell of the matrix comes out as `docs/peers.md` says: of those that do not, once more at the most."""

from pathlib import Path

import pytest

from tests.peers.matrix.cells import Act, Line, Media, Peer, Transport, lines, obstacle
from tests.peers.matrix.line import Outcomes
from tests.peers.matrix.page import PATH, expected, page
from tests.peers.matrix.run import CA_FILE, run
from tests.support.node import running_node

pytestmark = pytest.mark.peer

LINES = list(lines())
AGAIN_MAX = 4
"""Lines that are run once more; where more come out otherwise, it is not the machine."""


@pytest.fixture(scope="module")
def came_out(tmp_path_factory: pytest.TempPathFactory) -> dict[Line, Outcomes]:
    """All of it, run at once."""

    def results(which: list[Line]) -> dict[Line, Outcomes]:
        folder: Path = tmp_path_factory.mktemp("matrix")
        with running_node(folder, extra_ca_file=str(CA_FILE)) as node:
            return run(node, folder, which)

    came_out = results(LINES)
    again = [line for line in LINES if came_out[line] != wanted(line)]
    return came_out | results(again) if 0 < len(again) <= AGAIN_MAX else came_out


def wanted(line: Line) -> Outcomes:
    """What the page says."""
    return {act: expected(line, act) for act in Act}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_a_line_comes_out_as_the_page_says(came_out: dict[Line, Outcomes], line: Line) -> None:
    assert came_out[line] == wanted(line)


def test_the_page_is_that_of_the_matrix() -> None:
    assert PATH.read_text() == page(), "run: python -m tests.peers.matrix --write-docs"


def test_what_can_be_run_is_most_of_what_there_is() -> None:
    assert len(LINES) * len(Act) == len(Peer) * len(Transport) * len(Media) * len(Act) == 180
    runnable = [(line, act) for line in LINES for act in Act if not obstacle(line, act)]
    assert len(runnable) == 88
