"""The first tables: accounts, calls, notifications, SIP Domains and IP access control lists."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "accounts",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("friendly_name", sa.String(length=64), nullable=False),
        sa.Column("auth_token", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_accounts"),
    )
    op.create_table(
        "calls",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("direction", sa.String(length=32), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("from_", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("parent_call_sid", sa.String(length=34), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sip_call_id", sa.Text(), nullable=True),
        sa.Column("sip_response_code", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("sid", name="pk_calls"),
    )
    op.create_index(
        "ix_calls_account_sid_created_at_sid", "calls", ["account_sid", "created_at", "sid"], unique=False
    )
    op.create_index("ix_calls_parent_call_sid", "calls", ["parent_call_sid"], unique=False)
    op.create_index("ix_calls_status", "calls", ["status"], unique=False)
    op.create_table(
        "ip_access_control_lists",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("friendly_name", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_ip_access_control_lists"),
        sa.UniqueConstraint(
            "account_sid", "friendly_name", name="uq_ip_access_control_lists_account_sid_friendly_name"
        ),
        sa.UniqueConstraint("account_sid", "sid", name="uq_ip_access_control_lists_account_sid_sid"),
    )
    op.create_index(
        "ix_ip_access_control_lists_account_sid_created_at_sid",
        "ip_access_control_lists",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_table(
        "notifications",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("call_sid", sa.String(length=34), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=False),
        sa.Column("log", sa.Integer(), nullable=False),
        sa.Column("message_text", sa.Text(), nullable=False),
        sa.Column("message_date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_method", sa.Text(), nullable=False),
        sa.Column("request_url", sa.Text(), nullable=False),
        sa.Column("request_variables", sa.Text(), nullable=False),
        sa.Column("response_headers", sa.Text(), nullable=False),
        sa.Column("response_body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_notifications"),
    )
    op.create_index(
        "ix_notifications_account_sid_message_date_sid",
        "notifications",
        ["account_sid", "message_date", "sid"],
        unique=False,
    )
    op.create_index("ix_notifications_call_sid", "notifications", ["call_sid"], unique=False)
    op.create_table(
        "sip_domains",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("domain_name", sa.String(length=253), nullable=False),
        sa.Column("friendly_name", sa.String(length=64), nullable=False),
        sa.Column("voice_url", sa.Text(), nullable=True),
        sa.Column("voice_method", sa.String(length=4), nullable=False),
        sa.Column("voice_fallback_url", sa.Text(), nullable=True),
        sa.Column("voice_fallback_method", sa.String(length=4), nullable=False),
        sa.Column("voice_status_callback_url", sa.Text(), nullable=True),
        sa.Column("voice_status_callback_method", sa.String(length=4), nullable=False),
        sa.Column("sip_registration", sa.Boolean(), nullable=False),
        sa.Column("secure", sa.Boolean(), nullable=False),
        sa.Column("emergency_calling_enabled", sa.Boolean(), nullable=False),
        sa.Column("emergency_caller_sid", sa.String(length=34), nullable=True),
        sa.Column("byoc_trunk_sid", sa.String(length=34), nullable=True),
        sa.PrimaryKeyConstraint("sid", name="pk_sip_domains"),
        sa.UniqueConstraint("account_sid", "sid", name="uq_sip_domains_account_sid_sid"),
        sa.UniqueConstraint("domain_name", name="uq_sip_domains_domain_name"),
    )
    op.create_index(
        "ix_sip_domains_account_sid_created_at_sid",
        "sip_domains",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_table(
        "ip_addresses",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ip_access_control_list_sid", sa.String(length=34), nullable=False),
        sa.Column("friendly_name", sa.String(length=255), nullable=False),
        sa.Column("ip_address", sa.String(length=15), nullable=False),
        sa.Column("cidr_prefix_length", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(length=18), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid", "ip_access_control_list_sid"],
            ["ip_access_control_lists.account_sid", "ip_access_control_lists.sid"],
            name="fk_ip_addresses_ip_access_control_lists",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_ip_addresses"),
        sa.UniqueConstraint(
            "ip_access_control_list_sid", "network", name="uq_ip_addresses_ip_access_control_list_sid_network"
        ),
    )
    op.create_index(
        "ix_ip_addresses_account_sid_created_at_sid",
        "ip_addresses",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_table(
        "sip_domain_ip_acl_mappings",
        sa.Column("domain_sid", sa.String(length=34), nullable=False),
        sa.Column("ip_access_control_list_sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid", "domain_sid"],
            ["sip_domains.account_sid", "sip_domains.sid"],
            name="fk_sip_domain_ip_acl_mappings_sip_domains",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_sid", "ip_access_control_list_sid"],
            ["ip_access_control_lists.account_sid", "ip_access_control_lists.sid"],
            name="fk_sip_domain_ip_acl_mappings_ip_access_control_lists",
        ),
        sa.PrimaryKeyConstraint(
            "domain_sid", "ip_access_control_list_sid", name="pk_sip_domain_ip_acl_mappings"
        ),
    )
    op.create_index(
        "ix_sip_domain_ip_acl_mappings_ip_access_control_list_sid",
        "sip_domain_ip_acl_mappings",
        ["ip_access_control_list_sid"],
        unique=False,
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("sip_domain_ip_acl_mappings")
    op.drop_table("ip_addresses")
    op.drop_table("sip_domains")
    op.drop_table("notifications")
    op.drop_table("ip_access_control_lists")
    op.drop_table("calls")
    op.drop_table("accounts")
