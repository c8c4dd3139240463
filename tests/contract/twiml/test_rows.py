"""Each row of the contract: what the caller and the webhook saw is what the row says.

The calls of all rows are made at once, on a machine that may have two cores for all of them. What does not
hold then is called once more, with the few others of which that is true: a row is wrong that is wrong twice.
"""

import asyncio
import re
from collections.abc import Mapping

import pytest

from tests.contract.twiml.row import Note, Row
from tests.contract.twiml.rows import ROWS
from tests.contract.twiml.seen import LoggedNote, Seen
from tests.contract.twiml.stage import Stage

pytestmark = pytest.mark.peer

AGAIN_MAX = 20
"""Rows that are called once more; where more are wrong, it is not the machine."""


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

    def call(rows: list[Row]) -> dict[str, Seen]:
        seen = asyncio.run(Stage(rows, tmp_path_factory.mktemp("stage")).run())
        return {row.name: each for row, each in zip(rows, seen, strict=True)}

    seen = call(asked)
    again = [row for row in asked if not holds(row, seen[row.name])]
    return seen | call(again) if 0 < len(again) <= AGAIN_MAX else seen


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_row(calls: Mapping[str, Seen], row: Row) -> None:
    check(row, calls[row.name])


def holds(row: Row, seen: Seen) -> bool:
    """Whether what was seen is what the row says."""
    try:
        check(row, seen)
    except AssertionError:
        return False
    return True


def check(row: Row, seen: Seen) -> None:
    """Raises: AssertionError where what was seen is not what the row says."""
    if seen.failure is not None:
        raise AssertionError("our own phones broke") from seen.failure
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
