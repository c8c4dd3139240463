"""Registrations and the log of refusals."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "bindings",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("domain_sid", sa.String(length=34), nullable=False),
        sa.Column("username", sa.String(length=32), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("transport", sa.String(length=4), nullable=False),
        sa.Column("local_host", sa.String(length=45), nullable=False),
        sa.Column("local_port", sa.Integer(), nullable=False),
        sa.Column("remote_host", sa.String(length=45), nullable=False),
        sa.Column("remote_port", sa.Integer(), nullable=False),
        sa.Column("advertised_host", sa.String(length=45), nullable=False),
        sa.Column("advertised_port", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("cseq", sa.BigInteger(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("reg_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_bindings"),
    )
    op.create_index("ix_bindings_domain_sid_username", "bindings", ["domain_sid", "username"], unique=False)
    op.create_index(
        "ix_bindings_account_sid_created_at_sid",
        "bindings",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_table(
        "refusals",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=45), nullable=False),
        sa.Column("transport", sa.String(length=4), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("request_uri", sa.Text(), nullable=False),
        sa.Column("from_", sa.Text(), nullable=False),
        sa.Column("sip_call_id", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("matched", sa.Text(), nullable=False),
        sa.Column("nearly", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_refusals"),
    )
    op.create_index("ix_refusals_first_at_sid", "refusals", ["first_at", "sid"], unique=False)
    op.create_index("ix_refusals_sip_call_id", "refusals", ["sip_call_id"], unique=False)
    op.create_index("ix_refusals_source", "refusals", ["source"], unique=False)


def downgrade() -> None:
    """Remove them."""
    op.drop_table("refusals")
    op.drop_table("bindings")
