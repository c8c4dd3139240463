"""Who may call and register, kept in memory: SIP Domains, the addresses and the users that they let in.

Asked for every INVITE and REGISTER, so that it goes to the store only for what it has not seen since the
last change. A change on this node is seen at once (`Store.access_revision`). Called by `admission`,
`authentication` and the registrar.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Final, Generic, TypeVar

from offhook.base.errors import UsageError
from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.model.account import Account
from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.credential import Credential, CredentialList, MappingScope
from offhook.model.ip_record import MappedSource
from offhook.model.sip_domain import SipDomain
from offhook.model.trunk import Trunk
from offhook.routing.decision import Entrance
from offhook.routing.sip_domain import NAME_MAX, DomainNames, normal
from offhook.sip.flow import Flow
from offhook.store.ports import Store

K = TypeVar("K")
V = TypeVar("V")

DOMAINS_MAX: Final = 10_000
CREDENTIALS_MAX: Final = 50_000
NAMES_MAX: Final = 1_000
"""Domains that a misspelt name is compared with."""
SOURCES_MAX: Final = 10_000
"""Source IP mappings that the node knows."""
ADDRESS_MAX: Final = 64
"""Characters of an address: of IPv6 in its longest spelling 45, and a zone."""
USERNAME_MAX: Final = 32
"""Characters of a user name (reference/sip-interface 2); a longer one is nobody's."""


class _Shelf(Generic[K, V]):
    """The last so many answers of one kind; the oldest goes."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._kept: dict[K, V] = {}
        self._revision = -1

    def kept(self, store: Store) -> Mapping[K, V]:
        """What was found since the last change."""
        if store.access_revision != self._revision:
            self._kept.clear()
            self._revision = store.access_revision
        return self._kept

    async def get(self, store: Store, key: K, read: Callable[[], Awaitable[V]]) -> V:
        """What is kept for the key, else what `read` finds."""
        kept = self.kept(store)
        if key in kept:
            return kept[key]
        revision = self._revision
        # Who began without a task of their own gets one before the store is asked (`waiting/eager`).
        await asyncio.sleep(0)
        value = await read()
        # What was read while somebody wrote may be from before: it is used once and not kept.
        if revision == store.access_revision == self._revision:
            if len(self._kept) >= self._longest:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = value
        return value


class Directory:
    """What the store says about who may call and register. Each method raises StoreBusyError."""

    def __init__(self, store: Store, names: DomainNames, default_domain: str | None = None) -> None:
        """default_domain: name of the Domain that answers for the node's own addresses; None is nobody."""
        self._store = store
        self._names = names
        self._default_domain = default_domain
        self._spellings: dict[tuple[str, str, str], tuple[str, ...]] = {}
        self._domains: _Shelf[str, SipDomain | None] = _Shelf(DOMAINS_MAX)
        self._domains_by_sid: _Shelf[str, SipDomain | None] = _Shelf(DOMAINS_MAX)
        self._accounts: _Shelf[str, Account | None] = _Shelf(DOMAINS_MAX)
        self._addresses: _Shelf[str, Sequence[IpAddress]] = _Shelf(DOMAINS_MAX)
        self._credentials: _Shelf[tuple[str, MappingScope, str], Sequence[Credential]] = _Shelf(
            CREDENTIALS_MAX
        )
        self._access_lists: _Shelf[str, IpAccessControlList | None] = _Shelf(DOMAINS_MAX)
        self._lists_with: _Shelf[tuple[str, str], Sequence[CredentialList]] = _Shelf(DOMAINS_MAX)
        self._misspellings: _Shelf[None, dict[str, str]] = _Shelf(1)
        self._trunk_names = names.of_trunks
        self._elastic: _Shelf[str, Trunk | None] = _Shelf(DOMAINS_MAX)
        self._trunks: _Shelf[tuple[str, str], ByocTrunk | None] = _Shelf(DOMAINS_MAX)
        self._sources: _Shelf[None, Sequence[MappedSource]] = _Shelf(1)
        self._mapped: _Shelf[str, SipDomain | None] = _Shelf(DOMAINS_MAX)

    def spellings(self, host: str, flow: Flow) -> tuple[str, ...]:
        """The names under which the Domain that `host` means may be stored.

        host: of a URI, without port. flow: how the request came; its own ends are the node itself.
        """
        if len(host) > NAME_MAX:
            return ()
        key = (host, flow.local.host, flow.advertised.host)
        known = self._spellings.get(key)
        if known is None:
            if len(self._spellings) >= DOMAINS_MAX:
                self._spellings.clear()
            known = self._spellings[key] = self._spell(host, flow)
        return known

    def _spell(self, host: str, flow: Flow) -> tuple[str, ...]:
        if is_own(host, flow):
            if self._default_domain is None:
                return ()
            return self._names.spellings(self._names.full_name(self._default_domain))
        return self._names.spellings(host)

    async def find_domain(self, host: str, flow: Flow) -> SipDomain | None:
        """The Domain that `host` means, in whatever spelling; None when there is none."""
        return await self._find(self.spellings(host, flow))

    async def find_named(self, host: str) -> SipDomain | None:
        """The Domain of that name, in whatever spelling; None for a foreign host. For calls that we place."""
        return await self._find(self._names.spellings(host) if len(host) <= NAME_MAX else ())

    def is_ours(self, host: str) -> bool:
        """Whether a host is under one of the node's suffixes, so that nobody else can have it."""
        return len(host) <= NAME_MAX and bool(self._names.spellings(host))

    async def _find(self, names: Sequence[str]) -> SipDomain | None:
        kept = self._domains.kept(self._store)
        for name in names:
            domain = kept.get(name)
            if domain is not None:
                return domain
            read = partial(self._store.sip_domains.find_by_name, name)
            domain = await self._domains.get(self._store, name, read)
            if domain is not None:
                return domain
        return None

    async def mapped_domain(self, host: str) -> SipDomain | None:
        """The Domain that what comes from this address calls (a source IP mapping); None where none does.

        Of several mappings that cover it the one of the smallest block counts, of those the oldest.
        """
        sources = await self._sources.get(
            self._store, None, lambda: self._store.source_ip_mappings.mapped(SOURCES_MAX)
        )
        if not sources:
            return None
        return await self._mapped.get(self._store, host, partial(self._read_mapped, host, sources))

    async def _read_mapped(self, host: str, sources: Sequence[MappedSource]) -> SipDomain | None:
        address = numeric(host)
        covering = [each for each in sources if address is not None and address in each.network]
        if not covering:
            return None
        source = max(covering, key=lambda each: each.network.prefixlen)
        return await self._store.sip_domains.fetch(source.account_sid, source.sip_domain_sid)

    async def trunk(self, account_sid: str, sid: str) -> ByocTrunk | None:
        """A BYOC trunk of an account."""
        read = partial(self._store.byoc_trunks.fetch, account_sid, sid)
        return await self._trunks.get(self._store, (account_sid, sid), read)

    async def find_by_sid(self, account_sid: str, sid: str) -> SipDomain | None:
        """A Domain of the account by its Sid; None when it was deleted."""
        read = partial(self._store.sip_domains.fetch, account_sid, sid)
        return await self._domains_by_sid.get(self._store, sid, read)

    @property
    def revision(self) -> int:
        """Another number after each change of who may call or register."""
        return self._store.access_revision

    async def account(self, sid: str) -> Account:
        """The account that a Domain belongs to. Raises: UsageError when there is none."""
        found = await self._accounts.get(self._store, sid, lambda: self._store.accounts.fetch(sid))
        if found is None:
            raise UsageError(f"there is no account {sid}")
        return found

    async def find_elastic(self, host: str) -> Trunk | None:
        """The elastic SIP trunk of that name, in whatever spelling; None when there is none."""
        if len(host) > NAME_MAX:
            return None
        for name in self._trunk_names.spellings(host):
            read = partial(self._store.trunks.find_by_name, name)
            trunk = await self._elastic.get(self._store, name, read)
            if trunk is not None:
                return trunk
        return None

    async def allowed_addresses(self, domain: Entrance) -> Sequence[IpAddress]:
        """Every entry of the access lists mapped to the Domain or trunk."""
        lists = self._store.trunks if isinstance(domain, Trunk) else self._store.sip_domains
        return await self._addresses.get(self._store, domain.sid, lambda: lists.allowed_addresses(domain.sid))

    async def credentials(self, domain: Entrance, scope: MappingScope, username: str) -> Sequence[Credential]:
        """The users of that name in the lists mapped to the Domain or trunk; one for each list."""
        if len(username) > USERNAME_MAX:
            return ()
        key = (domain.sid, scope, username)
        known = self._credentials.kept(self._store).get(key)
        if known is not None:
            return known
        return await self._credentials.get(
            self._store,
            key,
            partial(self._read_credentials, domain, scope, username),
        )

    async def _read_credentials(
        self, domain: Entrance, scope: MappingScope, username: str
    ) -> Sequence[Credential]:
        if isinstance(domain, Trunk):
            # A trunk has no registrations.
            is_for_calls = scope is MappingScope.CALLS
            return await self._store.trunks.find_credentials(domain.sid, username) if is_for_calls else ()
        return await self._store.sip_domains.find_credentials(domain.sid, scope, username)

    async def access_list(self, account_sid: str, sid: str) -> IpAccessControlList | None:
        """An access list of the account."""
        read = partial(self._store.ip_access_control_lists.fetch, account_sid, sid)
        return await self._access_lists.get(self._store, sid, read)

    async def lists_with(self, account_sid: str, username: str) -> Sequence[CredentialList]:
        """The credential lists of the account that have a user of that name, mapped or not."""
        if len(username) > USERNAME_MAX:
            return ()
        read = partial(self._store.credential_lists.with_user, account_sid, username)
        return await self._lists_with.get(self._store, (account_sid, username), read)

    async def misspelt(self, host: str) -> str | None:
        """A Domain whose name is one letter away from `host`, or that differs in what follows the name."""
        if len(host) > NAME_MAX:
            return None
        known = await self._misspellings.get(self._store, None, self._read_misspellings)
        return next((known[key] for key in _neighbours(normal(host)) if key in known), None)

    async def _read_misspellings(self) -> dict[str, str]:
        names = await self._store.sip_domains.names(NAMES_MAX)
        return {key: name for name in names for key in _neighbours(name)}


def _neighbours(host: str) -> Iterator[str]:
    """The first label and what is left of it without one of its letters.

    Two labels that share one of these differ by one letter added, left out, changed or moved by one.
    """
    label = host.partition(".")[0]
    yield label
    if len(label) > 2:
        yield from (label[:at] + label[at + 1 :] for at in range(len(label)))


def is_own(host: str, flow: Flow) -> bool:
    """Whether a host is the node itself, as reached by this flow."""
    address = numeric(host)
    if address is None:
        return normal(host) == "localhost"
    return address.is_loopback or str(address) in (flow.local.host, flow.advertised.host)


def numeric(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address, with or without brackets, an IPv4 one mapped to IPv6 unwrapped; None for a name."""
    return _numeric(text) if len(text) <= ADDRESS_MAX else None


@lru_cache(1024)
def _numeric(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read once: the same proxies and phones call again and again."""
    try:
        address = ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
