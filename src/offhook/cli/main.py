"""`offhook`: one executable, one file per sub-command; exit status 0 fine, 1 failed, 2 unusable arguments."""

import typer

from offhook import __version__
from offhook.cli.account import app as account
from offhook.cli.call import call
from offhook.cli.calls import app as calls
from offhook.cli.domain import app as domain
from offhook.cli.number import app as number
from offhook.cli.phone import phone
from offhook.cli.phone_steps import StepsInOrder
from offhook.cli.recordings import app as recordings
from offhook.cli.serve import serve
from offhook.cli.twiml import app as twiml

app = typer.Typer(
    help="Self-hosted, Twilio-compatible Programmable Voice over SIP.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(serve)
app.command(cls=StepsInOrder)(call)
app.command(cls=StepsInOrder)(phone)
app.add_typer(account, name="account")
app.add_typer(domain, name="domain")
app.add_typer(number, name="number")
app.add_typer(calls, name="calls")
app.add_typer(recordings, name="recordings")
app.add_typer(twiml, name="twiml")


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
