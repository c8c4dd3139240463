"""`offhook`: one executable, one file per sub-command; exit status 0 fine, 1 failed, 2 unusable arguments.

A command's file is read when the command is asked for: `offhook calls` need not wait for the media core, nor
`offhook --version` for the database.
"""

import importlib
from typing import Any, Final

import typer
from typer.core import TyperGroup

from offhook import __version__

COMMANDS: Final = (
    "serve",
    "call",
    "phone",
    "account",
    "domain",
    "number",
    "trunk",
    "calls",
    "trace",
    "recordings",
    "twiml",
    "tls",
    "doctor",
    "db",
)
"""In the order of the help: each is `offhook/cli/NAME.py`, which has a Typer `app` or a function NAME, and a
`COMMAND_CLASS` where that is no plain command."""


class Commands(TyperGroup):
    """The sub-commands, each read when it is first asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name; None where there is none."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            self.commands[cmd_name] = _read(cmd_name)
        return self.commands.get(cmd_name)


def _read(name: str) -> Any:
    module = importlib.import_module(f"offhook.cli.{name}")
    shelf = typer.Typer(add_completion=False, rich_markup_mode=None)
    shelf.callback()(options)
    group: typer.Typer | None = getattr(module, "app", None)
    if group is None:
        shelf.command(name, cls=getattr(module, "COMMAND_CLASS", None))(getattr(module, name))
    else:
        shelf.add_typer(group, name=name)
    return typer.main.get_group(shelf).commands[name]


app = typer.Typer(
    cls=Commands,
    help="Self-hosted, Twilio-compatible Programmable Voice over SIP.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"offhook {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """Self-hosted, Twilio-compatible Programmable Voice over SIP."""
    del version


def main() -> None:
    """Run the command line."""
    app()
