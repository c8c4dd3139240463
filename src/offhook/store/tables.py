"""The tables, as both databases know them.

Sids are the keys. Every table carries the account, and foreign keys between an account's own records
include it, so that the database itself refuses a link across accounts. Calls and notifications refer to
nothing: they are the log, written in batches, and outlive what they mention.

Changing a table needs a migration beside it; a test compares the two.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Enum,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from offhook.model.account import AccountStatus
from offhook.model.call import CallStatus, Direction
from offhook.model.credential import MappingScope
from offhook.model.incoming_phone_number import EmergencyStatus, VoiceReceiveMode
from offhook.model.recording import RecordingSource, RecordingStatus, RecordingTrack
from offhook.model.trunk import RecordingMode, RecordingTrim, TransferCallerId, TransferMode

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC with microseconds; SQLite forgets the zone and is told it again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn any zone into UTC. A naive datetime is refused: nobody knows when it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say again that it is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Heard(TypeDecorator[str]):
    """Text as somebody outside sent it: what PostgreSQL or UTF-8 cannot hold is kept as U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Replace NUL and lone surrogates."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _sid() -> String:
    return String(34)


def _node() -> String:
    """Which node's it is while it lives (`Settings.node`); null in rows of versions that had none."""
    return String(8)


def _word(words: type[StrEnum]) -> Enum:
    """An enum kept as its value in a plain string, so that a new status needs no migration."""
    return Enum(words, values_callable=lambda e: [m.value for m in e], native_enum=False, length=32)


def _record(name: str, *rest: Any) -> Table:
    """A table of records of an account, listed newest first by (created_at, sid)."""
    return Table(
        name,
        METADATA,
        Column("sid", _sid(), primary_key=True),
        Column("account_sid", _sid(), nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("updated_at", Moment, nullable=False),
        *rest,
        Index(None, "account_sid", "created_at", "sid"),
    )


accounts: Final = Table(
    "accounts",
    METADATA,
    Column("sid", _sid(), primary_key=True),
    Column("friendly_name", String(64), nullable=False),
    Column("auth_token", String(64), nullable=False),
    Column("status", _word(AccountStatus), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

calls: Final = _record(
    "calls",
    Column("direction", _word(Direction), nullable=False),
    Column("to", Heard, nullable=False),
    Column("from_", Heard, nullable=False),
    Column("status", _word(CallStatus), nullable=False, index=True),
    Column("parent_call_sid", _sid(), index=True),
    Column("started_at", Moment),
    Column("answered_at", Moment),
    Column("ended_at", Moment),
    Column("sip_call_id", Heard, index=True),
    Column("sip_response_code", Integer),
    Column("phone_number_sid", _sid()),
    Column("node", _node()),
)

notifications: Final = Table(
    "notifications",
    METADATA,
    Column("sid", _sid(), primary_key=True),
    Column("account_sid", _sid(), nullable=False),
    Column("call_sid", _sid(), index=True),
    Column("error_code", Integer, nullable=False),
    Column("log", Integer, nullable=False),
    Column("message_text", Heard, nullable=False),
    Column("message_date", Moment, nullable=False),
    Column("request_method", Heard, nullable=False),
    Column("request_url", Heard, nullable=False),
    Column("request_variables", Heard, nullable=False),
    Column("response_headers", Heard, nullable=False),
    Column("response_body", Heard, nullable=False),
    Index(None, "account_sid", "message_date", "sid"),
)

sip_domains: Final = _record(
    "sip_domains",
    Column("domain_name", String(253), nullable=False, unique=True),
    Column("friendly_name", String(64), nullable=False),
    Column("voice_url", Text),
    Column("voice_method", String(4), nullable=False),
    Column("voice_fallback_url", Text),
    Column("voice_fallback_method", String(4), nullable=False),
    Column("voice_status_callback_url", Text),
    Column("voice_status_callback_method", String(4), nullable=False),
    Column("sip_registration", Boolean, nullable=False),
    Column("secure", Boolean, nullable=False),
    Column("emergency_calling_enabled", Boolean, nullable=False),
    Column("emergency_caller_sid", _sid()),
    Column("byoc_trunk_sid", _sid()),
    UniqueConstraint("account_sid", "sid"),
)

ip_access_control_lists: Final = _record(
    "ip_access_control_lists",
    Column("friendly_name", String(255), nullable=False),
    UniqueConstraint("account_sid", "sid"),
    UniqueConstraint("account_sid", "friendly_name"),
)

ip_addresses: Final = _record(
    "ip_addresses",
    Column("ip_access_control_list_sid", _sid(), nullable=False),
    Column("friendly_name", String(255), nullable=False),
    Column("ip_address", String(15), nullable=False),
    Column("cidr_prefix_length", Integer, nullable=False),
    # The block with its host bits cleared: 10.0.0.1/8 and 10.0.0.2/8 are the same one.
    Column("network", String(18), nullable=False),
    UniqueConstraint("ip_access_control_list_sid", "network"),
    ForeignKeyConstraint(
        ["account_sid", "ip_access_control_list_sid"],
        ["ip_access_control_lists.account_sid", "ip_access_control_lists.sid"],
        ondelete="CASCADE",
    ),
)

sip_domain_ip_acl_mappings: Final = Table(
    "sip_domain_ip_acl_mappings",
    METADATA,
    Column("domain_sid", _sid(), primary_key=True),
    Column("ip_access_control_list_sid", _sid(), primary_key=True, index=True),
    Column("account_sid", _sid(), nullable=False),
    Column("mapped_at", Moment, nullable=False),
    ForeignKeyConstraint(
        ["account_sid", "domain_sid"], ["sip_domains.account_sid", "sip_domains.sid"], ondelete="CASCADE"
    ),
    # Without a rule for deletion: a list that is mapped cannot be deleted (Twilio error 21236).
    ForeignKeyConstraint(
        ["account_sid", "ip_access_control_list_sid"],
        ["ip_access_control_lists.account_sid", "ip_access_control_lists.sid"],
    ),
)

credential_lists: Final = _record(
    "credential_lists",
    Column("friendly_name", String(64), nullable=False),
    UniqueConstraint("account_sid", "sid"),
    UniqueConstraint("account_sid", "friendly_name"),
)

credentials: Final = _record(
    "credentials",
    Column("credential_list_sid", _sid(), nullable=False),
    Column("username", String(32), nullable=False),
    Column("ha1_md5", String(32), nullable=False),
    Column("ha1_sha256", String(64), nullable=False),
    UniqueConstraint("credential_list_sid", "username"),
    Index(None, "account_sid", "username"),
    ForeignKeyConstraint(
        ["account_sid", "credential_list_sid"],
        ["credential_lists.account_sid", "credential_lists.sid"],
        ondelete="CASCADE",
    ),
)

sip_domain_credential_list_mappings: Final = Table(
    "sip_domain_credential_list_mappings",
    METADATA,
    Column("domain_sid", _sid(), primary_key=True),
    Column("credential_list_sid", _sid(), primary_key=True, index=True),
    Column("scope", _word(MappingScope), primary_key=True),
    Column("account_sid", _sid(), nullable=False),
    Column("mapped_at", Moment, nullable=False),
    ForeignKeyConstraint(
        ["account_sid", "domain_sid"], ["sip_domains.account_sid", "sip_domains.sid"], ondelete="CASCADE"
    ),
    # Without a rule for deletion: a list that is mapped cannot be deleted (Twilio error 21241).
    ForeignKeyConstraint(
        ["account_sid", "credential_list_sid"],
        ["credential_lists.account_sid", "credential_lists.sid"],
    ),
)

kept_settings: Final = Table(
    "kept_settings",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Settings that bind what is stored, so that they are kept from the first start."""

bindings: Final = _record(
    "bindings",
    Column("domain_sid", _sid(), nullable=False),
    Column("username", String(32), nullable=False),
    Column("contact", Heard, nullable=False),
    Column("path", Heard, nullable=False),
    Column("transport", String(4), nullable=False),
    Column("local_host", String(45), nullable=False),
    Column("local_port", Integer, nullable=False),
    Column("remote_host", String(45), nullable=False),
    Column("remote_port", Integer, nullable=False),
    Column("advertised_host", String(45), nullable=False),
    Column("advertised_port", Integer, nullable=False),
    Column("serial", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("call_id", Heard, nullable=False),
    Column("cseq", BigInteger, nullable=False),
    Column("user_agent", Heard, nullable=False),
    Column("instance", Heard, nullable=False),
    Column("reg_id", Integer, nullable=False),
    Column("node", _node()),
    Index(None, "account_sid", "username"),
)
"""Refers to nothing, as a log does: written in batches; what is left of a deleted domain expires."""

refusals: Final = Table(
    "refusals",
    METADATA,
    Column("sid", _sid(), primary_key=True),
    Column("account_sid", _sid()),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("source", String(45), nullable=False, index=True),
    Column("transport", String(4), nullable=False),
    Column("method", Heard, nullable=False),
    Column("request_uri", Heard, nullable=False),
    Column("from_", Heard, nullable=False),
    Column("sip_call_id", Heard, nullable=False, index=True),
    Column("domain", Heard, nullable=False),
    Column("matched", Heard, nullable=False),
    Column("nearly", Heard, nullable=False),
    Column("status", Integer, nullable=False),
    Column("code", Integer),
    Column("text", Heard, nullable=False),
    Column("count", Integer, nullable=False),
    Index(None, "first_at", "sid"),
)


def _url(name: str) -> Column[Any]:
    return Column(name, Text)


def _method(name: str) -> Column[Any]:
    return Column(name, String(4), nullable=False)


applications: Final = _record(
    "applications",
    Column("friendly_name", String(64), nullable=False),
    Column("api_version", String(10), nullable=False),
    _url("voice_url"),
    _method("voice_method"),
    _url("voice_fallback_url"),
    _method("voice_fallback_method"),
    _url("status_callback"),
    _method("status_callback_method"),
    Column("voice_caller_id_lookup", Boolean, nullable=False),
    Column("public_application_connect_enabled", Boolean, nullable=False),
    _url("sms_url"),
    _method("sms_method"),
    _url("sms_fallback_url"),
    _method("sms_fallback_method"),
    _url("sms_status_callback"),
    _url("message_status_callback"),
)

incoming_phone_numbers: Final = _record(
    "incoming_phone_numbers",
    Column("phone_number", String(16), nullable=False),
    Column("friendly_name", String(64), nullable=False),
    Column("api_version", String(10), nullable=False),
    _url("voice_url"),
    _method("voice_method"),
    _url("voice_fallback_url"),
    _method("voice_fallback_method"),
    Column("voice_application_sid", _sid(), index=True),
    Column("voice_caller_id_lookup", Boolean, nullable=False),
    Column("voice_receive_mode", _word(VoiceReceiveMode), nullable=False),
    _url("status_callback"),
    _method("status_callback_method"),
    Column("emergency_status", _word(EmergencyStatus), nullable=False),
    Column("emergency_address_sid", _sid()),
    Column("address_sid", _sid()),
    Column("identity_sid", _sid()),
    Column("bundle_sid", _sid()),
    # Refers to a trunk by what the API sees to: SQLite cannot be given a foreign key afterwards.
    Column("trunk_sid", _sid(), index=True),
    Column("sms_application_sid", _sid(), index=True),
    _url("sms_url"),
    _method("sms_method"),
    _url("sms_fallback_url"),
    _method("sms_fallback_method"),
    UniqueConstraint("phone_number"),
    # By the Sid alone: with the account in the key, a deletion would want to clear the account as well. That
    # the application is the account's own is for whoever sets it to check.
    ForeignKeyConstraint(
        ["voice_application_sid"],
        ["applications.sid"],
        name="fk_incoming_phone_numbers_voice_application",
        ondelete="SET NULL",
    ),
    ForeignKeyConstraint(
        ["sms_application_sid"],
        ["applications.sid"],
        name="fk_incoming_phone_numbers_sms_application",
        ondelete="SET NULL",
    ),
)

recordings: Final = _record(
    "recordings",
    Column("call_sid", _sid(), index=True),
    Column("conference_sid", _sid(), index=True),
    Column("source", _word(RecordingSource), nullable=False),
    Column("status", _word(RecordingStatus), nullable=False, index=True),
    Column("channels", Integer, nullable=False),
    Column("track", _word(RecordingTrack), nullable=False),
    Column("started_at", Moment),
    Column("duration_s", Integer),
    Column("error_code", Integer),
    Column("node", _node()),
)
"""Refers to nothing, as a log does: written in batches, and outlives its call."""

pending_callbacks: Final = Table(
    "pending_callbacks",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("account_sid", _sid(), nullable=False),
    Column("call_sid", _sid(), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("news", Text, nullable=False),
)
"""A row lives from the change that is told until the application has taken it: milliseconds as a rule.

Each node numbers its own, in a range that its name begins.
"""

subscriptions: Final = Table(
    "subscriptions",
    METADATA,
    Column("sid", _sid(), primary_key=True),
    Column("account_sid", _sid(), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("url", Heard, nullable=False),
    Column("method", String(4), nullable=False),
    Column("events", Text, nullable=False),
    Column("sequence_number", Integer, nullable=False),
    Column("node", _node()),
)
"""A row lives as long as its call or recording."""

byoc_trunks: Final = _record(
    "byoc_trunks",
    Column("friendly_name", String(255), nullable=False),
    _url("voice_url"),
    _method("voice_method"),
    _url("voice_fallback_url"),
    _method("voice_fallback_method"),
    _url("status_callback_url"),
    _method("status_callback_method"),
    Column("cnam_lookup_enabled", Boolean, nullable=False),
    Column("connection_policy_sid", _sid(), index=True),
    Column("from_domain_sid", _sid(), index=True),
    UniqueConstraint("account_sid", "sid"),
    # Without a rule for deletion: a policy that a trunk goes by cannot be deleted.
    ForeignKeyConstraint(
        ["account_sid", "connection_policy_sid"],
        ["connection_policies.account_sid", "connection_policies.sid"],
    ),
    # By the Sid alone, as with the application of a number.
    ForeignKeyConstraint(
        ["from_domain_sid"], ["sip_domains.sid"], name="fk_byoc_trunks_from_domain", ondelete="SET NULL"
    ),
)

connection_policies: Final = _record(
    "connection_policies",
    Column("friendly_name", String(255), nullable=False),
    UniqueConstraint("account_sid", "sid"),
)

connection_policy_targets: Final = _record(
    "connection_policy_targets",
    Column("connection_policy_sid", _sid(), nullable=False, index=True),
    Column("friendly_name", String(255), nullable=False),
    Column("target", String(255), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    ForeignKeyConstraint(
        ["account_sid", "connection_policy_sid"],
        ["connection_policies.account_sid", "connection_policies.sid"],
        ondelete="CASCADE",
    ),
)

ip_records: Final = _record(
    "ip_records",
    Column("friendly_name", String(255), nullable=False),
    Column("ip_address", String(15), nullable=False),
    Column("cidr_prefix_length", Integer, nullable=False),
    # The block with its host bits cleared, as in an access list.
    Column("network", String(18), nullable=False),
    UniqueConstraint("account_sid", "sid"),
    UniqueConstraint("account_sid", "network"),
)

source_ip_mappings: Final = _record(
    "source_ip_mappings",
    Column("ip_record_sid", _sid(), nullable=False),
    Column("sip_domain_sid", _sid(), nullable=False, index=True),
    # One address leads to one Domain.
    UniqueConstraint("ip_record_sid"),
    # Without a rule for deletion: a record that is mapped cannot be deleted.
    ForeignKeyConstraint(["account_sid", "ip_record_sid"], ["ip_records.account_sid", "ip_records.sid"]),
    ForeignKeyConstraint(
        ["account_sid", "sip_domain_sid"],
        ["sip_domains.account_sid", "sip_domains.sid"],
        ondelete="CASCADE",
    ),
)

carrier_registrations: Final = _record(
    "carrier_registrations",
    Column("registrar", String(255), nullable=False),
    Column("username", String(255), nullable=False),
    # In clear, as an AuthToken is: a client of digest needs the password itself.
    Column("password", Text, nullable=False),
    Column("proxy", String(255)),
    Column("expires_s", Integer, nullable=False),
    # Its Sid is its trunk's.
    ForeignKeyConstraint(
        ["account_sid", "sid"], ["byoc_trunks.account_sid", "byoc_trunks.sid"], ondelete="CASCADE"
    ),
)

trunks: Final = _record(
    "trunks",
    Column("friendly_name", String(64), nullable=False),
    Column("domain_name", String(253), unique=True),
    Column("secure", Boolean, nullable=False),
    Column("cnam_lookup_enabled", Boolean, nullable=False),
    Column("transfer_mode", _word(TransferMode), nullable=False),
    Column("transfer_caller_id", _word(TransferCallerId), nullable=False),
    _url("disaster_recovery_url"),
    _method("disaster_recovery_method"),
    Column("recording_mode", _word(RecordingMode), nullable=False),
    Column("recording_trim", _word(RecordingTrim), nullable=False),
    UniqueConstraint("account_sid", "sid"),
)

# None of what follows has a rule for deletion: a trunk is deleted when nothing of it is left.
origination_urls: Final = _record(
    "origination_urls",
    Column("trunk_sid", _sid(), nullable=False, index=True),
    Column("friendly_name", String(64), nullable=False),
    Column("sip_url", String(255), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    ForeignKeyConstraint(["account_sid", "trunk_sid"], ["trunks.account_sid", "trunks.sid"]),
)

trunk_ip_acl_mappings: Final = Table(
    "trunk_ip_acl_mappings",
    METADATA,
    Column("trunk_sid", _sid(), primary_key=True),
    Column("ip_access_control_list_sid", _sid(), primary_key=True, index=True),
    Column("account_sid", _sid(), nullable=False),
    Column("mapped_at", Moment, nullable=False),
    ForeignKeyConstraint(["account_sid", "trunk_sid"], ["trunks.account_sid", "trunks.sid"]),
    ForeignKeyConstraint(
        ["account_sid", "ip_access_control_list_sid"],
        ["ip_access_control_lists.account_sid", "ip_access_control_lists.sid"],
    ),
)

trunk_credential_list_mappings: Final = Table(
    "trunk_credential_list_mappings",
    METADATA,
    Column("trunk_sid", _sid(), primary_key=True),
    Column("credential_list_sid", _sid(), primary_key=True, index=True),
    Column("account_sid", _sid(), nullable=False),
    Column("mapped_at", Moment, nullable=False),
    ForeignKeyConstraint(["account_sid", "trunk_sid"], ["trunks.account_sid", "trunks.sid"]),
    ForeignKeyConstraint(
        ["account_sid", "credential_list_sid"],
        ["credential_lists.account_sid", "credential_lists.sid"],
    ),
)

ACCESS_TABLES: Final = frozenset(
    {
        accounts,
        sip_domains,
        ip_access_control_lists,
        ip_addresses,
        sip_domain_ip_acl_mappings,
        credential_lists,
        credentials,
        sip_domain_credential_list_mappings,
        byoc_trunks,
        ip_records,
        source_ip_mappings,
        trunks,
        trunk_ip_acl_mappings,
        trunk_credential_list_mappings,
    }
)
"""A write to one of these may change who may call or register, or who answers."""
