"""Credential lists, their mappings, and the settings that are kept from the first start."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make them. Access lists that were mapped before count as mapped when their domain was made."""
    op.create_table(
        "credential_lists",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("friendly_name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_credential_lists"),
        sa.UniqueConstraint(
            "account_sid", "friendly_name", name="uq_credential_lists_account_sid_friendly_name"
        ),
        sa.UniqueConstraint("account_sid", "sid", name="uq_credential_lists_account_sid_sid"),
    )
    op.create_index(
        "ix_credential_lists_account_sid_created_at_sid",
        "credential_lists",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_table(
        "credentials",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("credential_list_sid", sa.String(length=34), nullable=False),
        sa.Column("username", sa.String(length=32), nullable=False),
        sa.Column("ha1_md5", sa.String(length=32), nullable=False),
        sa.Column("ha1_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid", "credential_list_sid"],
            ["credential_lists.account_sid", "credential_lists.sid"],
            name="fk_credentials_credential_lists",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_credentials"),
        sa.UniqueConstraint(
            "credential_list_sid", "username", name="uq_credentials_credential_list_sid_username"
        ),
    )
    op.create_index(
        "ix_credentials_account_sid_created_at_sid",
        "credentials",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_table(
        "sip_domain_credential_list_mappings",
        sa.Column("domain_sid", sa.String(length=34), nullable=False),
        sa.Column("credential_list_sid", sa.String(length=34), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("mapped_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_sid", "domain_sid"],
            ["sip_domains.account_sid", "sip_domains.sid"],
            name="fk_sip_domain_credential_list_mappings_sip_domains",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_sid", "credential_list_sid"],
            ["credential_lists.account_sid", "credential_lists.sid"],
            name="fk_sip_domain_credential_list_mappings_credential_lists",
        ),
        sa.PrimaryKeyConstraint(
            "domain_sid", "credential_list_sid", "scope", name="pk_sip_domain_credential_list_mappings"
        ),
    )
    op.create_index(
        "ix_sip_domain_credential_list_mappings_credential_list_sid",
        "sip_domain_credential_list_mappings",
        ["credential_list_sid"],
        unique=False,
    )
    op.create_table(
        "kept_settings",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_kept_settings"),
    )
    op.add_column(
        "sip_domain_ip_acl_mappings", sa.Column("mapped_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute(
        "UPDATE sip_domain_ip_acl_mappings SET mapped_at = (SELECT created_at FROM sip_domains"
        " WHERE sip_domains.sid = sip_domain_ip_acl_mappings.domain_sid)"
    )
    with op.batch_alter_table("sip_domain_ip_acl_mappings") as table:
        table.alter_column("mapped_at", existing_type=sa.DateTime(timezone=True), nullable=False)


def downgrade() -> None:
    """Remove them."""
    op.drop_column("sip_domain_ip_acl_mappings", "mapped_at")
    op.drop_table("kept_settings")
    op.drop_table("sip_domain_credential_list_mappings")
    op.drop_table("credentials")
    op.drop_table("credential_lists")
