"""The command line as a whole: every command has its help and its place in the manual."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from offhook.cli.main import app

MANUAL = Path(__file__).parents[3] / "docs" / "cli.md"


def commands(command: object, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, without `offhook`."""
    children = getattr(command, "commands", None)
    if children is None:
        yield words
        return
    for name, child in children.items():
        yield from commands(child, (*words, name))


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


def test_an_unknown_command_is_2() -> None:
    assert CliRunner().invoke(app, ["dance"]).exit_code == 2
