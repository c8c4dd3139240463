"""Elastic SIP trunks, their URLs and lists, and the numbers that belong to them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "trunks",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("friendly_name", sa.String(length=64), nullable=False),
        sa.Column("domain_name", sa.String(length=253), nullable=True),
        sa.Column("secure", sa.Boolean(), nullable=False),
        sa.Column("cnam_lookup_enabled", sa.Boolean(), nullable=False),
        sa.Column(
            "transfer_mode",
            sa.String(length=32),
            nullable=False,
        ),
        sa.Column(
            "transfer_caller_id",
            sa.String(length=32),
            nullable=False,
        ),
        sa.Column("disaster_recovery_url", sa.Text(), nullable=True),
        sa.Column("disaster_recovery_method", sa.String(length=4), nullable=False),
        sa.Column(
            "recording_mode",
            sa.String(length=32),
            nullable=False,
        ),
        sa.Column(
            "recording_trim",
            sa.String(length=32),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_trunks"),
        sa.UniqueConstraint("account_sid", "sid", name="uq_trunks_account_sid_sid"),
        sa.UniqueConstraint("domain_name", name="uq_trunks_domain_name"),
    )
    op.create_index(
        "ix_trunks_account_sid_created_at_sid", "trunks", ["account_sid", "created_at", "sid"], unique=False
    )
    op.create_table(
        "origination_urls",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trunk_sid", sa.String(length=34), nullable=False),
        sa.Column("friendly_name", sa.String(length=64), nullable=False),
        sa.Column("sip_url", sa.String(length=255), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid", "trunk_sid"],
            ["trunks.account_sid", "trunks.sid"],
            name="fk_origination_urls_trunks",
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_origination_urls"),
    )
    op.create_index(
        "ix_origination_urls_account_sid_created_at_sid",
        "origination_urls",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_index("ix_origination_urls_trunk_sid", "origination_urls", ["trunk_sid"], unique=False)
    op.create_table(
        "trunk_credential_list_mappings",
        sa.Column("trunk_sid", sa.String(length=34), nullable=False),
        sa.Column("credential_list_sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("mapped_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid", "credential_list_sid"],
            ["credential_lists.account_sid", "credential_lists.sid"],
            name="fk_trunk_credential_list_mappings_credential_lists",
        ),
        sa.ForeignKeyConstraint(
            ["account_sid", "trunk_sid"],
            ["trunks.account_sid", "trunks.sid"],
            name="fk_trunk_credential_list_mappings_trunks",
        ),
        sa.PrimaryKeyConstraint("trunk_sid", "credential_list_sid", name="pk_trunk_credential_list_mappings"),
    )
    op.create_index(
        "ix_trunk_credential_list_mappings_credential_list_sid",
        "trunk_credential_list_mappings",
        ["credential_list_sid"],
        unique=False,
    )
    op.create_table(
        "trunk_ip_acl_mappings",
        sa.Column("trunk_sid", sa.String(length=34), nullable=False),
        sa.Column("ip_access_control_list_sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("mapped_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid", "ip_access_control_list_sid"],
            ["ip_access_control_lists.account_sid", "ip_access_control_lists.sid"],
            name="fk_trunk_ip_acl_mappings_ip_access_control_lists",
        ),
        sa.ForeignKeyConstraint(
            ["account_sid", "trunk_sid"],
            ["trunks.account_sid", "trunks.sid"],
            name="fk_trunk_ip_acl_mappings_trunks",
        ),
        sa.PrimaryKeyConstraint("trunk_sid", "ip_access_control_list_sid", name="pk_trunk_ip_acl_mappings"),
    )
    op.create_index(
        "ix_trunk_ip_acl_mappings_ip_access_control_list_sid",
        "trunk_ip_acl_mappings",
        ["ip_access_control_list_sid"],
        unique=False,
    )
    op.add_column("incoming_phone_numbers", sa.Column("trunk_sid", sa.String(length=34), nullable=True))
    op.create_index(
        "ix_incoming_phone_numbers_trunk_sid", "incoming_phone_numbers", ["trunk_sid"], unique=False
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_column("incoming_phone_numbers", "trunk_sid")
    op.drop_table("trunk_ip_acl_mappings")
    op.drop_table("trunk_credential_list_mappings")
    op.drop_table("origination_urls")
    op.drop_table("trunks")
