"""`offhook recordings`: what was recorded, and the audio of it."""

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from offhook.cli.node_api import AccountSid, AsJson, AuthToken, NodeApi, NodeApiError, Url, asking, find_node
from offhook.cli.table import print_json, print_records, table, text

FAILED, UNUSABLE = 1, 2

CallSid = Annotated[str | None, typer.Option("--call", help="Those of one call.", metavar="CALLSID")]
Sid = Annotated[str, typer.Argument(metavar="RECORDINGSID")]

SUFFIXES: Final = (".wav", ".mp3")
"""What audio can be saved as."""
_COLUMNS: Final = ("sid", "start_time", "duration", "channels", "source", "status", "call_sid")

app = typer.Typer(help="Recordings: list them, show one, save its audio, delete one.", no_args_is_help=True)


@app.command("list")
def list_(
    *,
    call_sid: CallSid = None,
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1, max=1000)] = 20,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """List the newest recordings."""
    with asking("recordings"):
        node = find_node(url, account_sid, auth_token)
        wanted = {"PageSize": str(limit), **({} if call_sid is None else {"CallSid": call_sid})}
        body = node.get(f"{_path(node)}.json", **wanted)
        recordings: list[dict[str, Any]] = [] if body is None else body["recordings"]
    print_records(recordings, _COLUMNS, as_json=as_json)


@app.command("show")
def show(
    sid: Sid,
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Show one recording's record; exit status 1 when there is none."""
    with asking("recordings"):
        recording = _find(find_node(url, account_sid, auth_token), sid)
    if as_json:
        print_json(recording)
        return
    shown = [(name, text(value)) for name, value in recording.items() if not isinstance(value, dict)]
    for row in table(shown):
        print(row)


@app.command("save")
def save(
    sid: Sid,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Ends in .wav or .mp3.", dir_okay=False)],
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
) -> None:
    """Save a recording's audio; a file of that name is replaced once all of it is there."""
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        print(f"offhook recordings: {file} must end in {' or '.join(SUFFIXES)}", file=sys.stderr)
        raise typer.Exit(UNUSABLE)
    with asking("recordings"):
        node = find_node(url, account_sid, auth_token)
        found = _find(node, sid)
        _save(node, f"{_path(node)}/{found['sid']}{suffix}", file)
    print(f"{file}: {file.stat().st_size} bytes")


@app.command("delete")
def delete(
    sid: Sid,
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
) -> None:
    """Delete a recording and its audio."""
    with asking("recordings"):
        node = find_node(url, account_sid, auth_token)
        found = _find(node, sid)
        node.delete(f"{_path(node)}/{found['sid']}.json")
    print(f"{found['sid']} is deleted")


def _save(node: NodeApi, path: str, file: Path) -> None:
    """Through a file beside it, so that what is cut short replaces nothing. Raises: NodeApiError."""
    partial = file.with_name(f"{file.name}.part")
    try:
        with partial.open("wb") as target:
            node.save(path, target)
        partial.replace(file)
    except OSError as error:
        raise NodeApiError(f"{file} cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _path(node: NodeApi) -> str:
    return f"{node.account_path}/Recordings"


def _find(node: NodeApi, sid: str) -> dict[str, Any]:
    found: dict[str, Any] | None = node.get(f"{_path(node)}/{sid}.json")
    if found is None:
        raise NodeApiError(f"there is no recording {sid}")
    return found
