"""The tables, as both databases know them.

Sids are the keys. Every table carries the account, and foreign keys between an account's own records
include it, so that the database itself refuses a link across accounts. Calls and notifications refer to
nothing: they are the log, written in batches, and outlive what they mention.

Changing a table needs a migration beside it; a test compares the two.
"""

from typing import Final

from offhook.store.tables.access import (
    bindings,
    credential_lists,
    credentials,
    ip_access_control_lists,
    ip_addresses,
    sip_domain_credential_list_mappings,
    sip_domain_ip_acl_mappings,
    sip_domains,
)
from offhook.store.tables.accounts import accounts, kept_settings
from offhook.store.tables.columns import METADATA, Heard, Moment
from offhook.store.tables.log import (
    calls,
    conferences,
    notifications,
    pending_callbacks,
    recordings,
    refusals,
    subscriptions,
    transcriptions,
)
from offhook.store.tables.numbers import applications, incoming_phone_numbers
from offhook.store.tables.queues import queues
from offhook.store.tables.trunks import (
    byoc_trunks,
    carrier_registrations,
    connection_policies,
    connection_policy_targets,
    ip_records,
    origination_urls,
    source_ip_mappings,
    trunk_credential_list_mappings,
    trunk_ip_acl_mappings,
    trunks,
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

__all__ = [
    "ACCESS_TABLES",
    "METADATA",
    "Heard",
    "Moment",
    "accounts",
    "applications",
    "bindings",
    "byoc_trunks",
    "calls",
    "carrier_registrations",
    "conferences",
    "connection_policies",
    "connection_policy_targets",
    "credential_lists",
    "credentials",
    "incoming_phone_numbers",
    "ip_access_control_lists",
    "ip_addresses",
    "ip_records",
    "kept_settings",
    "notifications",
    "origination_urls",
    "pending_callbacks",
    "queues",
    "recordings",
    "refusals",
    "sip_domain_credential_list_mappings",
    "sip_domain_ip_acl_mappings",
    "sip_domains",
    "source_ip_mappings",
    "subscriptions",
    "transcriptions",
    "trunk_credential_list_mappings",
    "trunk_ip_acl_mappings",
    "trunks",
]
