"""Both sides of the row hold the same bindings and find the same user."""

from collections.abc import Callable
from typing import cast

import pytest
from bench.programs import bindings

from offhook.registrar.index import Entry

COUNT = 300


def test_both_sides_find_the_user_that_was_asked_for() -> None:
    wanted = bindings.binding(217)
    (entry,) = cast("list[Entry]", bindings.ours(COUNT)("u000217"))
    assert entry.binding == wanted
    row = cast("tuple[object, ...]", bindings.bare(COUNT)("u000217"))
    assert wanted.contact in row
    assert wanted.call_id in row


def test_the_index_holds_every_binding_once() -> None:
    find = bindings.ours(COUNT)
    assert all(len(cast("list[Entry]", find(f"u{number:06}"))) == 1 for number in range(COUNT))


@pytest.mark.parametrize("make", [bindings.ours, bindings.bare])
def test_a_look_up_has_a_price(make: Callable[[int], bindings.FindUser]) -> None:
    assert bindings.look_up_ns(make(COUNT), COUNT) > 0
