"""Each row of the contract: what the caller and the webhook saw is what the row says."""

import asyncio
import re
from collections.abc import Mapping

import pytest

from tests.contract.twiml.row import Note, Row
from tests.contract.twiml.rows import ROWS
from tests.contract.twiml.seen import LoggedNote, Seen
from tests.contract.twiml.stage import Stage

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def calls(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Seen]:
    """What was seen of the calls of all rows that were asked for, by the row's name."""
    asked = [
        row
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.path == request.path
        and isinstance(row := item.callspec.params["row"], Row)
    ]
    seen = asyncio.run(Stage(asked, tmp_path_factory.mktemp("stage")).run())
    return {row.name: each for row, each in zip(asked, seen, strict=True)}


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_row(calls: Mapping[str, Seen], row: Row) -> None:
    seen = calls[row.name]
    assert seen.requests, "the call did not reach the application"
    for expectation in row.expect:
        expectation.check(seen)
    assert [(note.code, note.log) for note in seen.notes] == [
        (note.code, note.level.value) for note in row.notes
    ], seen.notes
    for got, wanted in zip(seen.notes, row.notes, strict=True):
        check_place(got, wanted, row, seen.document)


def check_place(got: LoggedNote, wanted: Note, row: Row, document: str) -> None:
    """Whether a notification points to where it must, and says what it must."""
    assert wanted.says in got.text
    if wanted.at is None:
        return
    found = re.search(re.escape(wanted.at) if wanted.at else rf"<{row.verb}\b", document)
    assert found is not None, document
    place = found.start()
    line = document.count("\n", 0, place) + 1
    column = place - document.rfind("\n", 0, place)
    assert f"(line {line}, column {column})" in got.text
