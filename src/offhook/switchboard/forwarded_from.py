"""The number that a carrier's call was forwarded from: `ForwardedFrom` (reference/twiml 1.2).

Of the last diversion (Diversion, RFC 5806); where there is none, of the target before the one that is called
(History-Info, RFC 7044). A header that cannot be read says nothing, and harms no call. Called by `called.py`.
"""

from offhook.routing.subscriber import subscriber
from offhook.sip.error import SipError
from offhook.sip.headers.diversion import parse_diversions
from offhook.sip.headers.history_info import parse_history
from offhook.sip.message import Request
from offhook.twiml.dial.phone_number import to_e164


def forwarded_from(request: Request) -> str | None:
    """In E.164 where it is a number, else the user as it came; None where the call was not forwarded."""
    try:
        diverted = [each.address for each in parse_diversions(request.headers.get_all("Diversion"))][:1]
        passed = [each.address for each in parse_history(request.headers.get_all("History-Info"))][-2:-1]
    except SipError:
        return None
    user = next((user for address in (*diverted, *passed) if (user := subscriber(address))), None)
    return None if user is None else to_e164(user) or user
