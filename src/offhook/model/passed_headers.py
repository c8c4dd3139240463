"""Which headers of a SIP message an application is told of (reference/sip-interface 7).

Used by `webhook/parameters.py` for the INVITE of a caller, by `verbs/` for the responses of a callee. They
are as many and as long as a message of `sip/settings.Limits` can hold.
"""

from collections.abc import Iterable
from typing import Final

USER_TO_USER: Final = "User-to-User"
"""The one header that is passed without an `X-` (RFC 7433), of a caller's INVITE alone."""
RESERVED: Final = "x-twilio-"
"""Ours to say: a peer must not speak in our name."""

Header = tuple[str, str]


def passed_headers(fields: Iterable[Header], *, also: str = "") -> tuple[Header, ...]:
    """The `X-` headers, each name once as it was spelled first, several values joined by a comma.

    also: one header more, told under this spelling.
    """
    spelled: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in fields:
        key = name.lower()
        if also and key == also.lower():
            spelled[key] = also
        elif key.startswith("x-") and not key.startswith(RESERVED):
            spelled.setdefault(key, name)
        else:
            continue
        values.setdefault(key, []).append(value)
    return tuple((spelled[key], ", ".join(several)) for key, several in values.items())
