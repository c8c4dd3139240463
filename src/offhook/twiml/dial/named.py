"""Who is called by a noun that names them as its text or in an element inside: Client, Application.

Source: reference/twiml 6.5, 6.8.
"""

from offhook.twiml.attribute import ProblemLog, read_attributes
from offhook.twiml.dial.undiallable import Undiallable
from offhook.twiml.element import Element
from offhook.twiml.parameter import Parameters, add_parameter
from offhook.twiml.problem import SCHEMA_WARNING


def read_named(element: Element, inside: str, what: str, log: ProblemLog) -> tuple[str, Parameters]:
    """The name as written, "" where there is none, and the parameters beside it.

    inside: the element that may hold the name. what: is named, with its article.
    """
    name = element.own_text
    parameters: list[tuple[str, str]] = []
    for child in element.elements:
        if child.name == "Parameter":
            add_parameter(child, parameters, log)
        elif child.name != inside:
            log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <{element.name}>: skipped")
        elif name:
            log.note(SCHEMA_WARNING, child, f"<{element.name}> names {what} already: <{inside}> is skipped")
        else:
            read_attributes(child, (), log)
            name = child.own_text
    return name, tuple(parameters)


def unnamed(element: Element, what: str, allowed: str, log: ProblemLog) -> Undiallable:
    """What stands for a noun that names nobody (12200, since Twilio has no code of its own)."""
    log.note(SCHEMA_WARNING, element, f"<{element.name}> must name {what}: {allowed}")
    return Undiallable(element.name, SCHEMA_WARNING, line=element.line, column=element.column)
