"""Nouns of Connect that lead to products of Twilio's or of others (reference/twiml 8, 8.5, 18).

`<VirtualAgent>` is a Dialogflow agent behind a connector, of which there is none here (32602); the rest are
other products (12200). Each is read, checked and noted, and the Connect is over at once: its action is asked,
else the next verb follows. The attributes are those of Twilio's libraries.
"""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from offhook.twiml.attribute import (
    BOOLEAN,
    LANGUAGE,
    METHOD,
    TEXT,
    Attribute,
    ProblemLog,
    read_attributes,
)
from offhook.twiml.element import Element
from offhook.twiml.parameter import add_parameter
from offhook.twiml.problem import SCHEMA_WARNING, Level
from offhook.twiml.url import news_url

INVALID_CONNECTOR: Final = 32602
VIRTUAL_AGENT: Final = "VirtualAgent"


def _texts(*names: str) -> tuple[Attribute[Any], ...]:
    return tuple(Attribute(name, TEXT, "") for name in names)


DECLARED_OF_VIRTUAL_AGENT: Final[tuple[Attribute[Any], ...]] = (
    *_texts("connectorName"),
    Attribute("language", LANGUAGE, "en-US"),
    Attribute("sentimentAnalysis", BOOLEAN, default=False),
    news_url("statusCallback"),
    Attribute("statusCallbackMethod", METHOD, "POST"),
)
DECLARED_OF_ROOM: Final = _texts("participantIdentity")
DECLARED_OF_AI_SESSION: Final = _texts("aiConnector", "aiSessionConfiguration")
DECLARED_OF_RELAY_SESSION: Final = _texts("connector", "sessionConfiguration")
DECLARED_OF_ASSISTANT: Final = _texts(
    "id",
    "language",
    "ttsLanguage",
    "transcriptionLanguage",
    "ttsProvider",
    "voice",
    "transcriptionProvider",
    "speechModel",
    "profanityFilter",
    "dtmfDetection",
    "welcomeGreeting",
    "partialPrompts",
    "welcomeGreetingInterruptible",
    "interruptible",
    "preemptible",
    "hints",
    "intelligenceService",
    "debug",
)
DECLARED_OF_CONVERSATION: Final = _texts(
    "serviceInstanceSid",
    "inboundAutocreation",
    "routingAssignmentTimeout",
    "inboundTimeout",
    "url",
    "method",
    "record",
    "trim",
    "recordingStatusCallback",
    "recordingStatusCallbackMethod",
    "recordingStatusCallbackEvent",
    "statusCallback",
    "statusCallbackMethod",
    "statusCallbackEvent",
)

DECLARED: Final[MappingProxyType[str, tuple[Attribute[Any], ...]]] = MappingProxyType(
    {
        VIRTUAL_AGENT: DECLARED_OF_VIRTUAL_AGENT,
        "AiSession": DECLARED_OF_AI_SESSION,
        "Assistant": DECLARED_OF_ASSISTANT,
        "Autopilot": (),
        "Conversation": DECLARED_OF_CONVERSATION,
        "ConversationRelaySession": DECLARED_OF_RELAY_SESSION,
        "Room": DECLARED_OF_ROOM,
    }
)
"""Each noun with its attributes."""

_CHILDREN: Final = ("Config", "Parameter")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A program that nobody can be connected to from here."""

    name: str
    """Of its element."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_elsewhere(element: Element, log: ProblemLog) -> Elsewhere:
    """Called by Connect."""
    read_attributes(element, DECLARED[element.name], log)
    parameters: list[tuple[str, str]] = []
    for child in element.elements:
        if child.name in _CHILDREN:
            add_parameter(child, parameters, log)
        else:
            log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <{element.name}>: skipped")
    is_agent = element.name == VIRTUAL_AGENT
    what = "there are no connectors here" if is_agent else "it is another product"
    code = INVALID_CONNECTOR if is_agent else SCHEMA_WARNING
    log.note(code, element, f"<{element.name}>: {what}: the Connect ends at once", Level.NOTE)
    return Elsewhere(element.name, line=element.line, column=element.column)
