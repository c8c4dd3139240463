"""`<Redirect>`: run another document.

Source: https://www.twilio.com/docs/voice/twiml/redirect, reference/twiml 3.3.
"""

from dataclasses import dataclass, field
from typing import Final

from offhook.twiml.attribute import METHOD, Attribute, ProblemLog, read_attributes
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING
from offhook.twiml.url import check_url

METHOD_OF_REDIRECT: Final = Attribute("method", METHOD, "POST", code=13710)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Fetch a document and run it in place of this one; verbs after it are never reached."""

    url: str
    """Absolute or relative to this document; empty means this document again. If it can be no URL, that was
    noted: whoever fetches it raises 11100."""
    method: str
    """GET or POST."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""


def read_redirect(element: Element, log: ProblemLog) -> Redirect:
    """Called by the parser."""
    for child in element.elements:
        log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <Redirect>: skipped")
    values = read_attributes(element, (METHOD_OF_REDIRECT,), log)
    check_url(element, "", element.own_text, log)
    return Redirect(element.own_text, values[METHOD_OF_REDIRECT], line=element.line)
