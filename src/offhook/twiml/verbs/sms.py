"""`<Sms>` and `<Message>`: send a text message (reference/twiml 18).

Of another product: Offhook has no messages. The verb is read, checked, noted (12200) and skipped, and the
call goes on with the next one.
"""

from typing import Any, Final

from offhook.twiml.attribute import METHOD, TEXT, Attribute, ProblemLog, read_attributes
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING, Level
from offhook.twiml.url import news_url

DECLARED: Final[tuple[Attribute[Any], ...]] = (
    Attribute("to", TEXT, ""),
    Attribute("from", TEXT, ""),
    Attribute("action", TEXT, ""),
    Attribute("method", METHOD, "POST"),
    news_url("statusCallback"),
)


def read_sms(element: Element, log: ProblemLog) -> None:
    """Called by the parser."""
    read_attributes(element, DECLARED, log)
    log.note(SCHEMA_WARNING, element, f"<{element.name}>: Offhook sends no messages: skipped", Level.NOTE)
