"""Parameters as a form (https://url.spec.whatwg.org/#application/x-www-form-urlencoded): body or query.

What `urllib.parse.urlencode` makes of the same pairs, and a test holds it to that; but the request of a call
has thirteen parameters, and looking at every character in Python costs as much as sending them.
Used by `webhook/fetch.py`. No I/O.
"""

import re
from typing import Final
from urllib.parse import quote_plus

from offhook.webhook.ports import Parameters

_SPECIAL: Final = re.compile(r"[^A-Za-z0-9_.\-~]")
_ESCAPES: Final = {chr(octet): quote_plus(chr(octet)) for octet in range(128)}


def encode_form(parameters: Parameters) -> str:
    """Names and values in their order; a blank is a plus sign, letters beyond ASCII are UTF-8."""
    return "&".join([f"{_escaped(name)}={_escaped(value)}" for name, value in parameters])


def _escaped(text: str) -> str:
    return _SPECIAL.sub(_escape, text) if text.isascii() else quote_plus(text)


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]]
