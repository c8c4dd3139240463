"""URLs in TwiML, as far as a document can be judged without the world around it.

A URL may be absolute or relative to its document, and may carry connection overrides in its fragment
(reference/twiml 1.6, 1.10). Two kinds of mistakes, as on Twilio: a URL that the call goes on with
(`action`, `url`, the text of Play) is noted (11100) and kept, and ends the document when it is reached; a
URL that only hears news is noted and dropped. What is refused here is what `webhook/target.py` refuses,
no more.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from offhook.twiml.attribute import Attribute, Kind, ProblemLog
from offhook.twiml.element import Element
from offhook.twiml.problem import Level

INVALID_URL: Final = 11100
MAX_URL: Final = 4_096
"""Characters. Ours: longer ones are refused by many servers."""

_REFUSED: Final = re.compile(r'[\x00-\x20\x7f<>"\\^`{|}]')
"""Controls, blanks and what no URL holds (RFC 3986 §2)."""


def url_fault(text: str) -> str | None:
    """Why a text can be no http or https URL, absolute or relative, to follow its name; None when it can."""
    if len(text) > MAX_URL:
        return f"has {len(text)} characters, more than {MAX_URL}"
    if _REFUSED.search(text):
        return "holds a blank or another character that no URL may hold"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "has a bad host or port"
    if parts.scheme not in ("", "http", "https"):
        return "must begin with http:// or https://, or be relative"
    if (parts.scheme or parts.netloc) and not host:
        return "has no host"
    if host is not None and "_" in host:
        return "has a host with an underscore, which is no domain name"
    return None


def _read(text: str) -> str | None:
    return text if url_fault(text) is None else None


URL: Final = Kind("an http or https URL, absolute or relative", _read)


def news_url(name: str, code: int = INVALID_URL, level: Level = Level.ERROR) -> Attribute[str]:
    """The declaration of a URL that only hears news: a bad one is dropped; empty is none."""
    return Attribute(name, URL, "", code, level, "no callback is sent")


def check_url(element: Element, name: str, text: str, log: ProblemLog) -> None:
    """Note (11100, an error) a URL that will end the document when it is reached.

    name: of the attribute; empty when the URL is the text of the element.
    """
    fault = url_fault(text)
    if fault is not None:
        where = f"<{element.name} {name}>" if name else f"the URL in <{element.name}>"
        log.note(INVALID_URL, element, f"{where} {fault}", Level.ERROR)
