"""`docs/help.md` is what the commands print."""

from scripts.help_page import PAGE, page


def test_the_page_shows_what_the_commands_print() -> None:
    assert PAGE.read_text() == page(), "make it anew: .venv/bin/python scripts/help_page.py"
