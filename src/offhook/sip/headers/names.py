"""Header names: one spelling for each header that is known here, compact forms included.

Source: RFC 3261 §7.3.3 and §20; compact forms and the names of extensions from IANA's registry.
"""

from typing import Final

_COMPACT: Final = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "n": "Identity-Info",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}

_NAMES: Final = (
    *_COMPACT.values(),
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Alert-Info",
    "Allow",
    "Authentication-Info",
    "Authorization",
    "Call-Info",
    "Content-Disposition",
    "Content-Language",
    "Content-Transfer-Encoding",
    "CSeq",
    "Date",
    "Diversion",
    "Error-Info",
    "Expires",
    "Flow-Timer",
    "History-Info",
    "In-Reply-To",
    "Info-Package",
    "Max-Forwards",
    "MIME-Version",
    "Min-Expires",
    "Min-SE",
    "Organization",
    "P-Asserted-Identity",
    "P-Early-Media",
    "P-Preferred-Identity",
    "Path",
    "Priority",
    "Privacy",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Require",
    "RAck",
    "Reason",
    "Record-Route",
    "Recv-Info",
    "Replaces",
    "Reply-To",
    "Require",
    "Retry-After",
    "Route",
    "RSeq",
    "Server",
    "Service-Route",
    "SIP-ETag",
    "SIP-If-Match",
    "Subscription-State",
    "Target-Dialog",
    "Timestamp",
    "Unsupported",
    "User-Agent",
    "User-to-User",
    "Warning",
    "WWW-Authenticate",
)

KNOWN: Final = {
    **{name.lower(): (name, name.lower()) for name in _NAMES},
    **{name: (name, name.lower()) for name in _NAMES},
    **{short: (name, name.lower()) for short, name in _COMPACT.items()},
    **{short.upper(): (name, name.lower()) for short, name in _COMPACT.items()},
}
"""A spelling to the name we print and the key we compare by. Other spellings go through lower-case."""


def index_key(name: str) -> str:
    """What a header's values are kept under: one key for every spelling of the name."""
    found = KNOWN.get(name)
    return found[0] if found is not None else _unusual_key(name)


def _unusual_key(name: str) -> str:
    key = name.lower()
    found = KNOWN.get(key)
    return found[0] if found is not None else key


def canonical(name: str) -> tuple[str, str]:
    """The name to print and the key to compare by; a name that is not known keeps its spelling."""
    found = KNOWN.get(name)
    if found is not None:
        return found
    key = name.lower()
    return KNOWN.get(key, (name, key))
