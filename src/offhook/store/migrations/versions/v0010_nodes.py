"""Which node has a call, a recording, a connection: several nodes may share a database."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_TABLES = ("calls", "recordings", "subscriptions", "bindings")


def upgrade() -> None:
    """Add the columns; what was before is of whichever node starts next."""
    for table in _TABLES:
        op.add_column(table, sa.Column("node", sa.String(length=8), nullable=True))
    op.drop_index("ix_bindings_domain_sid_username", "bindings")
    op.create_index("ix_bindings_account_sid_username", "bindings", ["account_sid", "username"], unique=False)
    op.create_index(
        "ix_credentials_account_sid_username", "credentials", ["account_sid", "username"], unique=False
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_credentials_account_sid_username", "credentials")
    op.drop_index("ix_bindings_account_sid_username", "bindings")
    op.create_index("ix_bindings_domain_sid_username", "bindings", ["domain_sid", "username"], unique=False)
    for table in _TABLES:
        op.drop_column(table, "node")
