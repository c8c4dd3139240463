"""What a store was told, in memory: enough of `store/ports` for calls to run on.

The real store has its own tests; this one lets a test of what stands above it run in virtual time,
where no thread may be waited for.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from offhook.base.redact import Secret
from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.model.account import Account, AccountStatus
from offhook.model.application import Application
from offhook.model.binding import Binding
from offhook.model.byoc_trunk import ByocTrunk
from offhook.model.call import Call
from offhook.model.callback import PendingCallback, Subscription
from offhook.model.carrier_registration import CarrierRegistration
from offhook.model.conference import Conference
from offhook.model.connection_policy import ConnectionPolicyTarget
from offhook.model.credential import Credential, CredentialList, MappingScope
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.model.ip_record import MappedSource
from offhook.model.notification import Notification
from offhook.model.queue import Queue
from offhook.model.recording import Recording
from offhook.model.refusal import Refusal
from offhook.model.sip_domain import SipDomain
from offhook.model.transcription import Transcription
from offhook.model.trunk import OriginationUrl, Trunk
from offhook.store.ports import DuplicateError, Store, StoreBusyError

MOMENT = datetime(2026, 11, 26, tzinfo=UTC)
ACCOUNT = Account("AC" + "a" * 32, "Test", Secret("token"), AccountStatus.ACTIVE, MOMENT, MOMENT)
DOMAIN = SipDomain(
    sid="SD" + "d" * 32,
    account_sid=ACCOUNT.sid,
    domain_name="app.sip.localhost",
    created_at=MOMENT,
    updated_at=MOMENT,
    voice_url="http://app.test/voice",
    has_ip_acl=True,
)
ANYONE = IpAddress("IP" + "e" * 32, ACCOUNT.sid, "AL" + "f" * 32, "Anyone", "127.0.0.1", 8, MOMENT, MOMENT)


@dataclass
class MemoryCalls:
    """Every state of every call, in the order in which they were written."""

    history: list[Call] = field(default_factory=list)

    def post(self, call: Call) -> None:
        self.history.append(call)

    @property
    def last(self) -> Call:
        return self.history[-1]


@dataclass
class MemoryNotifications:
    history: list[Notification] = field(default_factory=list)

    def post(self, notification: Notification) -> None:
        self.history.append(notification)

    @property
    def codes(self) -> list[int]:
        return [notification.error_code for notification in self.history]


@dataclass
class MemoryDomains:
    domain: SipDomain
    allowed: Sequence[IpAddress] = (ANYONE,)
    users: dict[MappingScope, Sequence[Credential]] = field(default_factory=dict)
    is_busy_for: set[str] = field(default_factory=set)
    """Names for which the database does not answer."""

    async def find_by_name(self, domain_name: str) -> SipDomain | None:
        if domain_name in self.is_busy_for:
            raise StoreBusyError("the database does not answer")
        return self.domain if domain_name == self.domain.domain_name else None

    async def fetch(self, account_sid: str, sid: str) -> SipDomain | None:
        return self.domain if (account_sid, sid) == (self.domain.account_sid, self.domain.sid) else None

    async def allowed_addresses(self, domain_sid: str) -> Sequence[IpAddress]:
        assert domain_sid == self.domain.sid
        return self.allowed

    async def names(self, limit: int) -> Sequence[str]:
        assert limit > 0
        return (self.domain.domain_name,)

    async def find_credentials(
        self, domain_sid: str, scope: MappingScope, username: str
    ) -> Sequence[Credential]:
        assert domain_sid == self.domain.sid
        return [user for user in self.users.get(scope, ()) if user.username == username]


class MemoryLists:
    """No list has what is asked for."""

    async def with_user(self, account_sid: str, username: str) -> Sequence[CredentialList]:
        return []

    async def fetch(self, account_sid: str, sid: str) -> IpAccessControlList | None:
        return None


@dataclass
class MemoryBindings:
    """What the registrar wrote behind."""

    kept: dict[str, Binding] = field(default_factory=dict)
    is_shared: bool = False

    def post(self, binding: Binding) -> None:
        self.kept[binding.sid] = binding

    def post_removal(self, binding: Binding) -> None:
        self.kept.pop(binding.sid, None)

    async def flushed(self) -> None:
        """Everything is."""

    async def of_user(self, account_sid: str, username: str) -> Sequence[Binding]:
        return [each for each in self.kept.values() if each.username == username]

    async def load(self, after_sid: str, limit: int) -> Sequence[Binding]:
        return [self.kept[sid] for sid in sorted(self.kept) if sid > after_sid][:limit]

    async def orphaned(self, after_sid: str, limit: int) -> Sequence[Binding]:
        return []


@dataclass
class MemoryRefusals:
    history: list[Refusal] = field(default_factory=list)

    def post(self, refusal: Refusal) -> None:
        self.history.append(refusal)


@dataclass
class MemoryRecordings:
    """Every state of every recording, in the order in which they were written."""

    history: list[Recording] = field(default_factory=list)

    def post(self, recording: Recording) -> None:
        self.history.append(recording)

    async def fetch(self, account_sid: str, sid: str) -> Recording | None:
        found = [each for each in self.history if (each.account_sid, each.sid) == (account_sid, sid)]
        return found[-1] if found else None

    @property
    def last(self) -> Recording:
        return self.history[-1]


@dataclass
class MemoryConferences:
    """Every state of every conference, in the order in which they were written."""

    history: list[Conference] = field(default_factory=list)

    def post(self, conference: Conference) -> None:
        self.history.append(conference)

    @property
    def last(self) -> Conference:
        return self.history[-1]


@dataclass
class MemoryCallbacks:
    """What is not delivered yet."""

    kept: dict[int, PendingCallback] = field(default_factory=dict)
    is_full: bool = False

    def post(self, callback: PendingCallback) -> None:
        if self.is_full:
            raise StoreBusyError("20000 writes are waiting for the database")
        self.kept[callback.number] = callback

    def post_removal(self, number: int, *, node: str | None = None) -> None:
        assert node is None
        if self.is_full:
            raise StoreBusyError("20000 writes are waiting for the database")
        del self.kept[number]

    async def last_number(self, *, node: str | None = None) -> int:
        assert node is None
        return max(self.kept, default=0)

    async def load(
        self, after: int, until: int, limit: int, *, node: str | None = None
    ) -> Sequence[PendingCallback]:
        assert node is None
        return [self.kept[number] for number in sorted(self.kept) if after < number <= until][:limit]


@dataclass
class MemorySubscriptions:
    """Who is to be told of the end of what lives."""

    kept: dict[str, Subscription] = field(default_factory=dict)

    def post(self, subscription: Subscription) -> None:
        self.kept[subscription.sid] = subscription

    def post_removal(self, sid: str) -> None:
        self.kept.pop(sid, None)

    async def load(self, after_sid: str, limit: int, *, node: str | None = None) -> Sequence[Subscription]:
        assert node is None
        return [self.kept[sid] for sid in sorted(self.kept) if sid > after_sid][:limit]


@dataclass
class MemoryAccounts:
    known: dict[str, Account] = field(default_factory=lambda: {ACCOUNT.sid: ACCOUNT})

    async def fetch(self, sid: str) -> Account | None:
        return self.known.get(sid)


@dataclass
class MemoryNumbers:
    known: dict[str, IncomingPhoneNumber] = field(default_factory=dict)
    is_busy: bool = False

    def add(self, number: IncomingPhoneNumber) -> None:
        self.known[number.phone_number] = number

    async def find_by_number(self, phone_number: str) -> IncomingPhoneNumber | None:
        if self.is_busy:
            raise StoreBusyError("the database does not answer")
        return self.known.get(phone_number)


@dataclass
class MemoryApplications:
    known: dict[tuple[str, str], Application] = field(default_factory=dict)
    is_busy: bool = False

    def add(self, application: Application) -> None:
        self.known[application.account_sid, application.sid] = application

    async def fetch(self, account_sid: str, sid: str) -> Application | None:
        if self.is_busy:
            raise StoreBusyError("the database does not answer")
        return self.known.get((account_sid, sid))

    async def find_public(self, sid: str) -> Application | None:
        found = [each for each in self.known.values() if each.sid == sid]
        return next((each for each in found if each.public_application_connect_enabled), None)


@dataclass
class MemoryQueues:
    """Queues by their Sid."""

    known: dict[str, Queue] = field(default_factory=dict)
    is_busy: bool = False

    async def insert(self, queue: Queue) -> None:
        if await self.find_named(queue.account_sid, queue.friendly_name) is not None:
            raise DuplicateError(queue.friendly_name)
        self.known[queue.sid] = queue

    async def update(self, queue: Queue) -> None:
        self.known[queue.sid] = queue

    async def delete(self, account_sid: str, sid: str) -> bool:
        if self.is_busy:
            raise StoreBusyError("the database does not answer")
        return self.known.pop(sid, None) is not None

    async def find_named(self, account_sid: str, friendly_name: str) -> Queue | None:
        await asyncio.sleep(0)
        if self.is_busy:
            raise StoreBusyError("the database does not answer")
        for queue in self.known.values():
            if (queue.account_sid, queue.friendly_name) == (account_sid, friendly_name):
                return queue
        return None

    async def count(self, account_sid: str) -> int:
        return sum(queue.account_sid == account_sid for queue in self.known.values())


@dataclass
class MemoryTrunks:
    """BYOC trunks by their Sid, and the first Domain of each."""

    known: dict[str, ByocTrunk] = field(default_factory=dict)
    domains: dict[str, str] = field(default_factory=dict)

    async def fetch(self, account_sid: str, sid: str) -> ByocTrunk | None:
        trunk = self.known.get(sid)
        return trunk if trunk is not None and trunk.account_sid == account_sid else None

    async def find_named(self, account_sid: str, friendly_name: str) -> ByocTrunk | None:
        for trunk in self.known.values():
            if (trunk.account_sid, trunk.friendly_name) == (account_sid, friendly_name):
                return trunk
        return None

    async def first_domain(self, account_sid: str, sid: str) -> str | None:
        assert self.known[sid].account_sid == account_sid
        return self.domains.get(sid)


@dataclass
class MemoryElastic:
    """Elastic SIP trunks, whom they let in, and where their PBX is."""

    known: dict[str, Trunk] = field(default_factory=dict)
    allowed: Sequence[IpAddress] = ()
    urls: list[OriginationUrl] = field(default_factory=list)

    async def fetch(self, account_sid: str, sid: str) -> Trunk | None:
        trunk = self.known.get(sid)
        return trunk if trunk is not None and trunk.account_sid == account_sid else None

    async def find_by_name(self, domain_name: str) -> Trunk | None:
        return next((trunk for trunk in self.known.values() if trunk.domain_name == domain_name), None)

    async def allowed_addresses(self, trunk_sid: str) -> Sequence[IpAddress]:
        assert trunk_sid in self.known
        return self.allowed

    async def all_of(self, account_sid: str, owner_sid: str) -> Sequence[OriginationUrl]:
        return [url for url in self.urls if (url.account_sid, url.trunk_sid) == (account_sid, owner_sid)]


@dataclass
class MemoryCarriers:
    """Registrations at carriers, by the Sid of their trunk."""

    known: dict[str, CarrierRegistration] = field(default_factory=dict)

    async def load(self, limit: int) -> Sequence[CarrierRegistration]:
        return list(self.known.values())[:limit]

    async def fetch(self, account_sid: str, sid: str) -> CarrierRegistration | None:
        record = self.known.get(sid)
        return record if record is not None and record.account_sid == account_sid else None


@dataclass
class MemoryMappings:
    """Source IP mappings."""

    known: list[MappedSource] = field(default_factory=list)

    async def mapped(self, limit: int) -> Sequence[MappedSource]:
        return self.known[:limit]


@dataclass
class MemoryTargets:
    """Targets of connection policies."""

    known: list[ConnectionPolicyTarget] = field(default_factory=list)

    async def all_of(self, account_sid: str, owner_sid: str) -> Sequence[ConnectionPolicyTarget]:
        return [
            target
            for target in self.known
            if (target.account_sid, target.connection_policy_sid) == (account_sid, owner_sid)
        ]


@dataclass
class MemoryTranscriptions:
    """Those that were made, in order."""

    made: list[Transcription] = field(default_factory=list)

    async def insert(self, transcription: Transcription) -> None:
        self.made.append(transcription)


class MemoryStore:
    """One account, one SIP Domain, and what happens to their calls."""

    def __init__(self, domain: SipDomain = DOMAIN) -> None:
        self.accounts = MemoryAccounts()
        self.calls = MemoryCalls()
        self.notifications = MemoryNotifications()
        self.sip_domains = MemoryDomains(domain)
        self.credential_lists = self.ip_access_control_lists = MemoryLists()
        self.access_revision = 0
        self.is_filling = self.is_shared = False
        self.bindings = MemoryBindings()
        self.refusals = MemoryRefusals()
        self.recordings = MemoryRecordings()
        self.conferences = MemoryConferences()
        self.incoming_phone_numbers = MemoryNumbers()
        self.applications = MemoryApplications()
        self.queues = MemoryQueues()
        self.transcriptions = MemoryTranscriptions()
        self.byoc_trunks = MemoryTrunks()
        self.connection_policy_targets = MemoryTargets()
        self.source_ip_mappings = MemoryMappings()
        self.carrier_registrations = MemoryCarriers()
        self.trunks = self.origination_urls = MemoryElastic()
        self.callbacks = MemoryCallbacks()
        self.subscriptions = MemorySubscriptions()

    async def flushed(self) -> None:
        """Everything is."""

    @property
    def as_store(self) -> Store:
        """Itself, by the type of the port."""
        return cast(Store, self)
