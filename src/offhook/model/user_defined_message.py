"""UserDefinedMessage and its Subscription: what an application and a phone say beside the audio of a call.

Both live as long as their call, in memory alone. Source: reference/rest-api 2.2, voice-js-sdk 4.3; limits and
codes: Twilio's pages of the resources and of errors 32700 to 32711 (read 2026-11).
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from offhook.base.errors import PeerError

JSON: Final = "application/json"
"""The only type there is."""
CONTENT_MAX: Final = 10_000
"""Characters of a message."""
NOT_DELIVERED: Final = 32700
BAD_TYPE: Final = 32701
BAD_CONTENT: Final = 32702
TOO_LONG: Final = 32703
NO_ROOM: Final = 32710
CALLBACK_FAILED: Final = 32711


class ContentError(PeerError):
    """A message that is none. code: Twilio's; `status` is what SIP answers (RFC 3261 §21.4)."""

    def __init__(self, code: int, message: str, status: int) -> None:
        super().__init__(message, status=status, section="UserDefinedMessages")
        self.code = code


@dataclass(frozen=True, slots=True)
class UserDefinedMessage:
    """A message to the peer of a call, which has taken it."""

    sid: str
    """KX and 32 digits."""
    account_sid: str
    call_sid: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UserDefinedMessageSubscription:
    """Who is told of the messages of a call's peer."""

    sid: str
    """ZY and 32 digits."""
    account_sid: str
    call_sid: str
    """Of the call whose peer sends them."""
    created_at: datetime


def check_content(content: str) -> None:
    """Refuse what is no message: any JSON value of at most 10,000 characters is one (RFC 8259).

    Raises: ContentError 32703 (413), 32702 (400).
    """
    if len(content) > CONTENT_MAX:
        raise ContentError(TOO_LONG, f"the content is longer than {CONTENT_MAX} characters", 413)
    try:
        # Numbers are not made: of 10,000 digits Python refuses to, and a float would be another number.
        json.loads(content, parse_int=len, parse_float=len, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ContentError(BAD_CONTENT, f"the content is no JSON: {what}", 400) from error


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON")
