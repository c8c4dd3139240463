"""What was said in recordings, and who answered calls."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the table and the column; of calls that were before it is not known."""
    op.add_column("calls", sa.Column("answered_by", sa.String(length=32), nullable=True))
    op.create_table(
        "transcriptions",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recording_sid", sa.String(length=34), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("duration_s", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sid", name="pk_transcriptions"),
    )
    op.create_index(
        "ix_transcriptions_account_sid_created_at_sid",
        "transcriptions",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_index("ix_transcriptions_recording_sid", "transcriptions", ["recording_sid"], unique=False)


def downgrade() -> None:
    """Remove them."""
    op.drop_table("transcriptions")
    op.drop_column("calls", "answered_by")
