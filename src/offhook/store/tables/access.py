"""Tables of who may call and register: SIP Domains, access lists, credential lists, bindings."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from offhook.model.credential import MappingScope
from offhook.store.tables.columns import METADATA, Heard, Moment, node, record, sid, word

sip_domains: Final = record(
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
    Column("emergency_caller_sid", sid()),
    Column("byoc_trunk_sid", sid()),
    UniqueConstraint("account_sid", "sid"),
)


ip_access_control_lists: Final = record(
    "ip_access_control_lists",
    Column("friendly_name", String(255), nullable=False),
    UniqueConstraint("account_sid", "sid"),
    UniqueConstraint("account_sid", "friendly_name"),
)


ip_addresses: Final = record(
    "ip_addresses",
    Column("ip_access_control_list_sid", sid(), nullable=False),
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
    Column("domain_sid", sid(), primary_key=True),
    Column("ip_access_control_list_sid", sid(), primary_key=True, index=True),
    Column("account_sid", sid(), nullable=False),
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


credential_lists: Final = record(
    "credential_lists",
    Column("friendly_name", String(64), nullable=False),
    UniqueConstraint("account_sid", "sid"),
    UniqueConstraint("account_sid", "friendly_name"),
)


credentials: Final = record(
    "credentials",
    Column("credential_list_sid", sid(), nullable=False),
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
    Column("domain_sid", sid(), primary_key=True),
    Column("credential_list_sid", sid(), primary_key=True, index=True),
    Column("scope", word(MappingScope), primary_key=True),
    Column("account_sid", sid(), nullable=False),
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


bindings: Final = record(
    "bindings",
    Column("domain_sid", sid(), nullable=False),
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
    Column("node", node()),
    Index(None, "account_sid", "username"),
)
"""Refers to nothing, as a log does: written in batches; what is left of a deleted domain expires."""
