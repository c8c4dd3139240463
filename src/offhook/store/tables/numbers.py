"""Tables of numbers and applications."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    String,
    UniqueConstraint,
)

from offhook.model.incoming_phone_number import EmergencyStatus, VoiceReceiveMode
from offhook.store.tables.columns import method, record, sid, url, word

applications: Final = record(
    "applications",
    Column("friendly_name", String(64), nullable=False),
    Column("api_version", String(10), nullable=False),
    url("voice_url"),
    method("voice_method"),
    url("voice_fallback_url"),
    method("voice_fallback_method"),
    url("status_callback"),
    method("status_callback_method"),
    Column("voice_caller_id_lookup", Boolean, nullable=False),
    Column("public_application_connect_enabled", Boolean, nullable=False),
    url("sms_url"),
    method("sms_method"),
    url("sms_fallback_url"),
    method("sms_fallback_method"),
    url("sms_status_callback"),
    url("message_status_callback"),
)


incoming_phone_numbers: Final = record(
    "incoming_phone_numbers",
    Column("phone_number", String(16), nullable=False),
    Column("friendly_name", String(64), nullable=False),
    Column("api_version", String(10), nullable=False),
    url("voice_url"),
    method("voice_method"),
    url("voice_fallback_url"),
    method("voice_fallback_method"),
    Column("voice_application_sid", sid(), index=True),
    Column("voice_caller_id_lookup", Boolean, nullable=False),
    Column("voice_receive_mode", word(VoiceReceiveMode), nullable=False),
    url("status_callback"),
    method("status_callback_method"),
    Column("emergency_status", word(EmergencyStatus), nullable=False),
    Column("emergency_address_sid", sid()),
    Column("address_sid", sid()),
    Column("identity_sid", sid()),
    Column("bundle_sid", sid()),
    # Refers to a trunk by what the API sees to: SQLite cannot be given a foreign key afterwards.
    Column("trunk_sid", sid(), index=True),
    Column("sms_application_sid", sid(), index=True),
    url("sms_url"),
    method("sms_method"),
    url("sms_fallback_url"),
    method("sms_fallback_method"),
    UniqueConstraint("phone_number"),
    # By the Sid alone: with the account in the key, a deletion would want to clear the account as well. That
    # the application is the account's own is for whoever sets it to check.
    ForeignKeyConstraint(
        ["voice_application_sid"],
        ["applications.sid"],
        name="fk_incoming_phone_numbers_voice_application",
        ondelete="SET NULL",
    ),
    ForeignKeyConstraint(
        ["sms_application_sid"],
        ["applications.sid"],
        name="fk_incoming_phone_numbers_sms_application",
        ondelete="SET NULL",
    ),
)
