"""The store as the rest of the house sees it.

Reads are coroutines. A read first waits for the batch of writes that was open when it arrived, so
that nobody reads older news than they were told. Writes that an API caller waits for are
coroutines that return when committed; writes of the call path (`post_*`) return at once, keep their
order and are committed within milliseconds together with others.

Every query carries the account: a record of another account is not found. "Not found" is None.
Called by `routing/`, `switchboard/`, `rest/`. Implemented by `store/database.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final, Generic, Protocol, TypeVar

from offhook.model.access_control import IpAccessControlList, IpAddress
from offhook.model.account import Account
from offhook.model.application import Application
from offhook.model.binding import Binding
from offhook.model.call import Call, CallStatus
from offhook.model.callback import PendingCallback, Subscription
from offhook.model.credential import Credential, CredentialList, MappingScope
from offhook.model.incoming_phone_number import IncomingPhoneNumber
from offhook.model.notification import Notification
from offhook.model.recording import Recording
from offhook.model.refusal import Refusal
from offhook.model.sip_domain import SipDomain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: where a record stands or stood. It outlives the record."""

    moment: datetime
    """When the record was created; for a log, the moment of the entry."""
    sid: str
    """Decides between records of one moment."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is wanted. Lists run newest first."""

    size: int = 50
    """1 to 1000."""
    before: Cursor | None = None
    """The last record of the page before this one: older ones are wanted."""
    after: Cursor | None = None
    """The first record of the page behind this one: newer ones are wanted."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, newest first."""

    items: Sequence[T]
    has_older: bool
    has_newer: bool


class UnknownRecordError(Exception):
    """The record that a write changes or refers to does not exist in this account."""


class DuplicateError(Exception):
    """A record with this unique name exists already."""


class InUseError(Exception):
    """The record cannot be deleted while others refer to it."""


class StoreBusyError(Exception):
    """The queue of writes is full: the database cannot keep up or is gone."""


class Accounts(Protocol):
    """Accounts of the node."""

    async def fetch(self, sid: str) -> Account | None:
        """One account by its Sid."""
        ...

    async def oldest(self) -> Account | None:
        """The account that was made first: the node's main account. None on a new node."""
        ...

    async def save(self, account: Account) -> None:
        """Insert or replace."""
        ...


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls are wanted; None is any. Times are inclusive at `from`, exclusive at `until`."""

    to: str | None = None
    from_: str | None = None
    parent_call_sid: str | None = None
    sip_call_id: str | None = None
    status: CallStatus | None = None
    started_from: datetime | None = None
    started_until: datetime | None = None
    ended_from: datetime | None = None
    ended_until: datetime | None = None


class Calls(Protocol):
    """Call records."""

    def post(self, call: Call) -> None:
        """Insert or replace a call in the open batch.

        Raises: StoreBusyError.
        """
        ...

    async def fetch(self, account_sid: str, sid: str) -> Call | None:
        """One call."""
        ...

    async def list(self, account_sid: str, wanted: CallFilter, page: PageRequest) -> Page[Call]:
        """Calls of the account."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete the record of a call that ended, with its notifications. False when there is none."""
        ...

    async def close_left_open(self, now: datetime, lived_until: datetime | None = None) -> int:
        """End as `failed` (or `completed` if answered) what a crash left open; returns how many.

        A call ends when it was last known to live: when it last changed, or at `lived_until`, the last sign
        of life of the node that had it, whichever is later. What it did after that nobody knows.
        """
        ...


class Notifications(Protocol):
    """The debugger log."""

    def post(self, notification: Notification) -> None:
        """Insert in the open batch. Raises: StoreBusyError."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> Notification | None:
        """One notification."""
        ...

    async def list(
        self,
        account_sid: str,
        page: PageRequest,
        *,
        call_sid: str | None = None,
        log: int | None = None,
        message_from: datetime | None = None,
        message_until: datetime | None = None,
    ) -> Page[Notification]:
        """Notifications of the account or of one call. `message_until` itself is left out."""
        ...


class SipDomains(Protocol):
    """SIP Domains and what is mapped to them."""

    async def insert(self, domain: SipDomain) -> None:
        """Raises: DuplicateError when the name is taken, by whomever."""
        ...

    async def update(self, domain: SipDomain) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete with its mappings. False when there is none."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> SipDomain | None:
        """One domain."""
        ...

    async def list(self, account_sid: str, page: PageRequest) -> Page[SipDomain]:
        """Domains of the account."""
        ...

    async def count(self, account_sid: str) -> int:
        """How many domains the account has."""
        ...

    async def find_by_name(self, domain_name: str) -> SipDomain | None:
        """The domain with this name (lower case), whoever owns it: the caller is not known yet."""
        ...

    async def names(self, limit: int) -> Sequence[str]:
        """Names of domains of the node, oldest first, at most so many."""
        ...

    async def map_ip_acl(
        self, account_sid: str, domain_sid: str, acl_sid: str, now: datetime
    ) -> IpAccessControlList:
        """Let the list's addresses call the domain. Raises: UnknownRecordError, DuplicateError."""
        ...

    async def unmap_ip_acl(self, account_sid: str, domain_sid: str, acl_sid: str) -> bool:
        """False when it was not mapped."""
        ...

    async def ip_acls(
        self, account_sid: str, domain_sid: str, page: PageRequest
    ) -> Page[IpAccessControlList]:
        """The access lists mapped to a domain."""
        ...

    async def mapped_ip_acl(
        self, account_sid: str, domain_sid: str, acl_sid: str
    ) -> IpAccessControlList | None:
        """One access list, if it is mapped to the domain."""
        ...

    async def allowed_addresses(self, domain_sid: str) -> Sequence[IpAddress]:
        """Every entry of every access list mapped to the domain."""
        ...

    async def map_credential_list(
        self, account_sid: str, domain_sid: str, list_sid: str, scope: MappingScope, now: datetime
    ) -> CredentialList:
        """Let the list's users call, or register at, the domain.

        Raises: UnknownRecordError, DuplicateError.
        """
        ...

    async def unmap_credential_list(
        self, account_sid: str, domain_sid: str, list_sid: str, scope: MappingScope
    ) -> bool:
        """False when it was not mapped."""
        ...

    async def credential_lists(
        self, account_sid: str, domain_sid: str, scope: MappingScope, page: PageRequest
    ) -> Page[CredentialList]:
        """The credential lists mapped to a domain."""
        ...

    async def mapped_credential_list(
        self, account_sid: str, domain_sid: str, list_sid: str, scope: MappingScope
    ) -> CredentialList | None:
        """One credential list, if it is mapped to the domain."""
        ...

    async def find_credentials(
        self, domain_sid: str, scope: MappingScope, username: str
    ) -> Sequence[Credential]:
        """Every user of that name (by case) in the lists mapped to the domain, the oldest first."""
        ...


class IpAccessControlLists(Protocol):
    """IP access control lists and their entries."""

    async def insert(self, acl: IpAccessControlList) -> None:
        """Raises: DuplicateError when the account has one of that name."""
        ...

    async def update(self, acl: IpAccessControlList) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete with its entries. Raises: InUseError while mapped to a domain."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> IpAccessControlList | None:
        """One list."""
        ...

    async def list(self, account_sid: str, page: PageRequest) -> Page[IpAccessControlList]:
        """Lists of the account."""
        ...

    async def insert_address(self, address: IpAddress) -> None:
        """Raises: DuplicateError when the list has that block, UnknownRecordError without the list."""
        ...

    async def update_address(self, address: IpAddress) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError."""
        ...

    async def delete_address(self, account_sid: str, acl_sid: str, sid: str) -> bool:
        """False when there is none."""
        ...

    async def fetch_address(self, account_sid: str, acl_sid: str, sid: str) -> IpAddress | None:
        """One entry."""
        ...

    async def addresses(self, account_sid: str, acl_sid: str, page: PageRequest) -> Page[IpAddress]:
        """Entries of a list."""
        ...

    async def count(self, account_sid: str) -> int:
        """How many lists the account has."""
        ...

    async def count_addresses(self, account_sid: str, acl_sid: str) -> int:
        """How many entries a list has."""
        ...


class CredentialLists(Protocol):
    """Credential lists and their users."""

    async def insert(self, credential_list: CredentialList) -> None:
        """Raises: DuplicateError when the account has one of that name."""
        ...

    async def update(self, credential_list: CredentialList) -> None:
        """Replace. Raises: DuplicateError, UnknownRecordError."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete with its users. Raises: InUseError while mapped to a domain."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> CredentialList | None:
        """One list."""
        ...

    async def list(self, account_sid: str, page: PageRequest) -> Page[CredentialList]:
        """Lists of the account."""
        ...

    async def count(self, account_sid: str) -> int:
        """How many lists the account has."""
        ...

    async def insert_credential(self, credential: Credential) -> None:
        """Raises: DuplicateError when the list has that user, UnknownRecordError without the list."""
        ...

    async def update_credential(self, credential: Credential) -> None:
        """Replace. Raises: UnknownRecordError."""
        ...

    async def delete_credential(self, account_sid: str, list_sid: str, sid: str) -> bool:
        """False when there is none."""
        ...

    async def fetch_credential(self, account_sid: str, list_sid: str, sid: str) -> Credential | None:
        """One user."""
        ...

    async def credentials(self, account_sid: str, list_sid: str, page: PageRequest) -> Page[Credential]:
        """Users of a list."""
        ...

    async def count_credentials(self, account_sid: str, list_sid: str) -> int:
        """How many users a list has."""
        ...

    async def is_any(self) -> bool:
        """Whether any account has a user, so that the node's realm is bound."""
        ...


class KeptSettings(Protocol):
    """Settings that bind what is stored, so that they are kept from the first start."""

    async def fetch(self, name: str) -> str | None:
        """What is kept under the name."""
        ...

    async def save(self, name: str, value: str) -> None:
        """Insert or replace."""
        ...


class Bindings(Protocol):
    """Registrations: written behind the registrar, which keeps them in memory, and read at start."""

    def post(self, binding: Binding) -> None:
        """Insert or replace in the open batch. Raises: StoreBusyError."""
        ...

    def post_removal(self, sid: str) -> None:
        """Delete in the open batch. Raises: StoreBusyError."""
        ...

    async def load(self, after_sid: str, limit: int) -> Sequence[Binding]:
        """Bindings of the node in the order of their Sids, those after `after_sid` ("" is all)."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> Binding | None:
        """One binding."""
        ...

    async def list(
        self,
        account_sid: str,
        page: PageRequest,
        *,
        now: datetime,
        domain_sid: str | None = None,
        username: str | None = None,
    ) -> Page[Binding]:
        """Bindings of the account that have not expired."""
        ...


@dataclass(frozen=True, slots=True)
class RefusalFilter:
    """Which refusals are wanted; None is any."""

    sip_call_id: str | None = None
    source: str | None = None


class RefusalLog(Protocol):
    """Where refusals are written."""

    def post(self, refusal: Refusal) -> None:
        """Count a refusal: into the record of the same source, domain and code of this minute, or a new one.

        Raises: StoreBusyError.
        """
        ...


class Refusals(RefusalLog, Protocol):
    """The log of refusals: at most 10,000 records, the oldest go."""

    async def list(
        self, account_sid: str, wanted: RefusalFilter, page: PageRequest, *, nobodys: bool
    ) -> Page[Refusal]:
        """Refusals of the account, by when the first of each came. nobodys: those of no account as well."""
        ...


class Applications(Protocol):
    """Applications."""

    async def insert(self, application: Application) -> None:
        """A new one."""
        ...

    async def update(self, application: Application) -> None:
        """Replace. Raises: UnknownRecordError."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """Delete; numbers that referred to it refer to none. False when there is none."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> Application | None:
        """One application."""
        ...

    async def list(
        self, account_sid: str, page: PageRequest, *, friendly_name: str | None = None
    ) -> Page[Application]:
        """Applications of the account."""
        ...

    async def count(self, account_sid: str) -> int:
        """How many applications the account has."""
        ...


@dataclass(frozen=True, slots=True)
class NumberFilter:
    """Which numbers are wanted; None is any."""

    friendly_name: str | None = None
    phone_number: str | None = None
    """A part of it, with `*` for any digit."""


class IncomingPhoneNumbers(Protocol):
    """Numbers of the node's own."""

    async def insert(self, number: IncomingPhoneNumber) -> None:
        """Raises: DuplicateError when somebody has the number, UnknownRecordError without its application."""
        ...

    async def update(self, number: IncomingPhoneNumber) -> None:
        """Replace. Raises: UnknownRecordError without the number, or without its application."""
        ...

    async def delete(self, account_sid: str, sid: str) -> bool:
        """False when there is none."""
        ...

    async def fetch(self, account_sid: str, sid: str) -> IncomingPhoneNumber | None:
        """One number."""
        ...

    async def find_by_number(self, phone_number: str) -> IncomingPhoneNumber | None:
        """The number in E.164, whoever owns it: the caller is not known yet."""
        ...

    async def list(
        self, account_sid: str, wanted: NumberFilter, page: PageRequest
    ) -> Page[IncomingPhoneNumber]:
        """Numbers of the account."""
        ...


@dataclass(frozen=True, slots=True)
class RecordingFilter:
    """Which recordings are wanted; None is any. Times are inclusive at `from`, exclusive at `until`."""

    call_sid: str | None = None
    conference_sid: str | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    deleted_since: datetime | None = None
    """Those that were deleted since then as well; None is those that are there."""


KEPT_DELETED: Final = timedelta(days=40)
"""How long the record of a deleted recording can be had (reference/rest-api 2.6)."""


class Recordings(Protocol):
    """Records of recordings."""

    def post(self, recording: Recording) -> None:
        """Insert or replace a recording in the open batch.

        Raises: StoreBusyError.
        """
        ...

    async def fetch(self, account_sid: str, sid: str) -> Recording | None:
        """One recording, deleted or not."""
        ...

    async def list(self, account_sid: str, wanted: RecordingFilter, page: PageRequest) -> Page[Recording]:
        """Recordings of the account."""
        ...

    async def mark_deleted(self, account_sid: str, sid: str, now: datetime) -> bool:
        """Keep of a finished recording that it was; those that were deleted 40 days ago go for good.

        False when there is none, or when it is still being made.
        """
        ...

    async def left_open(self, limit: int) -> Sequence[Recording]:
        """Recordings of the node that are still being made, the oldest first, at most so many."""
        ...


class Callbacks(Protocol):
    """Callbacks that are not delivered yet: written behind the courier, and read at start."""

    def post(self, callback: PendingCallback) -> None:
        """Insert in the open batch. Raises: StoreBusyError."""
        ...

    def post_removal(self, number: int) -> None:
        """Delete in the open batch. Raises: StoreBusyError."""
        ...

    async def last_number(self) -> int:
        """The highest number there is, 0 without any."""
        ...

    async def load(self, after: int, until: int, limit: int) -> Sequence[PendingCallback]:
        """Those numbered above `after`, `until` at most, by their number, at most so many."""
        ...


class Subscriptions(Protocol):
    """Who is to be told of the end of what lives: written as it lives, and read at start."""

    def post(self, subscription: Subscription) -> None:
        """Insert or replace in the open batch. Raises: StoreBusyError."""
        ...

    def post_removal(self, sid: str) -> None:
        """Delete in the open batch. Raises: StoreBusyError."""
        ...

    async def load(self, after_sid: str, limit: int) -> Sequence[Subscription]:
        """Subscriptions of the node in the order of their Sids, those after `after_sid` ("" is all)."""
        ...


class RecordingFiles(Protocol):
    """The audio of recordings, in files below `data_dir/recordings`."""

    def new_path(self, recording: Recording) -> Path:
        """Where to write the audio; its folder is there. Raises: OSError."""
        ...

    async def open(self, recording: Recording) -> BinaryIO | None:
        """The audio, to be closed by whoever asks; None when there is none. Raises: OSError."""
        ...

    async def open_to_mend(self, recording: Recording) -> BinaryIO | None:
        """As `open`, and it can be written. Raises: OSError."""
        ...

    async def remove(self, recording: Recording) -> None:
        """Remove the audio, if there is some. Who reads it reads on. Raises: OSError."""
        ...


class Store(Protocol):
    """All of it."""

    @property
    def accounts(self) -> Accounts:
        """Accounts."""
        ...

    @property
    def calls(self) -> Calls:
        """Call records."""
        ...

    @property
    def notifications(self) -> Notifications:
        """The debugger log."""
        ...

    @property
    def sip_domains(self) -> SipDomains:
        """SIP Domains."""
        ...

    @property
    def ip_access_control_lists(self) -> IpAccessControlLists:
        """IP access control lists."""
        ...

    @property
    def credential_lists(self) -> CredentialLists:
        """Credential lists."""
        ...

    @property
    def bindings(self) -> Bindings:
        """Registrations."""
        ...

    @property
    def refusals(self) -> Refusals:
        """The log of refusals."""
        ...

    @property
    def applications(self) -> Applications:
        """Applications."""
        ...

    @property
    def incoming_phone_numbers(self) -> IncomingPhoneNumbers:
        """Numbers."""
        ...

    @property
    def recordings(self) -> Recordings:
        """Records of recordings."""
        ...

    @property
    def callbacks(self) -> Callbacks:
        """Callbacks that are not delivered yet."""
        ...

    @property
    def subscriptions(self) -> Subscriptions:
        """Who is to be told of the end of what lives."""
        ...

    @property
    def kept_settings(self) -> KeptSettings:
        """Settings kept from the first start."""
        ...

    @property
    def access_revision(self) -> int:
        """Another number after each write that changes who may call or register, before it is acknowledged.

        Whoever keeps such records in memory takes it before reading them, and drops them when it changed.
        """
        ...

    async def flushed(self) -> None:
        """Wait until what was posted before is committed. At once while the database fails."""
        ...

    async def close(self) -> None:
        """Commit what is open and close the database."""
        ...
