"""`callerId` of Dial: who the callees see (reference/twiml 6.2, reference/sip-interface 4.3).

What may be shown to whom is asked when the call is made (13214: owned, verified). Here is only judged
what can be shown at all: a phone number, `client:` and an identity, or what Twilio takes towards SIP:
letters, digits, `+ - _ .`.
"""

import re
from typing import Final

from offhook.twiml.dial.client import IDENTITY
from offhook.twiml.dial.phone_number import to_e164

MAX_CALLER_ID: Final = 255
"""Characters. Twilio has a limit (13248) and does not say which; ours is a SIP URI's."""

INVALID_FOR_NUMBER: Final = 13214
INVALID_FROM: Final = 13247
TOO_LONG: Final = 13248

_TOKEN: Final = re.compile(r"[A-Za-z0-9+\-_.]+\Z")
_CLIENT: Final = "client:"


def read_caller_id(text: str) -> str | None:
    """The caller ID to show; None for what cannot be shown.

    As written where SIP can show it so: a PBX may want its digits without a plus. E.164 for a number with
    blanks or brackets. Towards a phone network it is whoever dials that needs E.164 (`phone_number.to_e164`).
    """
    if _TOKEN.match(text):
        return text
    if text.lower().startswith(_CLIENT):
        identity = IDENTITY.read(text[len(_CLIENT) :])
        return None if identity is None else f"{_CLIENT}{identity}"
    return to_e164(text)
