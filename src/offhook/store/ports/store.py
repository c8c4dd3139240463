"""The store as a whole."""

from typing import Protocol

from offhook.store.ports.access import CredentialLists, IpAccessControlLists
from offhook.store.ports.accounts import Accounts, KeptSettings
from offhook.store.ports.bindings import Bindings
from offhook.store.ports.callbacks import Callbacks, Subscriptions
from offhook.store.ports.calls import Calls, Notifications
from offhook.store.ports.conferences import Conferences
from offhook.store.ports.elastic import OriginationUrls, Trunks
from offhook.store.ports.numbers import Applications, IncomingPhoneNumbers
from offhook.store.ports.queues import Queues
from offhook.store.ports.recordings import Recordings, Transcriptions
from offhook.store.ports.refusals import Refusals
from offhook.store.ports.sip_domains import SipDomains
from offhook.store.ports.trunks import (
    ByocTrunks,
    CarrierRegistrations,
    ConnectionPolicies,
    ConnectionPolicyTargets,
    IpRecords,
    SourceIpMappings,
)


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
    def conferences(self) -> Conferences:
        """Records of conferences."""
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
    def byoc_trunks(self) -> ByocTrunks:
        """BYOC trunks."""
        ...

    @property
    def connection_policies(self) -> ConnectionPolicies:
        """Connection policies."""
        ...

    @property
    def connection_policy_targets(self) -> ConnectionPolicyTargets:
        """Their targets."""
        ...

    @property
    def ip_records(self) -> IpRecords:
        """IP records."""
        ...

    @property
    def source_ip_mappings(self) -> SourceIpMappings:
        """Source IP mappings."""
        ...

    @property
    def carrier_registrations(self) -> CarrierRegistrations:
        """Registrations at carriers."""
        ...

    @property
    def trunks(self) -> Trunks:
        """Elastic SIP trunks."""
        ...

    @property
    def origination_urls(self) -> OriginationUrls:
        """Their origination URLs."""
        ...

    @property
    def queues(self) -> Queues:
        """Queues."""
        ...

    @property
    def recordings(self) -> Recordings:
        """Records of recordings."""
        ...

    @property
    def transcriptions(self) -> Transcriptions:
        """What was said in recordings."""
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

    @property
    def is_shared(self) -> bool:
        """Whether other nodes may write as well."""
        ...

    async def is_answering(self) -> bool:
        """Whether the database answers now; known within 2 s."""
        ...

    async def refresh_access(self) -> None:
        """Notice what another node changed about who may call or register: `access_revision` follows.

        Where the store is shared, call it every second. Raises: StoreBusyError.
        """
        ...

    @property
    def is_filling(self) -> bool:
        """Whether three quarters of the writes that may wait for the database do.

        Who begins nothing new then has room left for the end of what runs.
        """
        ...

    async def flushed(self) -> None:
        """Wait until what was posted before is committed. At once while the database fails."""
        ...

    async def close(self) -> None:
        """Commit what is open and close the database."""
        ...
