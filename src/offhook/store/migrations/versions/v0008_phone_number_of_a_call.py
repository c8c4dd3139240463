"""Which of the account's numbers a call reached, or was made with."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column; calls that were before have none."""
    op.add_column("calls", sa.Column("phone_number_sid", sa.String(length=34), nullable=True))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("calls", "phone_number_sid")
