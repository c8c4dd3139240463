"""IncomingPhoneNumber: a number that callers dial, and who answers (reference/rest-api 2.7, 3.7)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from offhook.model.sip_domain import API_VERSION


class VoiceReceiveMode(StrEnum):
    """What a call to the number carries. Fax is kept and not acted on."""

    VOICE = "voice"
    FAX = "fax"


class EmergencyStatus(StrEnum):
    """Whether emergency calls may be made from the number. Kept and not acted on."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


@dataclass(frozen=True, slots=True)
class IncomingPhoneNumber:
    """One number of an account: a row that the operator adds, since nobody sells numbers here.

    Who answers is decided in the order trunk, application, URL. What is of messages, addresses and bundles is
    kept as it was sent and never used.
    """

    sid: str
    account_sid: str
    phone_number: str
    """E.164; unique on the node."""
    friendly_name: str
    created_at: datetime
    updated_at: datetime
    api_version: str = API_VERSION
    voice_url: str | None = None
    voice_method: str = "POST"
    voice_fallback_url: str | None = None
    voice_fallback_method: str = "POST"
    voice_application_sid: str | None = None
    voice_caller_id_lookup: bool = False
    voice_receive_mode: VoiceReceiveMode = VoiceReceiveMode.VOICE
    status_callback: str | None = None
    status_callback_method: str = "POST"
    emergency_status: EmergencyStatus = EmergencyStatus.INACTIVE
    emergency_address_sid: str | None = None
    address_sid: str | None = None
    identity_sid: str | None = None
    bundle_sid: str | None = None
    trunk_sid: str | None = None
    """The elastic SIP trunk that it belongs to: what calls it then calls the trunk's PBX."""
    sms_application_sid: str | None = None
    sms_url: str | None = None
    sms_method: str = "POST"
    sms_fallback_url: str | None = None
    sms_fallback_method: str = "POST"
