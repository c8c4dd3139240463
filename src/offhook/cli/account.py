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

app = typer.Typer(help="The account: show it, name it.", no_args_is_help=True)


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
    _print(node.url, found, reveal=reveal, as_json=as_json)


@app.command("set")
def set_(
    *,
    name: Annotated[str, typer.Option("--name", help="Another name, at most 64 characters.")],
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Give the account another name."""
    with asking("account"):
        node = find_node(url, account_sid, auth_token)
        changed: dict[str, Any] = node.post(f"{node.account_path}.json", FriendlyName=name)
    _print(node.url, changed, reveal=False, as_json=as_json)


def _print(url: str, account: dict[str, Any], *, reveal: bool, as_json: bool) -> None:
    shown = account if reveal else {**account, "auth_token": HIDDEN}
    if as_json:
        print_json(shown)
        return
    print(f"account on {url}")
    for line in facts([(label, shown[name]) for label, name in _FIELDS]):
        print(line)
