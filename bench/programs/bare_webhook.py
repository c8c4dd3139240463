"""A webhook's form and its signature, as the bare programs post them."""

import base64
import hmac
from typing import Final

PARAMETERS: Final = {
    "CallSid": "CA" + "0" * 32,
    "AccountSid": "AC" + "0" * 32,
    "ApiVersion": "2010-04-01",
    "CallStatus": "ringing",
    "Direction": "inbound",
    "From": "sip:bench@127.0.0.1",
    "To": "sip:anyone@app.sip.localhost",
    "SipDomain": "app.sip.localhost",
    "SipCallId": "1-2@127.0.0.1",
    "SipSourceIp": "127.0.0.1",
}


def signature(url: str) -> dict[str, str]:
    """The header that proves whose webhook it is, computed anew each time."""
    text = url + "".join(name + PARAMETERS[name] for name in sorted(PARAMETERS))
    digest = hmac.digest(b"t" * 32, text.encode(), "sha1")
    return {"X-Twilio-Signature": base64.b64encode(digest).decode()}
