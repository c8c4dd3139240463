"""Who calls, as a callee is told: taken from what a document, a request or a record calls the caller.

Called by what dials. Source: reference/sip-interface 4.3.
"""

from typing import Final

from offhook.routing.subscriber import subscriber
from offhook.sip.error import SipError
from offhook.sip.uri import SipUri
from offhook.twiml.dial.phone_number import to_e164

WITHHELD: Final = frozenset({"anonymous", "restricted", "unavailable", "unknown"})
"""What callers are called who do not say who they are (reference/twiml 1.2)."""


def caller_user(caller_id: str) -> str:
    """What stands before the `@` of From: of a SIP caller its user, of a client its identity."""
    text = caller_id.removeprefix("client:")
    if text.lower().startswith(("sip:", "sips:")):
        try:
            return subscriber(SipUri.parse(text)) or "anonymous"
        except SipError:
            return "anonymous"
    return text or "anonymous"


def shown_caller(caller_id: str) -> str:
    """Who calls, as the number's application is told: a number in E.164, else the caller id as it is.

    The user of a SIP URI is a number where it has a plus: `sip:100@…` is somebody's extension.
    """
    user = caller_user(caller_id)
    return (to_e164(user) if user.startswith("+") else None) or caller_id or user
