"""Call: Twilio's resource, one per leg, alive long after it (reference/rest-api 3.1, twiml 14)."""

from datetime import datetime
from enum import StrEnum

from offhook.base.frozen import frozen
from offhook.model.answered_by import AnsweredBy


class CallStatus(StrEnum):
    """Where a call stands. `initiated` exists in callbacks only and is not one of these."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """Whether nothing can follow."""
        return self not in (CallStatus.QUEUED, CallStatus.RINGING, CallStatus.IN_PROGRESS)


class Direction(StrEnum):
    """Who began the call."""

    INBOUND = "inbound"
    TRUNKING_ORIGINATING = "trunking-originating"
    """From the world to an elastic SIP trunk's PBX."""
    TRUNKING_TERMINATING = "trunking-terminating"
    """From such a PBX to the world."""
    OUTBOUND_API = "outbound-api"
    OUTBOUND_DIAL = "outbound-dial"

    @property
    def is_inbound(self) -> bool:
        """Whether its leg came in: its caller began it, whoever that is."""
        return self not in (Direction.OUTBOUND_API, Direction.OUTBOUND_DIAL)


@frozen
class Call:
    """The record of one call. A new state is a new value (`dataclasses.replace`)."""

    sid: str
    account_sid: str
    direction: Direction
    to: str
    """As Twilio shows it: E.164, `client:name`, or the SIP URI of the INVITE."""
    from_: str
    status: CallStatus
    created_at: datetime
    updated_at: datetime
    parent_call_sid: str | None = None
    started_at: datetime | None = None
    """When it was answered if it was, else when it arrived or began to be dialled; None while `queued`."""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    sip_call_id: str | None = None
    """Call-ID of the leg's dialog, by which an operator finds the call in a trace."""
    sip_response_code: int | None = None
    """The final SIP response of the leg, once there is one."""
    phone_number_sid: str | None = None
    """The account's number that was called, or whose caller ID an outbound call shows."""
    answered_by: AnsweredBy | None = None
    """Who or what answered, where that was to be found out and is known."""
    trunk_sid: str | None = None
    """The elastic SIP trunk whose call it is: of the leg that came in, not of the callee's."""

    @property
    def duration_s(self) -> int | None:
        """Whole seconds from answer to end, rounded to the nearest; None unless the call is completed."""
        if self.status is not CallStatus.COMPLETED or self.answered_at is None or self.ended_at is None:
            return None
        return max(0, round((self.ended_at - self.answered_at).total_seconds()))
