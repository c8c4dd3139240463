"""`<Parameter name value>`: what a document tells a device, a stream or an agent (reference/twiml 6.5, 8.1).

Name and value have 500 characters together; where the page is silent, a noun has 50 of them at most, and a
name may come twice.
"""

from typing import Final

from offhook.twiml.attribute import TEXT, Attribute, ProblemLog, read_attributes
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING

MAX_PARAMETER: Final = 500
MAX_PARAMETERS: Final = 50

_NAME: Final = Attribute("name", TEXT, "")
_VALUE: Final = Attribute("value", TEXT, "")

Parameters = tuple[tuple[str, str], ...]
"""Names and values, in order."""


def read_parameters(element: Element, log: ProblemLog) -> Parameters:
    """The parameters in a noun that holds nothing else."""
    log.note_no_text(element)
    parameters: list[tuple[str, str]] = []
    for child in element.elements:
        if child.name != "Parameter":
            log.note(SCHEMA_WARNING, child, f"<{child.name}> is not allowed in <{element.name}>: skipped")
        else:
            add_parameter(child, parameters, log)
    return tuple(parameters)


def add_parameter(element: Element, parameters: list[tuple[str, str]], log: ProblemLog) -> None:
    """Read one, behind those before it; what is too much or too long is noted and skipped."""
    log.note_no_content(element)
    values = read_attributes(element, (_NAME, _VALUE), log)
    name, value = values[_NAME], values[_VALUE]
    if not name:
        log.note(SCHEMA_WARNING, element, "<Parameter> has no name: skipped")
    elif len(name) + len(value) > MAX_PARAMETER:
        message = f"<Parameter> has more than {MAX_PARAMETER} characters in name and value: skipped"
        log.note(SCHEMA_WARNING, element, message)
    elif len(parameters) == MAX_PARAMETERS:
        log.note(SCHEMA_WARNING, element, f"more than {MAX_PARAMETERS} parameters: skipped")
    else:
        parameters.append((name, value))
