"""Elastic SIP trunk: a PBX that calls the world through the node, and is called by it. No TwiML, no webhooks.

Source: reference/rest-api 2.12, 3.8; sip-interface 8.3.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TransferMode(StrEnum):
    """Whether the PBX may transfer calls by REFER."""

    DISABLE_ALL = "disable-all"
    ENABLE_ALL = "enable-all"
    SIP_ONLY = "sip-only"


class TransferCallerId(StrEnum):
    """Who is shown to the target of a transfer."""

    FROM_TRANSFEREE = "from-transferee"
    FROM_TRANSFEROR = "from-transferor"


class RecordingMode(StrEnum):
    """Whether the calls of a trunk are recorded, from when, and on how many channels."""

    DO_NOT_RECORD = "do-not-record"
    FROM_RINGING = "record-from-ringing"
    FROM_ANSWER = "record-from-answer"
    FROM_RINGING_DUAL = "record-from-ringing-dual"
    FROM_ANSWER_DUAL = "record-from-answer-dual"


class RecordingTrim(StrEnum):
    """Whether silence is cut from the ends of a recording."""

    TRIM_SILENCE = "trim-silence"
    DO_NOT_TRIM = "do-not-trim"


@dataclass(frozen=True, slots=True)
class Trunk:
    """One trunk of an account. Who may call it is mapped to it by the store, as to a SIP Domain."""

    sid: str
    account_sid: str
    created_at: datetime
    updated_at: datetime
    friendly_name: str = ""
    domain_name: str | None = None
    """Whole host name in lower case, `NAME.pstn.localhost`, unique on the node; None takes no calls."""
    secure: bool = False
    """Whether TLS and SRTP are wanted, both ways."""
    cnam_lookup_enabled: bool = False
    """Kept as it was sent: nobody here knows the names of the world's numbers."""
    transfer_mode: TransferMode = TransferMode.DISABLE_ALL
    transfer_caller_id: TransferCallerId = TransferCallerId.FROM_TRANSFEREE
    disaster_recovery_url: str | None = None
    """Where TwiML is asked for when the PBX cannot be reached."""
    disaster_recovery_method: str = "POST"
    recording_mode: RecordingMode = RecordingMode.DO_NOT_RECORD
    recording_trim: RecordingTrim = RecordingTrim.DO_NOT_TRIM
    has_ip_acl: bool = False
    """Whether an IP access control list is mapped: read, never written, like what follows."""
    has_credential_list: bool = False
    is_account_active: bool = True

    @property
    def auth_types(self) -> tuple[str, ...]:
        """What a caller must pass, in Twilio's words; empty accepts nobody."""
        kinds = (("IP_ACL", self.has_ip_acl), ("CREDENTIAL_LIST", self.has_credential_list))
        return tuple(name for name, is_mapped in kinds if is_mapped)


@dataclass(frozen=True, slots=True)
class OriginationUrl:
    """One address of the PBX."""

    sid: str
    account_sid: str
    trunk_sid: str
    friendly_name: str
    sip_url: str
    """A `sip:` URI without user: that is the number that is called."""
    priority: int
    """0 to 65535; the lowest is tried first."""
    weight: int
    """0 to 65535: its share of the calls among those of one priority."""
    enabled: bool
    created_at: datetime
    updated_at: datetime
