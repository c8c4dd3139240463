"""SIP Domain: the host name that callers use and the application that answers (reference/rest-api 3.5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

API_VERSION: Final = "2010-04-01"


@dataclass(frozen=True, slots=True)
class SipDomain:
    """One SIP Domain of an account. Its access lists are mapped to it by the store."""

    sid: str
    account_sid: str
    domain_name: str
    """Whole host name in lower case, such as `office.sip.localhost`; unique on the node."""
    created_at: datetime
    updated_at: datetime
    friendly_name: str = ""
    voice_url: str | None = None
    voice_method: str = "POST"
    voice_fallback_url: str | None = None
    voice_fallback_method: str = "POST"
    voice_status_callback_url: str | None = None
    voice_status_callback_method: str = "POST"
    sip_registration: bool = False
    secure: bool = False
    emergency_calling_enabled: bool = False
    emergency_caller_sid: str | None = None
    byoc_trunk_sid: str | None = None
    has_ip_acl: bool = False
    """Whether an IP access control list is mapped for calls: read, never written, like all that follows."""
    has_credential_list: bool = False
    """Whether a credential list is mapped for calls."""
    is_credential_list_first: bool = False
    """Whether a credential list was mapped before any access list."""
    has_registration_list: bool = False
    """Whether a credential list is mapped for registrations."""
    is_account_active: bool = True
    """Whether the account is neither suspended nor closed."""

    @property
    def auth_type(self) -> str:
        """What a caller must pass, in Twilio's words and in the order of mapping; empty accepts nobody.

        The order is for show (reference/sip-interface 2): the address is always checked first.
        """
        kinds = [("IP_ACL", self.has_ip_acl), ("CREDENTIAL_LIST", self.has_credential_list)]
        if self.is_credential_list_first:
            kinds.reverse()
        return ",".join(name for name, mapped in kinds if mapped)
