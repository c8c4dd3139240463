"""`offhook account`: the account that the node's API is asked as."""

import sys
from typing import Annotated, Any, Final

import typer

from offhook.cli.node_api import AccountSid, AsJson, AuthToken, Url, asking, find_node
from offhook.cli.table import facts, print_json

FAILED: Final = 1
HIDDEN: Final = "***"
_FIELDS: Final = (
    ("account", "sid"),
    ("name", "friendly_name"),
    ("AuthToken", "auth_token"),
    ("status", "status"),
    ("created", "date_created"),
    ("updated", "date_updated"),
)

app = typer.Typer(help="The account: show it.", no_args_is_help=True)


@app.callback()
def account() -> None:
    """The account: show it."""


@app.command("show")
def show(
    *,
    reveal: Annotated[bool, typer.Option("--reveal", help="Print the AuthToken too.")] = False,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Show the account, with its AuthToken only when asked to."""
    with asking("account"):
        node = find_node(url, account_sid, auth_token)
        found: dict[str, Any] | None = node.get(f"{node.account_path}.json")
    if found is None:
        print(f"offhook account: there is no account {node.account_sid} at {node.url}", file=sys.stderr)
        raise typer.Exit(FAILED)
    if not reveal:
        found["auth_token"] = HIDDEN
    if as_json:
        print_json(found)
        return
    print(f"account on {node.url}")
    for line in facts([(label, found[name]) for label, name in _FIELDS]):
        print(line)
