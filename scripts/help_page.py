"""Writes docs/help.md: what `--help` of every command prints. A test holds page and commands together.

usage: .venv/bin/python scripts/help_page.py
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from offhook.cli.main import app

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "help.md"
HEAD: Final = """# What `--help` of each command prints

Made by `scripts/help_page.py`; a test fails when a command says something else. In words the commands are in
[cli.md](cli.md), what they say when they fail is in [failures.md](failures.md).
"""


def commands(command: object, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, groups included, without `offhook`."""
    yield words
    if isinstance(command, TyperGroup):
        context = typer.Context(command)
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), (*words, name))


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for words in commands(typer.main.get_command(app)):
        printed = (
            CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "80"}, prog_name="offhook").stdout
        )
        lines = "\n".join(line.rstrip() for line in printed.strip().splitlines())
        parts.append(f"## {' '.join(('offhook', *words))}\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
