"""The store of `ports.py`, put together. Called by the roof."""

from offhook.model.connection_policy import ConnectionPolicy, ConnectionPolicyTarget
from offhook.model.transcription import Transcription
from offhook.model.trunk import OriginationUrl
from offhook.store.accounts import SqlAccounts
from offhook.store.applications import SqlApplications
from offhook.store.bindings import SqlBindings
from offhook.store.byoc_trunks import SqlByocTrunks
from offhook.store.callbacks import SqlCallbacks
from offhook.store.calls import SqlCalls
from offhook.store.carrier_registrations import SqlCarrierRegistrations
from offhook.store.conferences import SqlConferences
from offhook.store.connection import Database, open_database
from offhook.store.credential_lists import SqlCredentialLists
from offhook.store.incoming_phone_numbers import SqlIncomingPhoneNumbers
from offhook.store.ip_access_control_lists import SqlIpAccessControlLists
from offhook.store.kept_settings import SqlKeptSettings
from offhook.store.migrations import migrate
from offhook.store.notifications import SqlNotifications
from offhook.store.queues import SqlQueues
from offhook.store.recordings import SqlRecordings
from offhook.store.records import SqlParts, SqlRecords
from offhook.store.refusals import SqlRefusals
from offhook.store.settings import Settings
from offhook.store.sip_domains import SqlSipDomains
from offhook.store.source_ip_mappings import SqlIpRecords, SqlSourceIpMappings
from offhook.store.subscriptions import SqlSubscriptions
from offhook.store.tables import (
    connection_policies,
    connection_policy_targets,
    origination_urls,
    transcriptions,
)
from offhook.store.trunks import SqlTrunks


class SqlStore:
    """`ports.Store` over a database whose tables are up to date."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.accounts = SqlAccounts(database)
        self.calls = SqlCalls(database)
        self.conferences = SqlConferences(database)
        self.notifications = SqlNotifications(database)
        self.sip_domains = SqlSipDomains(database)
        self.ip_access_control_lists = SqlIpAccessControlLists(database)
        self.credential_lists = SqlCredentialLists(database)
        self.bindings = SqlBindings(database)
        self.refusals = SqlRefusals(database)
        self.applications = SqlApplications(database)
        self.incoming_phone_numbers = SqlIncomingPhoneNumbers(database)
        self.byoc_trunks = SqlByocTrunks(database)
        self.connection_policies = SqlRecords(
            database, connection_policies, ConnectionPolicy, "connection policy"
        )
        self.connection_policy_targets = SqlParts(
            database,
            connection_policy_targets,
            ConnectionPolicyTarget,
            "target",
            owner=connection_policy_targets.c.connection_policy_sid,
        )
        self.ip_records = SqlIpRecords(database)
        self.source_ip_mappings = SqlSourceIpMappings(database)
        self.carrier_registrations = SqlCarrierRegistrations(database)
        self.trunks = SqlTrunks(database)
        self.origination_urls = SqlParts(
            database, origination_urls, OriginationUrl, "origination URL", owner=origination_urls.c.trunk_sid
        )
        self.queues = SqlQueues(database)
        self.recordings = SqlRecordings(database)
        self.transcriptions = SqlParts(
            database, transcriptions, Transcription, "transcription", owner=transcriptions.c.recording_sid
        )
        self.callbacks = SqlCallbacks(database)
        self.subscriptions = SqlSubscriptions(database)
        self.kept_settings = SqlKeptSettings(database)

    @property
    def access_revision(self) -> int:
        """Another number after each write that changes who may call or register."""
        return self._database.access_revision

    @property
    def is_filling(self) -> bool:
        """Whether three quarters of the writes that may wait for the database do."""
        return self._database.is_filling

    @property
    def is_shared(self) -> bool:
        """Whether other nodes may write as well."""
        return self._database.is_shared

    async def is_answering(self) -> bool:
        """Whether the database answers now."""
        return await self._database.is_answering()

    async def refresh_access(self) -> None:
        """Notice what another node changed about who may call or register. Raises: StoreBusyError."""
        await self._database.refresh_access()

    async def flushed(self) -> None:
        """Wait until what was posted before is committed. At once while the database fails."""
        await self._database.flushed()

    async def close(self) -> None:
        """Commit what is open and close the database. A failing database loses what it did not take."""
        self.refusals.flush()
        await self._database.close()


def open_store(settings: Settings) -> SqlStore:
    """Bring the tables up to date, then start the writer in the running loop.

    Blocks while it migrates, before anything else runs. Close the store: its threads outlive the loop
    otherwise.
    Raises: as `migrate` does.
    """
    migrate(settings.url)
    return SqlStore(open_database(settings))
