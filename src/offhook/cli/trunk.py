"""`offhook trunk`: carriers of one's own: where calls to them go, who answers theirs, registration."""

import ipaddress
import sys
from typing import Annotated, Any, Final

import typer

from offhook.cli.node_api import AccountSid, AsJson, AuthToken, Url, asking, find_node
from offhook.cli.password import ask_password
from offhook.cli.table import facts, print_json, print_records
from offhook.cli.trunk_api import Record, TrunkApi
from offhook.cli.voice_options import (
    FallbackMethod,
    FallbackUrl,
    StatusCallbackMethod,
    StatusCallbackUrl,
    VoiceMethod,
    VoiceUrl,
    form,
)

UNUSABLE: Final = 2

Name = Annotated[str, typer.Argument(metavar="NAME", help="The trunk's name, or its Sid.")]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        help="Where the carrier takes calls, as in sip:sbc.carrier.example;transport=tls;secure=true. Given "
        "again: what is tried next.",
        metavar="URI",
    ),
]
DomainName = Annotated[
    str | None,
    typer.Option("--domain", help="The SIP Domain that the carrier calls; it exists.", metavar="NAME"),
]

_COLUMNS: Final = ("friendly_name", "voice_url", "connection_policy_sid", "sid")
_FIELDS: Final = (
    ("Voice URL", "voice_url"),
    ("fallback URL", "voice_fallback_url"),
    ("status URL", "status_callback_url"),
    ("created", "date_created"),
    ("Sid", "sid"),
)

app = typer.Typer(help="Trunks: carriers of your own, for calls to and from numbers.", no_args_is_help=True)


@app.command("list")
def list_(
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """List the trunks, the newest first."""
    with asking("trunk"):
        trunks = TrunkApi(find_node(url, account_sid, auth_token)).all()
    print_records(trunks, _COLUMNS, as_json=as_json)


@app.command("show")
def show(
    name: Name,
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Show a trunk: its targets, its SIP Domains, who may call it, and how its registration stands."""
    with asking("trunk"):
        api = TrunkApi(find_node(url, account_sid, auth_token))
        _print(api, api.find(name), as_json=as_json)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name, at most 255 characters.")],
    *,
    target: Targets = None,
    domain: DomainName = None,
    voice_url: VoiceUrl = None,
    voice_method: VoiceMethod = None,
    fallback_url: FallbackUrl = None,
    fallback_method: FallbackMethod = None,
    status_callback_url: StatusCallbackUrl = None,
    status_callback_method: StatusCallbackMethod = None,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Make a trunk."""
    settings = form(
        VoiceUrl=voice_url,
        VoiceMethod=voice_method,
        VoiceFallbackUrl=fallback_url,
        VoiceFallbackMethod=fallback_method,
        StatusCallbackUrl=status_callback_url,
        StatusCallbackMethod=status_callback_method,
    )
    with asking("trunk"):
        api = TrunkApi(find_node(url, account_sid, auth_token))
        made = api.create(name, target or [], **settings)
        if domain is not None:
            api.take_calls_of(made, domain)
        _print(api, made, as_json=as_json)


@app.command("set")
def set_(
    name: Name,
    *,
    target: Targets = None,
    domain: DomainName = None,
    voice_url: VoiceUrl = None,
    voice_method: VoiceMethod = None,
    fallback_url: FallbackUrl = None,
    fallback_method: FallbackMethod = None,
    status_callback_url: StatusCallbackUrl = None,
    status_callback_method: StatusCallbackMethod = None,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Change a trunk: what is given, the rest stays; targets take the place of those it has."""
    settings = form(
        VoiceUrl=voice_url,
        VoiceMethod=voice_method,
        VoiceFallbackUrl=fallback_url,
        VoiceFallbackMethod=fallback_method,
        StatusCallbackUrl=status_callback_url,
        StatusCallbackMethod=status_callback_method,
    )
    if not settings and not target and domain is None:
        print("offhook trunk: there is nothing to set: give an option, such as --target URI", file=sys.stderr)
        raise typer.Exit(UNUSABLE)
    with asking("trunk"):
        api = TrunkApi(find_node(url, account_sid, auth_token))
        trunk = api.change(api.find(name), target or None, **settings)
        if domain is not None:
            api.take_calls_of(trunk, domain)
        _print(api, trunk, as_json=as_json)


@app.command("delete")
def delete(
    name: Name,
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
) -> None:
    """Delete a trunk, its registration, and the connection policy of its name.

    Its SIP Domains stay, and answer for themselves.
    """
    with asking("trunk"):
        api = TrunkApi(find_node(url, account_sid, auth_token))
        trunk = api.find(name)
        api.delete(trunk)
    print(f"{_called(trunk)} is deleted")


@app.command("allow")
def allow(
    name: Name,
    cidr: Annotated[
        str, typer.Argument(metavar="CIDR", help="An IPv4 address, or a block such as 192.0.2.0/24.")
    ],
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Allow it no longer.")] = False,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
) -> None:
    """Let the carrier call the trunk by its address alone: without host name, list or password."""
    try:
        block = ipaddress.IPv4Network(cidr, strict=False)
    except ValueError as error:
        print(f"offhook trunk: {cidr} is no IPv4 address or block: {error}", file=sys.stderr)
        raise typer.Exit(UNUSABLE) from error
    with asking("trunk"):
        api = TrunkApi(find_node(url, account_sid, auth_token))
        trunk = api.find(name)
        if remove:
            api.disallow(trunk, block)
            done = f"{block} may call no longer"
        else:
            done = f"{block} may call, as {api.allow(trunk, block)['domain_name']}"
    print(f"{_called(trunk)}: {done}")


@app.command("register")
def register(
    name: Name,
    registrar: Annotated[
        str, typer.Argument(metavar="URI", help="The carrier's registrar, such as sip:carrier.example.")
    ],
    user: Annotated[str, typer.Argument(metavar="USER", help="User name at the carrier.")],
    *,
    password: Annotated[
        str | None,
        typer.Option(
            help="Its password. Others on this machine may see it here; without it, it is asked for, or read "
            "from standard input if that is no terminal.",
        ),
    ] = None,
    proxy: Annotated[
        str | None, typer.Option(help="A SIP URI to which everything is sent instead.", metavar="URI")
    ] = None,
    expires: Annotated[
        int | None, typer.Option(help="Seconds that are asked for, 60 to 86400; else 600.", metavar="S")
    ] = None,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Register at the trunk's carrier, and stay registered."""
    secret = ask_password(password, "trunk register")
    settings = form(Proxy=proxy, Expires=None if expires is None else str(expires))
    with asking("trunk register"):
        api = TrunkApi(find_node(url, account_sid, auth_token))
        trunk = api.find(name)
        api.register(trunk, Registrar=registrar, Username=user, Password=secret, **settings)
        _print(api, trunk, as_json=as_json)


@app.command("unregister")
def unregister(
    name: Name,
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
) -> None:
    """Be registered at the trunk's carrier no longer."""
    with asking("trunk unregister"):
        api = TrunkApi(find_node(url, account_sid, auth_token))
        trunk = api.find(name)
        api.unregister(trunk)
    print(f"{_called(trunk)} is not registered any longer")


def _called(trunk: Record) -> str:
    return str(trunk["friendly_name"] or trunk["sid"])


def _print(api: TrunkApi, trunk: Record, *, as_json: bool) -> None:
    targets, domains, registration = api.targets(trunk), api.domains(trunk), api.registration(trunk)
    allowed = [str(block) for block, _, _ in api.allowed(trunk)]
    if as_json:
        parts = {"targets": targets, "domains": domains, "allowed": allowed, "registration": registration}
        print_json(trunk | parts)
        return
    print(_called(trunk))
    labelled: list[tuple[str, object]] = [(label, trunk[name]) for label, name in _FIELDS]
    labelled += [("target", _target(each)) for each in targets]
    labelled += [("SIP Domain", each["domain_name"]) for each in domains]
    labelled += [("may call", each) for each in allowed]
    if registration is not None:
        labelled += _registration(registration)
    for line in facts(labelled):
        print(line)


def _target(target: dict[str, Any]) -> str:
    off = "" if target["enabled"] else ", off"
    return f"{target['target']} (priority {target['priority']}, weight {target['weight']}{off})"


def _registration(registration: Record) -> list[tuple[str, object]]:
    answer = " ".join(str(each) for each in (registration["sip_status"], registration["reason"]) if each)
    return [
        ("registrar", f"{registration['registrar']} as {registration['username']}"),
        ("proxy", registration["proxy"]),
        ("registered", (registration["status"] or "-") + (f" ({answer})" if answer else "")),
        ("until", registration["date_expires"]),
        ("tried again", registration["date_retry"]),
    ]
