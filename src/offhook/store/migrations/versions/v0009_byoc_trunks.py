"""BYOC trunks, where their calls go, who is known by the address, and registrations at carriers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "connection_policies",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("friendly_name", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_connection_policies"),
        sa.UniqueConstraint("account_sid", "sid", name="uq_connection_policies_account_sid_sid"),
    )
    op.create_index(
        "ix_connection_policies_account_sid_created_at_sid",
        "connection_policies",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_table(
        "ip_records",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("friendly_name", sa.String(length=255), nullable=False),
        sa.Column("ip_address", sa.String(length=15), nullable=False),
        sa.Column("cidr_prefix_length", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(length=18), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_ip_records"),
        sa.UniqueConstraint("account_sid", "network", name="uq_ip_records_account_sid_network"),
        sa.UniqueConstraint("account_sid", "sid", name="uq_ip_records_account_sid_sid"),
    )
    op.create_index(
        "ix_ip_records_account_sid_created_at_sid",
        "ip_records",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_table(
        "byoc_trunks",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("friendly_name", sa.String(length=255), nullable=False),
        sa.Column("voice_url", sa.Text(), nullable=True),
        sa.Column("voice_method", sa.String(length=4), nullable=False),
        sa.Column("voice_fallback_url", sa.Text(), nullable=True),
        sa.Column("voice_fallback_method", sa.String(length=4), nullable=False),
        sa.Column("status_callback_url", sa.Text(), nullable=True),
        sa.Column("status_callback_method", sa.String(length=4), nullable=False),
        sa.Column("cnam_lookup_enabled", sa.Boolean(), nullable=False),
        sa.Column("connection_policy_sid", sa.String(length=34), nullable=True),
        sa.Column("from_domain_sid", sa.String(length=34), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_sid", "connection_policy_sid"],
            ["connection_policies.account_sid", "connection_policies.sid"],
            name="fk_byoc_trunks_connection_policies",
        ),
        sa.ForeignKeyConstraint(
            ["from_domain_sid"], ["sip_domains.sid"], name="fk_byoc_trunks_from_domain", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_byoc_trunks"),
        sa.UniqueConstraint("account_sid", "sid", name="uq_byoc_trunks_account_sid_sid"),
    )
    op.create_index(
        "ix_byoc_trunks_account_sid_created_at_sid",
        "byoc_trunks",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_index(
        "ix_byoc_trunks_connection_policy_sid", "byoc_trunks", ["connection_policy_sid"], unique=False
    )
    op.create_index("ix_byoc_trunks_from_domain_sid", "byoc_trunks", ["from_domain_sid"], unique=False)
    op.create_table(
        "connection_policy_targets",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connection_policy_sid", sa.String(length=34), nullable=False),
        sa.Column("friendly_name", sa.String(length=255), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid", "connection_policy_sid"],
            ["connection_policies.account_sid", "connection_policies.sid"],
            name="fk_connection_policy_targets_connection_policies",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_connection_policy_targets"),
    )
    op.create_index(
        "ix_connection_policy_targets_account_sid_created_at_sid",
        "connection_policy_targets",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_index(
        "ix_connection_policy_targets_connection_policy_sid",
        "connection_policy_targets",
        ["connection_policy_sid"],
        unique=False,
    )
    op.create_table(
        "source_ip_mappings",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ip_record_sid", sa.String(length=34), nullable=False),
        sa.Column("sip_domain_sid", sa.String(length=34), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid", "ip_record_sid"],
            ["ip_records.account_sid", "ip_records.sid"],
            name="fk_source_ip_mappings_ip_records",
        ),
        sa.ForeignKeyConstraint(
            ["account_sid", "sip_domain_sid"],
            ["sip_domains.account_sid", "sip_domains.sid"],
            name="fk_source_ip_mappings_sip_domains",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_source_ip_mappings"),
        sa.UniqueConstraint("ip_record_sid", name="uq_source_ip_mappings_ip_record_sid"),
    )
    op.create_index(
        "ix_source_ip_mappings_account_sid_created_at_sid",
        "source_ip_mappings",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_index(
        "ix_source_ip_mappings_sip_domain_sid", "source_ip_mappings", ["sip_domain_sid"], unique=False
    )
    op.create_table(
        "carrier_registrations",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registrar", sa.String(length=255), nullable=False),
        sa.Column("username", sa.String(length=255), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("proxy", sa.String(length=255), nullable=True),
        sa.Column("expires_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid", "sid"],
            ["byoc_trunks.account_sid", "byoc_trunks.sid"],
            name="fk_carrier_registrations_byoc_trunks",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_carrier_registrations"),
    )
    op.create_index(
        "ix_carrier_registrations_account_sid_created_at_sid",
        "carrier_registrations",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("carrier_registrations")
    op.drop_table("source_ip_mappings")
    op.drop_table("connection_policy_targets")
    op.drop_table("byoc_trunks")
    op.drop_table("ip_records")
    op.drop_table("connection_policies")
