"""`offhook calls`: what calls there were, and why one did not go as it should."""

import ipaddress
import sys
from collections.abc import Iterator
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

import typer

from offhook.base.ids import is_sid
from offhook.cli.node_api import (
    AccountSid,
    AsJson,
    AuthToken,
    NodeApi,
    NodeApiError,
    Url,
    asking,
    find_node,
)
from offhook.cli.table import facts, print_json, print_records, table, text
from offhook.model.refusal import ADVICE

FINE, FAILED = 0, 1
ANSWER_LINES: Final = 8
ANSWER_WIDTH: Final = 120
"""What is shown of the answer of an application, in lines and characters of a line."""

app = typer.Typer(help="Calls: list them, show one, ask why it failed, end one.", no_args_is_help=True)

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
    call: Annotated[
        str,
        typer.Argument(
            metavar="CALLSID|CALL-ID|ADDRESS",
            help="A CallSid, the Call-ID of SIP, or the IP address that refused requests come from.",
        ),
    ],
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Why a call failed, was refused or went wrong: what arrived, what it met, what was sent, what to change.

    Exit status 0 when there is a record of it, 1 when not.
    """
    with asking("calls"):
        found = _find(find_node(url, account_sid, auth_token), call)
    if as_json:
        print_json(found)
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
    with asking("calls"):
        node = find_node(url, account_sid, auth_token)
        body = node.get(f"{node.account_path}/Calls.json", PageSize=str(limit))
        calls: list[dict[str, Any]] = [] if body is None else body["calls"]
    print_records(calls, _COLUMNS, as_json=as_json)


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
    with asking("calls"):
        node = find_node(url, account_sid, auth_token)
        call: dict[str, Any] | None = node.get(f"{node.account_path}/Calls/{call_sid}.json")
    if call is None:
        print(f"offhook calls: there is no call {call_sid}", file=sys.stderr)
        raise typer.Exit(FAILED)
    if as_json:
        print_json(call)
        return
    for row in table([(name, text(value)) for name, value in call.items() if not isinstance(value, dict)]):
        print(row)


@app.command("end")
def end(
    call_sid: Annotated[str, typer.Argument(metavar="CALLSID")],
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """End a call: one that runs is hung up, one that rings is given up.

    Exit status 1 when there is no such call; one that has ended already stays as it ended.
    """
    with asking("calls"):
        node = find_node(url, account_sid, auth_token)
        path = f"{node.account_path}/Calls/{call_sid}.json"
        call = None if node.get(path) is None else node.post(path, Status="completed")
    if call is None:
        print(f"offhook calls: there is no call {call_sid}", file=sys.stderr)
        raise typer.Exit(FAILED)
    if as_json:
        print_json(call)
    else:
        print(f"{call['sid']}: {call['status']}")


def explain(found: dict[str, Any]) -> Iterator[str]:
    """What was found, in plain words, line by line."""
    for refusal in found["refusals"]:
        yield from _explain_refusal(refusal)
    for call in found["calls"]:
        yield f"{call['direction']} call {call['sid']}: {call['status']}"
        yield from facts([(label, call[name]) for label, name in _CALL_FIELDS])
        for notification in call["notifications"]:
            yield from _explain_notification(notification)
        if not call["notifications"]:
            yield "  nothing went wrong that was noticed: no error and no warning was logged"


def _explain_refusal(refusal: dict[str, Any]) -> Iterator[str]:
    code = refusal["code"]
    sent = f"{refusal['status']}" + ("" if code is None else f" with X-Twilio-Error {code}")
    often = "" if refusal["count"] == 1 else f", the last of {refusal['count']} within a minute"
    yield f"{refusal['method']} refused: {refusal['text']}"
    yield from facts(
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
    yield from facts(
        [
            ("when", notification["message_date"]),
            ("webhook", f"{notification['request_method'] or ''} {notification['request_url']}".strip()),
            *_answer(notification),
            ("change", ADVICE.get(int(notification["error_code"]))),
            ("more", notification["more_info"]),
        ],
        indent="    ",
    )


def _answer(notification: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What the application answered, the first lines of it; its status is in the text of the notification."""
    if not notification.get("response_headers"):
        return
    headers = {name.lower(): value for name, value in parse_qsl(notification["response_headers"])}
    kind = headers.get("content-type", "no Content-Type")
    lines = [_printable(line) for line in notification["response_body"].splitlines() if line.strip()]
    yield "answer", f"{_printable(kind)}, {'which begins' if lines else 'without a text'}"
    for line in lines[:ANSWER_LINES]:
        yield "|", line


def _printable(line: str) -> str:
    """A line of somebody else's, which must not command the terminal."""
    cut = line.rstrip()[:ANSWER_WIDTH]
    return "".join(each if each.isprintable() else " " for each in cut)


def _find(node: NodeApi, call: str) -> dict[str, Any]:
    """Calls with their notifications, the first of which comes first, and refusals."""
    if is_sid(call, "CA"):
        one = node.get(f"/offhook/v1/Calls/{call}")
        calls, refusals = [] if one is None else [one], []
    else:
        calls, refusals = (_listed(node, name, CallId=call) for name in ("calls", "refusals"))
        if not refusals and _is_address(call):
            refusals = _listed(node, "refusals", Source=call)
    for each in calls:
        of_call = f"{node.account_path}/Calls/{each['sid']}/Notifications.json"
        each["notifications"] = [_with_answer(node, one) for one in node.all(of_call, "notifications")[::-1]]
    return {"calls": calls, "refusals": refusals}


def _with_answer(node: NodeApi, notification: dict[str, Any]) -> dict[str, Any]:
    """With what was asked and answered, which lists leave out (reference/rest-api 3.1)."""
    if not notification["request_method"]:
        return notification
    whole = node.get(f"{node.account_path}/Notifications/{notification['sid']}.json")
    return notification if whole is None else whole


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _listed(node: NodeApi, name: str, **wanted: str) -> list[dict[str, Any]]:
    """Calls or refusals that are wanted, the newest of them. Raises: NodeApiError."""
    body = node.get(f"/offhook/v1/{name.capitalize()}", **wanted)
    if body is None:
        raise NodeApiError(f"{node.url} is no Offhook node, or an older one")
    found: list[dict[str, Any]] = body[name]
    return found


def _nothing(call: str) -> str:
    if is_sid(call, "CA"):
        return f"there is no call {call} in this account"
    if _is_address(call):
        return f"nothing that came from {call} was refused, as far as the log goes back"
    return (
        f"there is no record of Call-ID {call}. It may not have reached this node, or the phone was asked "
        "for a password (407) and gave none, or a later refusal of the same kind took its place."
    )
