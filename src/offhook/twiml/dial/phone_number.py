"""Phone numbers as people write them, made E.164.

Twilio wants E.164 and takes the US forms (reference/twiml 6.4; 13223: "can have a maximum of fifteen
digits"). Where it is silent: an operator's own plan may have numbers as short as +100, the plus of a long
one may be missing, and blanks, dots, hyphens, slashes and brackets are no part of a number. Which numbers
exist is nobody's business here (13224, 13226).
"""

import re
from typing import Final

_PUNCTUATION: Final = re.compile(r"[\s().\-/\u2010-\u2013]")
_E164: Final = re.compile(r"\+[1-9][0-9]{2,14}\Z")
_NORTH_AMERICAN: Final = re.compile(r"[2-9][0-9]{9}\Z")
_WITHOUT_PLUS: Final = re.compile(r"[1-9][0-9]{10,14}\Z")
MAX_WRITTEN: Final = 64
"""Characters of a number as it is written, punctuation included."""


def to_e164(text: str) -> str | None:
    """`+` and 3 to 15 digits; None for what can be no number.

    +442071838750, 442071838750   as they are
    (415) 555-1212, 1-415-555-1212   +14155551212
    """
    if len(text) > MAX_WRITTEN:
        return None
    digits = _PUNCTUATION.sub("", text)
    if _NORTH_AMERICAN.match(digits):
        return f"+1{digits}"
    if _WITHOUT_PLUS.match(digits):
        return f"+{digits}"
    return digits if _E164.match(digits) else None
