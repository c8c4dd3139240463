"""What an application's answer is as TwiML, judged by its Content-Type (reference/twiml 1.7).

No I/O.
"""

import re
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape

from offhook.base.errors import safe_excerpt

XML_TYPES: Final = frozenset({"text/xml", "application/xml", "text/html"})
TEXT_TYPES: Final = frozenset({"text/plain"})
AUDIO_PREFIX: Final = "audio/"

SAY_MAX: Final = 4_096
"""Characters that one `<Say>` takes."""
SPOKEN_MAX: Final = 3 * SAY_MAX
"""Characters of a plain text that are spoken, a quarter of an hour: escaped they still fit in 64 kB."""

CHARSETS: Final = frozenset({"iso-8859-1", "iso-8859-15", "latin1", "us-ascii", "windows-1252", "utf-16"})
"""What a Content-Type may name besides UTF-8."""

_ENCODING: Final = re.compile(rb"\s*<\?xml\s[^>]*\bencoding\s*=")
_NO_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document can hold, escaped or not."""


class UnusableDocumentError(Exception):
    """An answer that can be neither run nor spoken.

    code: 11200 without a Content-Type, 12300 for one that is no document.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class MediaType:
    """A Content-Type, as far as it matters here."""

    name: str
    """In lower case, without parameters; empty when the header was absent."""
    charset: str | None
    """In lower case; None when it was not named."""


@lru_cache(64)
def parse_media_type(header: str) -> MediaType:
    """The media type in a Content-Type header; an empty header is none. An application sends one all day."""
    if not header.strip():
        return MediaType("", None)
    message = Message()
    message["Content-Type"] = header
    charset = message.get_param("charset")
    named = charset.lower() if isinstance(charset, str) else None
    return MediaType(header.partition(";")[0].strip().lower(), named)


def check_media_type(media_type: MediaType) -> None:
    """Raises: UnusableDocumentError for an answer whose body need not be read."""
    name = media_type.name
    if name in XML_TYPES or name in TEXT_TYPES:
        return
    if not name:
        raise UnusableDocumentError(11200, "the answer has no Content-Type")
    raise UnusableDocumentError(12300, f"the answer's Content-Type is {safe_excerpt(name)}, not text/xml")


def playing(url: str) -> bytes:
    """An answer that is audio itself, as a document that plays it from where it came, by GET."""
    return f"<Response><Play>{escape(url)}</Play></Response>".encode()


def to_twiml(media_type: MediaType, body: bytes) -> bytes:
    """The answer as a TwiML document: as it is, or plain text in a `<Say>`.

    Raises: UnusableDocumentError.
    """
    check_media_type(media_type)
    if media_type.name in TEXT_TYPES and not _is_response(body):
        return _speak(_decode(media_type, body))
    # An XML declaration knows better than a web server's default charset.
    if media_type.charset in CHARSETS and _ENCODING.match(body) is None:
        return _decode(media_type, body).encode()
    return body


def _decode(media_type: MediaType, body: bytes) -> str:
    """By the charset that was named, else as UTF-8, else as ISO-8859-1, which always succeeds."""
    for charset in (media_type.charset if media_type.charset in CHARSETS else None, "utf-8-sig"):
        if charset is not None:
            try:
                return body.decode(charset)
            except UnicodeError:
                continue
    return body.decode("iso-8859-1")


def _speak(text: str) -> bytes:
    sayable = _NO_XML.sub(" ", text).strip()[:SPOKEN_MAX]
    parts = (sayable[i : i + SAY_MAX] for i in range(0, len(sayable), SAY_MAX))
    says = "".join(f"<Say>{escape(part)}</Say>" for part in parts)
    return f"<Response>{says}</Response>".encode()


class _NotTwimlError(Exception):
    """Stops the parser at the first thing that no TwiML has."""


def _is_response(body: bytes) -> bool:
    """Whether a text is well-formed XML with the root Response, so that it is to be run, not spoken."""
    is_root = True

    def handle_start(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_root
        if is_root and name != "Response":
            raise _NotTwimlError
        is_root = False

    def handle_doctype(*declaration: object) -> None:
        raise _NotTwimlError

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = handle_start
    parser.StartDoctypeDeclHandler = handle_doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, _NotTwimlError):
        return False
    return True
