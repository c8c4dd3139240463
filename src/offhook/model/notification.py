"""Notification: an error or warning that the platform logged about a call (reference/rest-api 3.1)."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class LogLevel(IntEnum):
    """How bad it is, in the numbers of the resource's `log` field."""

    ERROR = 0
    WARNING = 1


@dataclass(frozen=True, slots=True)
class RequestSummary:
    """The webhook request that a notification is about, and its answer; without passwords and cookies."""

    method: str = ""
    """Empty where nothing was sent."""
    url: str = ""
    """Without user and password."""
    variables: str = ""
    """The parameters that were sent, form-encoded."""
    response_headers: str = ""
    """Form-encoded, as Twilio has them; empty where no answer came."""
    response_body: str = ""
    """Its beginning."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One entry of the debugger log."""

    sid: str
    account_sid: str
    call_sid: str | None
    error_code: int
    log: LogLevel
    message_text: str
    """What happened, for a developer: names the line and column where a document is at fault."""
    message_date: datetime
    request_method: str = ""
    request_url: str = ""
    request_variables: str = ""
    """The parameters that were sent, form-encoded."""
    response_headers: str = ""
    """Form-encoded."""
    response_body: str = ""
    """Its beginning."""

    @property
    def more_info(self) -> str:
        """Where Twilio's dictionary explains the code."""
        return f"https://www.twilio.com/docs/errors/{self.error_code}"
