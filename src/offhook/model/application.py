"""Application: a named set of URLs that numbers and calls refer to (reference/rest-api 3.7)."""

from dataclasses import dataclass
from datetime import datetime

from offhook.model.sip_domain import API_VERSION


@dataclass(frozen=True, slots=True)
class Application:
    """One application of an account. What is of messages is kept as it was sent and never used."""

    sid: str
    account_sid: str
    friendly_name: str
    created_at: datetime
    updated_at: datetime
    api_version: str = API_VERSION
    voice_url: str | None = None
    voice_method: str = "POST"
    voice_fallback_url: str | None = None
    voice_fallback_method: str = "POST"
    status_callback: str | None = None
    status_callback_method: str = "POST"
    voice_caller_id_lookup: bool = False
    public_application_connect_enabled: bool = False
    sms_url: str | None = None
    sms_method: str = "POST"
    sms_fallback_url: str | None = None
    sms_fallback_method: str = "POST"
    sms_status_callback: str | None = None
    message_status_callback: str | None = None
