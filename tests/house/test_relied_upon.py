"""Every numbered behaviour of `docs/relied-upon.md` has a test of its number; the page names what exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "relied-upon.md").read_text()
TESTS = ROOT / "tests" / "unit" / "relied_upon"
NUMBERS = [f"{number:02}" for number in range(1, 36)]


def test_the_page_has_every_number_once() -> None:
    assert re.findall(r"^\| (\d\d) \|", PAGE, re.MULTILINE) == NUMBERS


def test_every_number_has_a_test() -> None:
    sources = "\n".join(path.read_text() for path in TESTS.glob("test_*.py"))
    tested = set(re.findall(r"^def test_(\d\d)_", sources, re.MULTILINE))
    assert tested == set(NUMBERS)


def test_every_file_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+(?:\.py)?)/?`", PAGE)
    assert [name for name in named if not (ROOT / name).exists()] == []
