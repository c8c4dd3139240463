"""Who stands in a URI of From, To or a header like them: carriers write numbers there in several ways.

    sip:+14155550100@x;user=phone, sip:+14155550100;npdi;rn=+14155550000@x   the number
    tel:+1-415-555-0100;cpc=ordinary                                          the number
    urn:service:sos, mailto:alice@x                                           nobody that has a number

Asked by `stir.py` and by the switchboard. Source: RFC 3261 §19.1.6 and §20.20 (From may hold any URI), RFC
3966 §3, RFC 4694.
"""

from offhook.sip import grammar
from offhook.sip.error import SipError
from offhook.sip.headers.name_addr import NameAddr
from offhook.sip.uri import SipUri


def subscriber(address: NameAddr | SipUri) -> str:
    """The number of a tel URI, the user of a SIP one, both without their parameters, and unescaped.

    "" for another scheme, for a URI that cannot be read, and for one without a user.
    """
    if isinstance(address, SipUri):
        user = address.username or ""
    elif address.uri_text[:4].lower() == "tel:":
        user = grammar.unescape(address.uri_text[4:])
    else:
        try:
            user = address.uri.username or ""
        except SipError:
            return ""
    return user.partition(";")[0]
