"""Calls are found by the Call-ID of their leg, as `offhook calls why` asks for them."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_calls_sip_call_id", "calls", ["sip_call_id"], unique=False)


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_calls_sip_call_id", "calls")
