"""The store as the rest of the house sees it.

Reads are coroutines. A read first waits for the batch of writes that was open when it arrived, so
that nobody reads older news than they were told. Writes that an API caller waits for are
coroutines that return when committed; writes of the call path (`post_*`) return at once, keep their
order and are committed within milliseconds together with others.

Every query carries the account: a record of another account is not found. "Not found" is None.
Called by `routing/`, `switchboard/`, `rest/`. Implemented by `store/database.py`.
"""

from offhook.store.ports.access import CredentialLists, IpAccessControlLists
from offhook.store.ports.accounts import Accounts, KeptSettings
from offhook.store.ports.bindings import Bindings
from offhook.store.ports.callbacks import Callbacks, Subscriptions
from offhook.store.ports.calls import CallFilter, Calls, Notifications
from offhook.store.ports.conferences import ConferenceFilter, Conferences
from offhook.store.ports.elastic import OriginationUrls, Trunks
from offhook.store.ports.errors import DuplicateError, InUseError, StoreBusyError, UnknownRecordError
from offhook.store.ports.numbers import Applications, IncomingPhoneNumbers, NumberFilter
from offhook.store.ports.paging import Cursor, Page, PageRequest
from offhook.store.ports.queues import Queues
from offhook.store.ports.recordings import (
    KEPT_DELETED,
    RecordingFiles,
    RecordingFilter,
    Recordings,
    Transcriptions,
)
from offhook.store.ports.records import Parts, Records
from offhook.store.ports.refusals import RefusalFilter, RefusalLog, Refusals
from offhook.store.ports.sip_domains import SipDomains
from offhook.store.ports.store import Store
from offhook.store.ports.trunks import (
    ByocTrunks,
    CarrierRegistrations,
    ConnectionPolicies,
    ConnectionPolicyTargets,
    IpRecords,
    SourceIpMappings,
)

__all__ = [
    "KEPT_DELETED",
    "Accounts",
    "Applications",
    "Bindings",
    "ByocTrunks",
    "CallFilter",
    "Callbacks",
    "Calls",
    "CarrierRegistrations",
    "ConferenceFilter",
    "Conferences",
    "ConnectionPolicies",
    "ConnectionPolicyTargets",
    "CredentialLists",
    "Cursor",
    "DuplicateError",
    "InUseError",
    "IncomingPhoneNumbers",
    "IpAccessControlLists",
    "IpRecords",
    "KeptSettings",
    "Notifications",
    "NumberFilter",
    "OriginationUrls",
    "Page",
    "PageRequest",
    "Parts",
    "Queues",
    "RecordingFiles",
    "RecordingFilter",
    "Recordings",
    "Records",
    "RefusalFilter",
    "RefusalLog",
    "Refusals",
    "SipDomains",
    "SourceIpMappings",
    "Store",
    "StoreBusyError",
    "Subscriptions",
    "Transcriptions",
    "Trunks",
    "UnknownRecordError",
]
