"""`offhook number`: the numbers that this node answers, and the application that answers each."""

import sys
from typing import Annotated, Any, Final

import typer

from offhook.base.ids import is_sid
from offhook.cli.node_api import AccountSid, AsJson, AuthToken, NodeApi, NodeApiError, Url, asking, find_node
from offhook.cli.table import facts, print_json, print_records
from offhook.cli.voice_options import (
    FallbackMethod,
    FallbackUrl,
    FriendlyName,
    StatusCallbackMethod,
    StatusCallbackUrl,
    VoiceMethod,
    VoiceUrl,
    form,
)

UNUSABLE: Final = 2

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Such as +14155550100, or its Sid.")]
ApplicationSid = Annotated[
    str | None,
    typer.Option(
        "--application", help="A TwiML application instead of a Voice URL; empty for none.", metavar="AP…"
    ),
]

_COLUMNS: Final = ("phone_number", "friendly_name", "voice_url", "voice_application_sid", "sid")
_FIELDS: Final = (
    ("name for people", "friendly_name"),
    ("Voice URL", "voice_url"),
    ("application", "voice_application_sid"),
    ("fallback URL", "voice_fallback_url"),
    ("status URL", "status_callback"),
    ("created", "date_created"),
    ("Sid", "sid"),
)

app = typer.Typer(help="Numbers: which ones this node answers, and with what.", no_args_is_help=True)


@app.command("list")
def list_(
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """List the numbers, the newest first."""
    with asking("number"):
        numbers = _all(find_node(url, account_sid, auth_token))
    print_records(numbers, _COLUMNS, as_json=as_json)


@app.command("show")
def show(
    number: Number,
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Show a number."""
    with asking("number"):
        found = _find(find_node(url, account_sid, auth_token), number)
    _print(found, as_json=as_json)


@app.command("create")
def create(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="In E.164 form, such as +14155550100.")],
    *,
    voice_url: VoiceUrl = None,
    voice_method: VoiceMethod = None,
    fallback_url: FallbackUrl = None,
    fallback_method: FallbackMethod = None,
    status_callback_url: StatusCallbackUrl = None,
    status_callback_method: StatusCallbackMethod = None,
    application: ApplicationSid = None,
    friendly_name: FriendlyName = None,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Add a number that this node answers."""
    settings = form(
        VoiceUrl=voice_url,
        VoiceMethod=voice_method,
        VoiceFallbackUrl=fallback_url,
        VoiceFallbackMethod=fallback_method,
        StatusCallback=status_callback_url,
        StatusCallbackMethod=status_callback_method,
        VoiceApplicationSid=application,
        FriendlyName=friendly_name,
    )
    with asking("number"):
        node = find_node(url, account_sid, auth_token)
        made = node.post(f"{_path(node)}.json", PhoneNumber=number, **settings)
    _print(made, as_json=as_json)


@app.command("set")
def set_(
    number: Number,
    *,
    voice_url: VoiceUrl = None,
    voice_method: VoiceMethod = None,
    fallback_url: FallbackUrl = None,
    fallback_method: FallbackMethod = None,
    status_callback_url: StatusCallbackUrl = None,
    status_callback_method: StatusCallbackMethod = None,
    application: ApplicationSid = None,
    friendly_name: FriendlyName = None,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Change a number: what is given, the rest stays. The digits of it cannot change."""
    settings = form(
        VoiceUrl=voice_url,
        VoiceMethod=voice_method,
        VoiceFallbackUrl=fallback_url,
        VoiceFallbackMethod=fallback_method,
        StatusCallback=status_callback_url,
        StatusCallbackMethod=status_callback_method,
        VoiceApplicationSid=application,
        FriendlyName=friendly_name,
    )
    if not settings:
        print(
            "offhook number: there is nothing to set: give an option, such as --voice-url URL",
            file=sys.stderr,
        )
        raise typer.Exit(UNUSABLE)
    with asking("number"):
        node = find_node(url, account_sid, auth_token)
        changed = node.post(f"{_path(node)}/{_find(node, number)['sid']}.json", **settings)
    _print(changed, as_json=as_json)


@app.command("delete")
def delete(
    number: Number,
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
) -> None:
    """Delete a number: this node answers it no longer."""
    with asking("number"):
        node = find_node(url, account_sid, auth_token)
        found = _find(node, number)
        node.delete(f"{_path(node)}/{found['sid']}.json")
    print(f"{found['phone_number']} is deleted")


def _path(node: NodeApi) -> str:
    return f"{node.account_path}/IncomingPhoneNumbers"


def _all(node: NodeApi) -> list[dict[str, Any]]:
    return node.all(f"{_path(node)}.json", "incoming_phone_numbers")


def _find(node: NodeApi, wanted: str) -> dict[str, Any]:
    """The number of these digits, with or without their plus, or of this Sid. Raises: NodeApiError."""
    numbers = _all(node)
    field = "sid" if is_sid(wanted, "PN") else "phone_number"
    for number in numbers:
        if number[field] in (wanted, f"+{wanted}"):
            return number
    shown = ", ".join(number["phone_number"] for number in numbers[:10])
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    there = f"{shown}{more}" if numbers else "none; add one with number create"
    raise NodeApiError(f"there is no number {wanted}; the account has {there}")


def _print(number: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(number)
        return
    print(number["phone_number"])
    for line in facts([(label, number[name]) for label, name in _FIELDS], width=17):
        print(line)
