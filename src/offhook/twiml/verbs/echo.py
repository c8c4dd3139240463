"""`<Echo>`: say back what the caller says, to hear how the line is (reference/twiml 3.3).

Twilio's libraries have it; no page says what it does. Ours has no attributes and nothing inside.
"""

from dataclasses import dataclass, field

from offhook.twiml.attribute import ProblemLog, read_attributes
from offhook.twiml.element import Element


@dataclass(frozen=True, slots=True)
class Echo:
    """Send the caller its own sound until it hangs up."""

    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""


def read_echo(element: Element, log: ProblemLog) -> Echo:
    """Called by the parser."""
    log.note_no_content(element)
    read_attributes(element, (), log)
    return Echo(line=element.line)
