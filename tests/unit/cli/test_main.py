"""The command line as a whole: every command has its help and its place in the manual."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from offhook.cli.main import app

MANUAL = Path(__file__).parents[3] / "docs" / "cli.md"


def commands(command: object, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, without `offhook`."""
    if not isinstance(command, TyperGroup):
        yield words
        return
    context = typer.Context(command)
    for name in command.list_commands(context):
        yield from commands(command.get_command(context, name), (*words, name))


def commands_of_the_manual() -> Iterator[tuple[str, ...]]:
    """Those of its table: the first of a row with all its words, the others with their last one."""
    for line in MANUAL.read_text().splitlines():
        if line.startswith("| `offhook "):
            first, *others = re.findall(r"`([^`]+)`", re.split(r"(?<!\\)\|", line)[1])
            words = tuple(word for word in first.split()[1:] if word.islower())
            yield words
            yield from ((*words[:-1], other) for other in others)


ALL = sorted(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_has_help_that_says_what_it_does(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*words, "--help"])

    assert result.exit_code == 0
    usage, what, *_ = result.output.split("\n\n")
    assert " ".join(words) in usage
    assert what.strip()[0].isupper()


def test_the_manual_has_every_command_and_no_other() -> None:
    assert sorted(commands_of_the_manual()) == ALL


def test_the_version_is_printed_before_anything_heavy_is_read() -> None:
    asked = (
        "import sys; from offhook.cli.main import app\n"
        "app(['--version'], standalone_mode=False); print(*sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout

    version, modules = printed.splitlines()
    assert version.startswith("offhook ")
    assert not {"sqlalchemy", "aiohttp", "offhook._media"} & set(modules.split())


def test_an_unknown_command_is_2() -> None:
    assert CliRunner().invoke(app, ["dance"]).exit_code == 2
