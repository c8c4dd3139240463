"""Queues in which calls wait."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "queues",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("friendly_name", sa.String(length=64), nullable=False),
        sa.Column("max_size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_queues"),
        sa.UniqueConstraint("account_sid", "friendly_name", name="uq_queues_account_sid_friendly_name"),
    )
    op.create_index(
        "ix_queues_account_sid_created_at_sid", "queues", ["account_sid", "created_at", "sid"], unique=False
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("queues")
