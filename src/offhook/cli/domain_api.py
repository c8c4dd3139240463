"""SIP Domains as the commands speak of them: by name, with the lists that say who may call.

    office.sip.localhost -- calls ----------> access lists -------> addresses
                         -- calls ----------> credential lists ---> users
                         -- registrations --> credential lists ---> users

A command adds to a list of the Domain's own, so that what is allowed for one Domain is not allowed for
another one by the way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from offhook.base.ids import is_sid
from offhook.cli.node_api import NodeApi, NodeApiError
from offhook.config.settings import SettingsError, load_settings

Record = dict[str, Any]

NAME_TAKEN: Final = frozenset({21235, 21240})
"""A list's name is in use (reference/rest-api 4.3)."""
IN_USE: Final = frozenset({21236, 21241})
"""A list that is deleted is mapped to another Domain."""
NAMES_TRIED: Final = 20
LIST_NAME_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class ListKind:
    """Access lists or credential lists."""

    path: str
    """Of the lists, below `SIP/`."""
    mappings: tuple[str, ...]
    """Paths of the mappings, below the Domain; the first one is that for calls."""
    sid_parameter: str
    """Of a mapping's POST."""
    entries: str
    """Path of the entries, below a list."""
    key: str
    """Where a page of lists has them."""
    entries_key: str
    """Where a page of entries has them."""
    title: str
    """Beginning of the names of the lists that commands make."""
    auth_type: str
    """What a Domain says of itself when such a list is mapped for calls."""


ADDRESSES: Final = ListKind(
    "IpAccessControlLists",
    ("Auth/Calls/IpAccessControlListMappings",),
    "IpAccessControlListSid",
    "IpAddresses",
    "ip_access_control_lists",
    "ip_addresses",
    "Callers of",
    "IP_ACL",
)
USERS: Final = ListKind(
    "CredentialLists",
    ("Auth/Calls/CredentialListMappings", "Auth/Registrations/CredentialListMappings"),
    "CredentialListSid",
    "Credentials",
    "credential_lists",
    "credentials",
    "Users of",
    "CREDENTIAL_LIST",
)


def wants(domain: Record, kind: ListKind) -> bool:
    """Whether callers must be in a list of this kind; with lists of both kinds, in both."""
    return kind.auth_type in domain["auth_type"].split(",")


class DomainApi:
    """The Domains of one account."""

    def __init__(self, node: NodeApi) -> None:
        self._node = node
        self._sip = f"{node.account_path}/SIP"

    def domains(self) -> list[Record]:
        """All of them, the newest first. Raises: NodeApiError, as all that follows."""
        return self._node.all(f"{self._sip}/Domains.json", "domains")

    def find(self, name: str) -> Record:
        """The Domain of a Sid, a name, or a name's first label.

        Raises: NodeApiError that says which there are.
        """
        domains = self.domains()
        if is_sid(name, "SD"):
            found = [domain for domain in domains if domain["sid"] == name]
        else:
            wanted = name.lower().rstrip(".")
            found = [domain for domain in domains if domain["domain_name"] == wanted]
            if not found and "." not in wanted:
                found = [domain for domain in domains if domain["domain_name"].split(".")[0] == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise NodeApiError(f"{name} is more than one SIP Domain: {_names(found)}")
        there = _names(domains) if domains else "none; make one with domain create"
        raise NodeApiError(f"there is no SIP Domain {name}; the account has {there}")

    def create(self, name: str, settings: dict[str, str]) -> Record:
        """A new one; a name without a dot gets the node's first suffix."""
        made: Record = self._node.post(
            f"{self._sip}/Domains.json", DomainName=name if "." in name else f"{name}.{_suffix()}", **settings
        )
        return made

    def change(self, domain: Record, settings: dict[str, str]) -> Record:
        """What was given, the rest stays."""
        changed: Record = self._node.post(f"{self._sip}/Domains/{domain['sid']}.json", **settings)
        return changed

    def delete(self, domain: Record) -> list[Record]:
        """The Domain, and the lists that commands made for it; gives back those that another Domain uses."""
        own = [(kind, each) for kind in (ADDRESSES, USERS) for each in self._own_lists(domain, kind)]
        self._node.delete(f"{self._sip}/Domains/{domain['sid']}.json")
        kept = []
        for kind, each in own:
            try:
                self._node.delete(f"{self._sip}/{kind.path}/{each['sid']}.json")
            except NodeApiError as error:
                if error.code not in IN_USE:
                    raise
                kept.append(each)
        return kept

    def mapped(self, domain: Record, kind: ListKind, mapping: str) -> list[Record]:
        """The lists of one kind that are mapped to a Domain, each with its entries."""
        found = self._node.all(f"{self._sip}/Domains/{domain['sid']}/{mapping}.json", "contents")
        return [{**each, kind.entries_key: self.entries(kind, each)} for each in found]

    def entries(self, kind: ListKind, of: Record) -> list[Record]:
        """The addresses or users of a list."""
        return self._node.all(self._entries_path(kind, of), kind.entries_key)

    def lists(self, domain: Record, kind: ListKind) -> list[Record]:
        """The lists that are mapped to a Domain for whatever, each once, with its entries."""
        every = [each for mapping in kind.mappings for each in self.mapped(domain, kind, mapping)]
        return list({each["sid"]: each for each in every}.values())

    def add(self, domain: Record, kind: ListKind, **entry: str) -> None:
        """One more entry in the list that commands keep for a Domain, which is made if there is none.

        A list is mapped only when it has its entry: an empty one would shut everybody out. One of that name
        which is not mapped is left alone: it may let in who was meant to be shut out.
        """
        own = next(self._own_lists(domain, kind), None)
        if own is not None:
            self._node.post(self._entries_path(kind, own), **entry)
        else:
            own = self._make_list(domain, kind)
            try:
                self._node.post(self._entries_path(kind, own), **entry)
            except NodeApiError:
                self._node.delete(f"{self._sip}/{kind.path}/{own['sid']}.json")
                raise
        for mapping in kind.mappings:
            path = f"{self._sip}/Domains/{domain['sid']}/{mapping}"
            if self._node.get(f"{path}/{own['sid']}.json") is None:
                self._node.post(f"{path}.json", **{kind.sid_parameter: own["sid"]})

    def set(self, kind: ListKind, of: Record, entry: Record, **values: str) -> Record:
        """Change an entry of a list."""
        path = f"{self._sip}/{kind.path}/{of['sid']}/{kind.entries}/{entry['sid']}.json"
        changed: Record = self._node.post(path, **values)
        return changed

    def remove(self, kind: ListKind, of: Record, entry: Record) -> None:
        """An entry of a list."""
        self._node.delete(f"{self._sip}/{kind.path}/{of['sid']}/{kind.entries}/{entry['sid']}.json")

    def _entries_path(self, kind: ListKind, of: Record) -> str:
        return f"{self._sip}/{kind.path}/{of['sid']}/{kind.entries}.json"

    def _own_lists(self, domain: Record, kind: ListKind) -> Iterator[Record]:
        name = _list_name(domain, kind)
        for each in self.lists(domain, kind):
            if each["friendly_name"] == name or each["friendly_name"].startswith(f"{name} ("):
                yield each

    def _make_list(self, domain: Record, kind: ListKind) -> Record:
        name = _list_name(domain, kind)
        for number in range(1, NAMES_TRIED + 1):
            try:
                made: Record = self._node.post(
                    f"{self._sip}/{kind.path}.json",
                    FriendlyName=name if number == 1 else f"{name} ({number})",
                )
            except NodeApiError as error:
                if error.code not in NAME_TAKEN:
                    raise
            else:
                return made
        raise NodeApiError(f"{NAMES_TRIED} lists are called {name} already, and none of them is mapped")


def say_who_may_call(api: DomainApi, domain: Record) -> Iterator[str]:
    """What a change has brought about that may surprise: two conditions at once, or one that nobody meets."""
    if wants(domain, ADDRESSES) and wants(domain, USERS):
        yield "Callers must come from an allowed address and give a user's password as well."
    for kind, nobody in ((ADDRESSES, "No address is allowed"), (USERS, "It has no user")):
        if wants(domain, kind) and not any(
            each[kind.entries_key] for each in api.mapped(domain, kind, kind.mappings[0])
        ):
            yield f"{nobody}, so nobody may call it."


def _list_name(domain: Record, kind: ListKind) -> str:
    """Room is left for a number."""
    return f"{kind.title} {domain['domain_name']}"[: LIST_NAME_MAX - 5]


def _names(domains: list[Record]) -> str:
    shown = [domain["domain_name"] for domain in domains[:10]]
    more = f" and {len(domains) - len(shown)} more" if len(domains) > len(shown) else ""
    return ", ".join(shown) + more


def _suffix() -> str:
    try:
        return load_settings().domain_suffixes[0]
    except SettingsError as error:
        raise NodeApiError(str(error)) from error
