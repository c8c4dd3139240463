"""`offhook domain user`: who may call a SIP Domain, and register with it, by name and password."""

from typing import Annotated, Final

import typer

from offhook.cli.domain_api import USERS, DomainApi, Record, say_who_may_call
from offhook.cli.node_api import AccountSid, AsJson, AuthToken, NodeApiError, Url, asking, find_node
from offhook.cli.password import ask_password
from offhook.cli.table import print_records

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The SIP Domain: name, first label of the name, or Sid.")
]
User = Annotated[str, typer.Argument(metavar="USER", help="User name, 1 to 32 characters.")]
Password = Annotated[
    str | None,
    typer.Option(
        "--password",
        help="12 characters or more, a digit, a capital and a small letter among them. Others on this "
        "machine may see it here; without it, it is asked for, or read from standard input if that is no "
        "terminal.",
    ),
]

_COLUMNS: Final = ("username", "calls", "registers", "list", "date_created")

app = typer.Typer(help="Users of a SIP Domain: who may call and register.", no_args_is_help=True)


@app.command("add")
def add(
    name: Name,
    user: User,
    *,
    password: Password = None,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
) -> None:
    """Let a user call a SIP Domain and register with it, with a password.

    The user is added to a credential list of the Domain's own, which is made if there is none.
    """
    secret = ask_password(password, "domain user")
    with asking("domain user"):
        api = DomainApi(find_node(url, account_sid, auth_token))
        domain = api.find(name)
        if _holders(api, domain, user):
            raise NodeApiError(f"{domain['domain_name']} has a user {user} already; see domain user set")
        api.add(domain, USERS, Username=user, Password=secret)
        domain = api.find(domain["sid"])
        notes = list(say_who_may_call(api, domain))
    print(f"{domain['domain_name']}: {user} may call and register")
    if not domain["sip_registration"]:
        print(f"Registration is off: offhook domain set {domain['domain_name']} --registration")
    for note in notes:
        print(note)


@app.command("list")
def list_(
    name: Name,
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: AsJson = False,
) -> None:
    """List the users of a SIP Domain."""
    with asking("domain user"):
        api = DomainApi(find_node(url, account_sid, auth_token))
        domain = api.find(name)
        calls, registrations = (
            {each["sid"]: each for each in api.mapped(domain, USERS, mapping)} for mapping in USERS.mappings
        )
    rows = [
        {
            "username": user["username"],
            "calls": sid in calls,
            "registers": sid in registrations,
            "list": each["friendly_name"],
            "date_created": user["date_created"],
            "sid": user["sid"],
        }
        for sid, each in (calls | registrations).items()
        for user in sorted(each["credentials"], key=lambda user: str(user["username"]))
    ]
    print_records(rows, _COLUMNS, as_json=as_json)


@app.command("set")
def set_(
    name: Name,
    user: User,
    *,
    password: Password = None,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
) -> None:
    """Give a user another password."""
    secret = ask_password(password, "domain user")
    with asking("domain user"):
        api = DomainApi(find_node(url, account_sid, auth_token))
        domain = api.find(name)
        for each, entry in _found(api, domain, user):
            api.set(USERS, each, entry, Password=secret)
    print(f"{domain['domain_name']}: {user} has another password")


@app.command("delete")
def delete(
    name: Name,
    user: User,
    *,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
) -> None:
    """Let a user call and register no longer.

    A credential list that is mapped to other SIP Domains loses the user for them too.
    """
    with asking("domain user"):
        api = DomainApi(find_node(url, account_sid, auth_token))
        domain = api.find(name)
        for each, entry in _found(api, domain, user):
            api.remove(USERS, each, entry)
        notes = list(say_who_may_call(api, domain))
    for line in (f"{domain['domain_name']}: {user} is deleted", *notes):
        print(line)


def _holders(api: DomainApi, domain: Record, user: str) -> list[tuple[Record, Record]]:
    """The lists that have the user, with the entry of each."""
    return [
        (each, entry)
        for each in api.lists(domain, USERS)
        for entry in each["credentials"]
        if entry["username"] == user
    ]


def _found(api: DomainApi, domain: Record, user: str) -> list[tuple[Record, Record]]:
    """The same, at least one. Raises: NodeApiError, naming the users there are."""
    found = _holders(api, domain, user)
    if not found:
        lists = api.lists(domain, USERS)
        names = sorted({entry["username"] for each in lists for entry in each["credentials"]})
        there = f"its users: {', '.join(names[:20])}" if names else "it has none"
        raise NodeApiError(f"{domain['domain_name']} has no user {user}; {there}")
    return found
