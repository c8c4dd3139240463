"""The number that a carrier's call was forwarded from: `ForwardedFrom` (reference/twiml 1.2).

Of the last diversion (Diversion, RFC 5806); where there is none, of the target before the one that is called
(History-Info, RFC 7044). A header that cannot be read says nothing, and harms no call. Called by `called.py`.
"""

from offhook.sip.error import SipError
from offhook.sip.headers.diversion import parse_diversions
from offhook.sip.headers.history_info import parse_history
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.message import Request
from offhook.twiml.dial.phone_number import to_e164


def forwarded_from(request: Request) -> str | None:
    """In E.164 where it is a number, else the user as it came; None where the call was not forwarded."""
    try:
        diverted = [each.address for each in parse_diversions(request.headers.get_all("Diversion"))][:1]
        passed = [each.address for each in parse_history(request.headers.get_all("History-Info"))][-2:-1]
    except SipError:
        return None
    return next((user for address in (*diverted, *passed) if (user := _user(address))), None)


def _user(address: NameAddr) -> str | None:
    """Of a SIP URI the user part, of a tel URI the number."""
    scheme, _, rest = address.uri_text.partition(":")
    if scheme.lower() == "tel":
        user: str | None = rest.partition(";")[0]
    else:
        try:
            user = address.uri.username
        except SipError:
            return None
    return None if not user else to_e164(user) or user
