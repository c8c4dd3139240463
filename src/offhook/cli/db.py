"""`offhook db`: the node's database, without a node."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from offhook.cli.start_failure import explained
from offhook.config.settings import SettingsError, load_settings
from offhook.store.migrations import Tables, UnknownTablesError, examine, migrate

FAILED, UNUSABLE = 1, 2

app = typer.Typer(help="The database: bring its tables up to date.", no_args_is_help=True)


@app.callback()
def db() -> None:
    """The database: bring its tables up to date."""


@app.command("upgrade")
def upgrade(
    *,
    config: Annotated[
        Path | None, typer.Option(help="Settings file; ./offhook.toml when there is one.", dir_okay=False)
    ] = None,
) -> None:
    """Bring the tables of the settings' database to this version; a new database gets all of them.

    `offhook serve` does the same when it starts.
    """
    try:
        settings = load_settings(file=config)
    except SettingsError as error:
        print(f"offhook db upgrade: {error}", file=sys.stderr)
        raise typer.Exit(UNUSABLE) from error
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        before = examine(settings.database_url)
        migrate(settings.database_url)
    except (OSError, UnknownTablesError) as error:
        print(f"offhook db upgrade: {explained(error, settings)}", file=sys.stderr)
        raise typer.Exit(FAILED) from error
    done = {Tables.ABSENT: "made", Tables.CURRENT: "up to date already"}.get(before, "brought up to date")
    print(f"tables {done}")
