"""The elastic SIP trunk whose call it was."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column; of calls that were before it is not known."""
    op.add_column("calls", sa.Column("trunk_sid", sa.String(length=34), nullable=True))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("calls", "trunk_sid")
