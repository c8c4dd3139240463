"""Recordings: their records; the audio is in files."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "recordings",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_sid", sa.String(length=34), nullable=True),
        sa.Column("conference_sid", sa.String(length=34), nullable=True),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("track", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_s", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("sid", name="pk_recordings"),
    )
    op.create_index(
        "ix_recordings_account_sid_created_at_sid",
        "recordings",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_index("ix_recordings_call_sid", "recordings", ["call_sid"], unique=False)
    op.create_index("ix_recordings_conference_sid", "recordings", ["conference_sid"], unique=False)
    op.create_index("ix_recordings_status", "recordings", ["status"], unique=False)


def downgrade() -> None:
    """Remove it."""
    op.drop_table("recordings")
