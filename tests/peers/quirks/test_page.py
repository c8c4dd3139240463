"""`docs/quirks.md` is what the tests say."""

from tests.peers.quirks.page import PATH, page, quirks
from tests.peers.quirks.quirk import Part


def test_the_page_is_that_of_the_tests() -> None:
    assert PATH.read_text() == page(), "run: python -m tests.peers.quirks --write-docs"


def test_every_part_has_an_odd_phone_and_each_is_known_from_somewhere() -> None:
    assert {each.part for each in quirks()} == set(Part)
    assert all(each.seen and all(each.seen) for each in quirks())
