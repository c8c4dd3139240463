"""Tables of trunks: carriers (BYOC) and PBXs (elastic SIP trunks)."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from offhook.model.trunk import RecordingMode, RecordingTrim, TransferCallerId, TransferMode
from offhook.store.tables.columns import METADATA, Moment, method, record, sid, url, word

byoc_trunks: Final = record(
    "byoc_trunks",
    Column("friendly_name", String(255), nullable=False),
    url("voice_url"),
    method("voice_method"),
    url("voice_fallback_url"),
    method("voice_fallback_method"),
    url("status_callback_url"),
    method("status_callback_method"),
    Column("cnam_lookup_enabled", Boolean, nullable=False),
    Column("connection_policy_sid", sid(), index=True),
    Column("from_domain_sid", sid(), index=True),
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


connection_policies: Final = record(
    "connection_policies",
    Column("friendly_name", String(255), nullable=False),
    UniqueConstraint("account_sid", "sid"),
)


connection_policy_targets: Final = record(
    "connection_policy_targets",
    Column("connection_policy_sid", sid(), nullable=False, index=True),
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


ip_records: Final = record(
    "ip_records",
    Column("friendly_name", String(255), nullable=False),
    Column("ip_address", String(15), nullable=False),
    Column("cidr_prefix_length", Integer, nullable=False),
    # The block with its host bits cleared, as in an access list.
    Column("network", String(18), nullable=False),
    UniqueConstraint("account_sid", "sid"),
    UniqueConstraint("account_sid", "network"),
)


source_ip_mappings: Final = record(
    "source_ip_mappings",
    Column("ip_record_sid", sid(), nullable=False),
    Column("sip_domain_sid", sid(), nullable=False, index=True),
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


carrier_registrations: Final = record(
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


trunks: Final = record(
    "trunks",
    Column("friendly_name", String(64), nullable=False),
    Column("domain_name", String(253), unique=True),
    Column("secure", Boolean, nullable=False),
    Column("cnam_lookup_enabled", Boolean, nullable=False),
    Column("transfer_mode", word(TransferMode), nullable=False),
    Column("transfer_caller_id", word(TransferCallerId), nullable=False),
    url("disaster_recovery_url"),
    method("disaster_recovery_method"),
    Column("recording_mode", word(RecordingMode), nullable=False),
    Column("recording_trim", word(RecordingTrim), nullable=False),
    UniqueConstraint("account_sid", "sid"),
)


# None of what follows has a rule for deletion: a trunk is deleted when nothing of it is left.
origination_urls: Final = record(
    "origination_urls",
    Column("trunk_sid", sid(), nullable=False, index=True),
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
    Column("trunk_sid", sid(), primary_key=True),
    Column("ip_access_control_list_sid", sid(), primary_key=True, index=True),
    Column("account_sid", sid(), nullable=False),
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
    Column("trunk_sid", sid(), primary_key=True),
    Column("credential_list_sid", sid(), primary_key=True, index=True),
    Column("account_sid", sid(), nullable=False),
    Column("mapped_at", Moment, nullable=False),
    ForeignKeyConstraint(["account_sid", "trunk_sid"], ["trunks.account_sid", "trunks.sid"]),
    ForeignKeyConstraint(
        ["account_sid", "credential_list_sid"],
        ["credential_lists.account_sid", "credential_lists.sid"],
    ),
)
