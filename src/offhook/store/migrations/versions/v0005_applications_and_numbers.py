"""Applications, and the numbers that may refer to them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "applications",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("friendly_name", sa.String(length=64), nullable=False),
        sa.Column("api_version", sa.String(length=10), nullable=False),
        sa.Column("voice_url", sa.Text(), nullable=True),
        sa.Column("voice_method", sa.String(length=4), nullable=False),
        sa.Column("voice_fallback_url", sa.Text(), nullable=True),
        sa.Column("voice_fallback_method", sa.String(length=4), nullable=False),
        sa.Column("status_callback", sa.Text(), nullable=True),
        sa.Column("status_callback_method", sa.String(length=4), nullable=False),
        sa.Column("voice_caller_id_lookup", sa.Boolean(), nullable=False),
        sa.Column("public_application_connect_enabled", sa.Boolean(), nullable=False),
        sa.Column("sms_url", sa.Text(), nullable=True),
        sa.Column("sms_method", sa.String(length=4), nullable=False),
        sa.Column("sms_fallback_url", sa.Text(), nullable=True),
        sa.Column("sms_fallback_method", sa.String(length=4), nullable=False),
        sa.Column("sms_status_callback", sa.Text(), nullable=True),
        sa.Column("message_status_callback", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sid", name="pk_applications"),
    )
    op.create_index(
        "ix_applications_account_sid_created_at_sid",
        "applications",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_table(
        "incoming_phone_numbers",
        sa.Column("sid", sa.String(length=34), nullable=False),
        sa.Column("account_sid", sa.String(length=34), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phone_number", sa.String(length=16), nullable=False),
        sa.Column("friendly_name", sa.String(length=64), nullable=False),
        sa.Column("api_version", sa.String(length=10), nullable=False),
        sa.Column("voice_url", sa.Text(), nullable=True),
        sa.Column("voice_method", sa.String(length=4), nullable=False),
        sa.Column("voice_fallback_url", sa.Text(), nullable=True),
        sa.Column("voice_fallback_method", sa.String(length=4), nullable=False),
        sa.Column("voice_application_sid", sa.String(length=34), nullable=True),
        sa.Column("voice_caller_id_lookup", sa.Boolean(), nullable=False),
        sa.Column("voice_receive_mode", sa.String(length=32), nullable=False),
        sa.Column("status_callback", sa.Text(), nullable=True),
        sa.Column("status_callback_method", sa.String(length=4), nullable=False),
        sa.Column("emergency_status", sa.String(length=32), nullable=False),
        sa.Column("emergency_address_sid", sa.String(length=34), nullable=True),
        sa.Column("address_sid", sa.String(length=34), nullable=True),
        sa.Column("identity_sid", sa.String(length=34), nullable=True),
        sa.Column("bundle_sid", sa.String(length=34), nullable=True),
        sa.Column("sms_application_sid", sa.String(length=34), nullable=True),
        sa.Column("sms_url", sa.Text(), nullable=True),
        sa.Column("sms_method", sa.String(length=4), nullable=False),
        sa.Column("sms_fallback_url", sa.Text(), nullable=True),
        sa.Column("sms_fallback_method", sa.String(length=4), nullable=False),
        sa.ForeignKeyConstraint(
            ["sms_application_sid"],
            ["applications.sid"],
            name="fk_incoming_phone_numbers_sms_application",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["voice_application_sid"],
            ["applications.sid"],
            name="fk_incoming_phone_numbers_voice_application",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("sid", name="pk_incoming_phone_numbers"),
        sa.UniqueConstraint("phone_number", name="uq_incoming_phone_numbers_phone_number"),
    )
    op.create_index(
        "ix_incoming_phone_numbers_account_sid_created_at_sid",
        "incoming_phone_numbers",
        ["account_sid", "created_at", "sid"],
        unique=False,
    )
    op.create_index(
        "ix_incoming_phone_numbers_sms_application_sid",
        "incoming_phone_numbers",
        ["sms_application_sid"],
        unique=False,
    )
    op.create_index(
        "ix_incoming_phone_numbers_voice_application_sid",
        "incoming_phone_numbers",
        ["voice_application_sid"],
        unique=False,
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("incoming_phone_numbers")
    op.drop_table("applications")
