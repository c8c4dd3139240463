"""URLs of WebSockets in TwiML: `wss`, absolute or relative to the document (reference/twiml 8.1, 10).

`ws` is read as well: whether it may be used there, is known when the socket is opened. A fragment holds no
overrides here; it is dropped, and so is the query of a Stream's, as Twilio does.
"""

import re
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

MALFORMED: Final = 31923
SCHEME: Final = 31922
MAX_URL: Final = 4_096

_REFUSED: Final = re.compile(r'[\x00-\x20\x7f<>"\\^`{|}]')


def stream_url_fault(text: str) -> tuple[int, str] | None:
    """Twilio's code, and why a text can be no URL of a WebSocket, to follow its name; None when it can."""
    if not text or len(text) > MAX_URL:
        return MALFORMED, f"must have 1 to {MAX_URL} characters"
    if _REFUSED.search(text):
        return MALFORMED, "holds a blank or another character that no URL may hold"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return MALFORMED, "has a bad host or port"
    if parts.scheme not in ("", "ws", "wss"):
        return SCHEME, "must begin with wss://, or be relative"
    if (parts.scheme or parts.netloc) and not host:
        return MALFORMED, "has no host"
    return None


def resolve_stream_url(document_url: str, reference: str) -> str:
    """The absolute URL: a relative one has its document's host, and that scheme's WebSocket."""
    parts = urlsplit(document_url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    # The scheme is borrowed: `urljoin` knows no relative references of `ws` URLs before Python 3.14.
    joined = urljoin(document_url, reference)
    if urlsplit(joined).scheme == parts.scheme:
        return urlunsplit(urlsplit(joined)._replace(scheme=scheme))
    return joined


def without_query(url: str) -> str:
    """The URL less what the live platform drops: query and fragment."""
    return urlunsplit(urlsplit(url)._replace(query="", fragment=""))
