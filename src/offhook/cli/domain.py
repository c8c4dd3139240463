"""`offhook domain`: SIP Domains, the application that answers them, and who may call them."""

import ipaddress
import sys
from typing import Annotated, Final, NoReturn

import typer

from offhook.cli.domain_api import ADDRESSES, USERS, DomainApi, Record, say_who_may_call
from offhook.cli.domain_user import app as users
from offhook.cli.node_api import AccountSid, AsJson, AuthToken, NodeApiError, Url, asking, find_node
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

FAILED, UNUSABLE = 1, 2

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Its name, the first label of its name, or its Sid.")
]
Registration = Annotated[
    bool | None, typer.Option("--registration/--no-registration", help="Whether phones may register.")
]
Secure = Annotated[bool | None, typer.Option("--secure/--no-secure", help="Whether TLS and SRTP are wanted.")]

_COLUMNS: Final = ("domain_name", "auth_type", "sip_registration", "secure", "voice_url", "sid")
_FIELDS: Final = (
    ("name for people", "friendly_name"),
    ("Voice URL", "voice_url"),
    ("fallback URL", "voice_fallback_url"),
    ("status URL", "voice_status_callback_url"),
    ("wants", "auth_type"),
    ("registration", "sip_registration"),
    ("TLS and SRTP", "secure"),
    ("created", "date_created"),
    ("Sid", "sid"),
)

app = typer.Typer(help="SIP Domains: who answers them, and who may call them.", no_args_is_help=True)
app.add_typer(users, name="user")


@app.command("list")
def list_(
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """List the SIP Domains, the newest first."""
    with asking("domain"):
        domains = DomainApi(find_node(url, account_sid, auth_token)).domains()
    print_records(domains, _COLUMNS, as_json=as_json)


@app.command("show")
def show(
    name: Name,
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Show a SIP Domain, the addresses that may call it and its users."""
    with asking("domain"):
        api = DomainApi(find_node(url, account_sid, auth_token))
        domain = api.find(name)
        domain["ip_access_control_lists"] = api.lists(domain, ADDRESSES)
        domain["credential_lists"] = api.mapped(domain, USERS, USERS.mappings[0])
        domain["registration_credential_lists"] = api.mapped(domain, USERS, USERS.mappings[1])
    if as_json:
        print_json(domain)
    else:
        _print(domain)


@app.command("create")
def create(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="Such as office.sip.localhost; one without a dot gets the first suffix."
        ),
    ],
    *,
    voice_url: VoiceUrl = None,
    voice_method: VoiceMethod = None,
    fallback_url: FallbackUrl = None,
    fallback_method: FallbackMethod = None,
    status_callback_url: StatusCallbackUrl = None,
    status_callback_method: StatusCallbackMethod = None,
    friendly_name: FriendlyName = None,
    registration: Registration = None,
    secure: Secure = None,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Make a SIP Domain. Nobody may call it until an address is allowed or a user is added."""
    settings = form(
        VoiceUrl=voice_url,
        VoiceMethod=voice_method,
        VoiceFallbackUrl=fallback_url,
        VoiceFallbackMethod=fallback_method,
        VoiceStatusCallbackUrl=status_callback_url,
        VoiceStatusCallbackMethod=status_callback_method,
        FriendlyName=friendly_name,
        SipRegistration=registration,
        Secure=secure,
    )
    with asking("domain"):
        domain = DomainApi(find_node(url, account_sid, auth_token)).create(name, settings)
    if as_json:
        print_json(domain)
        return
    _print(domain)
    made = domain["domain_name"]
    print("Nobody may call it yet:")
    print(f"  offhook domain allow {made} CIDR")
    print(f"  offhook domain user add {made} USER")


@app.command("set")
def set_(
    name: Name,
    *,
    new_name: Annotated[str | None, typer.Option("--name", help="Another name.", metavar="NAME")] = None,
    voice_url: VoiceUrl = None,
    voice_method: VoiceMethod = None,
    fallback_url: FallbackUrl = None,
    fallback_method: FallbackMethod = None,
    status_callback_url: StatusCallbackUrl = None,
    status_callback_method: StatusCallbackMethod = None,
    friendly_name: FriendlyName = None,
    registration: Registration = None,
    secure: Secure = None,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """Change a SIP Domain: what is given, the rest stays."""
    settings = form(
        DomainName=new_name,
        VoiceUrl=voice_url,
        VoiceMethod=voice_method,
        VoiceFallbackUrl=fallback_url,
        VoiceFallbackMethod=fallback_method,
        VoiceStatusCallbackUrl=status_callback_url,
        VoiceStatusCallbackMethod=status_callback_method,
        FriendlyName=friendly_name,
        SipRegistration=registration,
        Secure=secure,
    )
    if not settings:
        _refuse("there is nothing to set: give an option, such as --voice-url")
    with asking("domain"):
        api = DomainApi(find_node(url, account_sid, auth_token))
        domain = api.change(api.find(name), settings)
    if as_json:
        print_json(domain)
    else:
        _print(domain)


@app.command("delete")
def delete(
    name: Name,
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
) -> None:
    """Delete a SIP Domain.

    The lists that `allow` and `user add` made for it go too, unless another SIP Domain uses them.
    """
    with asking("domain"):
        api = DomainApi(find_node(url, account_sid, auth_token))
        domain = api.find(name)
        kept = api.delete(domain)
    print(f"{domain['domain_name']} is deleted")
    for each in kept:
        print(f"the list {each['friendly_name']} stays: another SIP Domain uses it")


@app.command("allow")
def allow(
    name: Name,
    cidr: Annotated[str, typer.Argument(metavar="CIDR", help="192.0.2.7 or 192.0.2.0/24.")],
    *,
    label: Annotated[str | None, typer.Option("--label", help="What it is, such as the site's name.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Allow it no longer.")] = False,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
) -> None:
    """Let an IPv4 address or block call a SIP Domain.

    It is added to a list of the Domain's own. Allowing what is allowed already changes nothing.
    """
    network = _network(cidr)
    with asking("domain"):
        api = DomainApi(find_node(url, account_sid, auth_token))
        domain = api.find(name)
        done = _disallow(api, domain, network) if remove else _allow(api, domain, network, label)
        domain = api.find(domain["sid"])
        notes = list(say_who_may_call(api, domain))
    for line in (f"{domain['domain_name']}: {done}", *notes):
        print(line)


def _allow(api: DomainApi, domain: Record, network: ipaddress.IPv4Network, label: str | None) -> str:
    listed = [entry for each in api.lists(domain, ADDRESSES) for entry in each["ip_addresses"]]
    if any(network.subnet_of(_entry(entry)) for entry in listed):
        return f"{network} may call already"
    api.add(
        domain,
        ADDRESSES,
        FriendlyName=label or str(network),
        IpAddress=str(network.network_address),
        CidrPrefixLength=str(network.prefixlen),
    )
    return f"{network} may call"


def _disallow(api: DomainApi, domain: Record, network: ipaddress.IPv4Network) -> str:
    lists = api.lists(domain, ADDRESSES)
    found = [(each, entry) for each in lists for entry in each["ip_addresses"] if _entry(entry) == network]
    if not found:
        there = ", ".join(str(_entry(entry)) for each in lists for entry in each["ip_addresses"]) or "none"
        raise NodeApiError(f"{network} is not among those that may call {domain['domain_name']}: {there}")
    for each, entry in found:
        api.remove(ADDRESSES, each, entry)
    return f"{network} may call no longer"


def _entry(entry: Record) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network((entry["ip_address"], entry["cidr_prefix_length"]), strict=False)


def _network(cidr: str) -> ipaddress.IPv4Network:
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        _refuse(f"{cidr} is no address and no block of addresses, such as 192.0.2.7 or 192.0.2.0/24")
    if not isinstance(network, ipaddress.IPv4Network):
        _refuse(f"{cidr} is IPv6; access lists hold IPv4 addresses")
    if "/" in cidr and str(network) != str(ipaddress.ip_interface(cidr)):
        _refuse(f"{cidr} is an address inside a block: allow {network}, or {cidr.partition('/')[0]} alone")
    if network.prefixlen == 0:
        _refuse("the whole of IPv4 is no entry: allow 0.0.0.0/1 and 128.0.0.0/1 if that is meant")
    return network


def _refuse(why: str) -> NoReturn:
    print(f"offhook domain: {why}", file=sys.stderr)
    raise typer.Exit(UNUSABLE)


def _print(domain: Record) -> None:
    print(domain["domain_name"])
    for line in facts([(label, domain[name]) for label, name in _FIELDS], width=17):
        print(line)
    for each in domain.get("ip_access_control_lists", ()):
        print(f"  allowed ({each['friendly_name']}):")
        for entry in each["ip_addresses"]:
            print(f"    {_entry(entry)!s:<19} {entry['friendly_name']}".rstrip())
    for title, key in (("may call", "credential_lists"), ("may register", "registration_credential_lists")):
        for each in domain.get(key, ()):
            names = ", ".join(sorted(user["username"] for user in each["credentials"])) or "nobody"
            print(f"  {title} ({each['friendly_name']}): {names}")
