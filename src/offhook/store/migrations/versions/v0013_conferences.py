"""Conferences: what they were called, how they stand, and why they ended."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "conferences",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("friendly_name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=8), nullable=True),
        sa.Column("reason_ended", sa.String(length=64), nullable=True),
        sa.Column("ending_call_sid", sa.String(length=34), nullable=True),
        sa.Column("node", sa.String(length=8), nullable=True),
        sa.PrimaryKeyConstraint("sid", name="pk_conferences"),
    )
    op.create_index(
        "ix_conferences_account_sid_created_at_sid",
        "conferences",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_index("ix_conferences_status", "conferences", ["status"], unique=False)


def downgrade() -> None:
    """Remove it."""
    op.drop_table("conferences")
