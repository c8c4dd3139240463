"""`offhook calls`: what calls there were, and why one did not go as it should."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Final

import typer

from offhook.base.ids import is_sid
from offhook.cli.node_api import AccountSid, AuthToken, NodeApi, NodeApiError, Url, find_node
from offhook.model.refusal import ADVICE

FINE, FAILED = 0, 1

app = typer.Typer(help="Calls: list them, show one, ask why it failed.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_COLUMNS: Final = ("sid", "start_time", "direction", "from", "to", "status", "duration")
_CALL_FIELDS: Final = (
    ("from", "from"),
    ("to", "to"),
    ("created", "date_created"),
    ("answered", "date_answered"),
    ("ended", "date_ended"),
    ("Call-ID", "sip_call_id"),
    ("SIP status", "sip_response_code"),
)


@app.command("why")
def why(
    call: Annotated[str, typer.Argument(metavar="CALLSID|CALL-ID", help="A CallSid, or the Call-ID of SIP.")],
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Why a call failed, was refused or went wrong: what arrived, what it met, what was sent, what to change.

    Exit status 0 when there is a record of it, 1 when not.
    """
    found = _asked(lambda: _find(find_node(url, account_sid, auth_token), call))
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        for line in explain(found):
            print(line)
    if not found["calls"] and not found["refusals"]:
        if not as_json:
            print(f"offhook calls: {_nothing(call)}", file=sys.stderr)
        raise typer.Exit(FAILED)


@app.command("list")
def list_(
    *,
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1, max=1000)] = 20,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """List the newest calls."""

    def ask() -> list[dict[str, Any]]:
        node = find_node(url, account_sid, auth_token)
        body = node.get(f"/2010-04-01/Accounts/{node.account_sid}/Calls.json", PageSize=str(limit))
        calls: list[dict[str, Any]] = [] if body is None else body["calls"]
        return calls

    calls = _asked(ask)
    if as_json:
        print(json.dumps(calls, indent=2, ensure_ascii=False))
        return
    for row in _table([_COLUMNS, *([_text(call[name]) for name in _COLUMNS] for call in calls)]):
        print(row)


@app.command("show")
def show(
    call_sid: Annotated[str, typer.Argument(metavar="CALLSID")],
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Show one call's record; exit status 1 when there is none."""

    def ask() -> dict[str, Any] | None:
        node = find_node(url, account_sid, auth_token)
        found: dict[str, Any] | None = node.get(
            f"/2010-04-01/Accounts/{node.account_sid}/Calls/{call_sid}.json"
        )
        return found

    call = _asked(ask)
    if call is None:
        print(f"offhook calls: there is no call {call_sid}", file=sys.stderr)
        raise typer.Exit(FAILED)
    if as_json:
        print(json.dumps(call, indent=2, ensure_ascii=False))
        return
    for row in _table([(name, _text(value)) for name, value in call.items() if not isinstance(value, dict)]):
        print(row)


def explain(found: dict[str, Any]) -> Iterator[str]:
    """What was found, in plain words, line by line."""
    for refusal in found["refusals"]:
        yield from _explain_refusal(refusal)
    for call in found["calls"]:
        yield f"{call['direction']} call {call['sid']}: {call['status']}"
        yield from _facts([(label, call[name]) for label, name in _CALL_FIELDS])
        for notification in call["notifications"]:
            yield from _explain_notification(notification)
        if not call["notifications"]:
            yield "  nothing went wrong that was noticed: no error and no warning was logged"


def _explain_refusal(refusal: dict[str, Any]) -> Iterator[str]:
    code = refusal["code"]
    sent = f"{refusal['status']}" + ("" if code is None else f" with X-Twilio-Error {code}")
    often = "" if refusal["count"] == 1 else f", the last of {refusal['count']} within a minute"
    yield f"{refusal['method']} refused: {refusal['text']}"
    yield from _facts(
        [
            ("when", f"{refusal['date_last']}{often}"),
            ("came from", f"{refusal['source']} over {refusal['transport']}"),
            ("asked for", refusal["request_uri"]),
            ("From", refusal["from"]),
            ("Call-ID", refusal["sip_call_id"]),
            ("SIP Domain", refusal["domain"]),
            ("held against", refusal["matched"]),
            ("nearly", refusal["nearly"]),
            ("sent", sent),
            ("change", refusal["advice"]),
        ]
    )


def _explain_notification(notification: dict[str, Any]) -> Iterator[str]:
    level = "error" if notification["log"] == "0" else "warning"
    yield f"  {level} {notification['error_code']}: {notification['message_text']}"
    yield from _facts(
        [
            ("webhook", notification["request_url"]),
            ("change", ADVICE.get(int(notification["error_code"]))),
            ("more", notification["more_info"]),
        ],
        indent="    ",
    )


def _find(node: NodeApi, call: str) -> dict[str, Any]:
    """Calls with their notifications, and refusals."""
    if is_sid(call, "CA"):
        one = node.get(f"/offhook/v1/Calls/{call}")
        calls, refusals = [] if one is None else [one], []
    else:
        calls, refusals = (_listed(node, name, call) for name in ("calls", "refusals"))
    for each in calls:
        path = f"/2010-04-01/Accounts/{node.account_sid}/Calls/{each['sid']}/Notifications.json"
        body = node.get(path)
        each["notifications"] = [] if body is None else body["notifications"]
    return {"calls": calls, "refusals": refusals}


def _listed(node: NodeApi, name: str, call_id: str) -> list[dict[str, Any]]:
    """What has this Call-ID, of calls or refusals. Raises: NodeApiError."""
    body = node.get(f"/offhook/v1/{name.capitalize()}", CallId=call_id)
    if body is None:
        raise NodeApiError(f"{node.url} is no Offhook node, or an older one")
    found: list[dict[str, Any]] = body[name]
    return found


def _nothing(call: str) -> str:
    if is_sid(call, "CA"):
        return f"there is no call {call} in this account"
    return (
        f"there is no record of Call-ID {call}. It may not have reached this node, or the phone was asked "
        "for a password (407) and gave none, or a later refusal of the same kind took its place."
    )


def _asked(ask: Callable[[], Any]) -> Any:
    """What the node says; ends with status 1 when it cannot be asked."""
    try:
        return ask()
    except NodeApiError as error:
        print(f"offhook calls: {error}", file=sys.stderr)
        raise typer.Exit(FAILED) from error


def _facts(facts: Sequence[tuple[str, object]], *, indent: str = "  ") -> Iterator[str]:
    """Labels and what they have, those without left out."""
    for label, value in facts:
        if value not in (None, ""):
            yield f"{indent}{label + ':':<13} {value}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows with their columns under each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _text(value: object) -> str:
    return "-" if value is None else str(value)
