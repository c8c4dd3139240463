"""`<Enqueue>`: wait in a queue (https://www.twilio.com/docs/voice/twiml/enqueue, reference/twiml 7.1).

A fault with a code of its own (14201 to 14206, 14220) leaves the call out of the queue: `action` is told
QueueResult=error, and without it the next verb runs. Where the page is silent: task routing is not done, so
that a `workflowSid` is such a fault, and a `<Task>` beside a name is skipped.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from offhook.twiml.attribute import METHOD, TEXT, Attribute, ProblemLog, read_attributes, whole_number
from offhook.twiml.element import Element
from offhook.twiml.problem import SCHEMA_WARNING, Level
from offhook.twiml.url import url_fault

INVALID_METHOD: Final = 14201
INVALID_WAIT_URL: Final = 14202
INVALID_ACTION: Final = 14203
NAME_TOO_SHORT: Final = 14204
NAME_TOO_LONG: Final = 14205
INVALID_WAIT_METHOD: Final = 14206
NO_TASK_ROUTING: Final = 14220

MAX_NAME: Final = 64
MAX_SIZE: Final = 5_000
NOT_ENQUEUED: Final = "the call is not enqueued"

ACTION: Final = Attribute("action", TEXT, "")
METHOD_OF_ENQUEUE: Final = Attribute(
    "method", METHOD, "POST", INVALID_METHOD, Level.ERROR, instead=NOT_ENQUEUED
)
WAIT_URL: Final = Attribute("waitUrl", TEXT, "")
WAIT_URL_METHOD: Final = Attribute(
    "waitUrlMethod", METHOD, "POST", INVALID_WAIT_METHOD, Level.ERROR, instead=NOT_ENQUEUED
)
MAX_QUEUE_SIZE: Final = Attribute("maxQueueSize", whole_number(1, MAX_SIZE), 0)
WORKFLOW_SID: Final = Attribute("workflowSid", TEXT, "")

DECLARED: Final[tuple[Attribute[Any], ...]] = (
    ACTION,
    METHOD_OF_ENQUEUE,
    WAIT_URL,
    WAIT_URL_METHOD,
    MAX_QUEUE_SIZE,
    WORKFLOW_SID,
)


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Wait in a queue until somebody dials it."""

    name: str
    """1 to 64 characters where there is no fault."""
    action: str | None = None
    """Absolute or relative URL that takes over afterwards; None goes on with the next verb."""
    method: str = "POST"
    """GET or POST."""
    wait_url: str | None = None
    """Absolute or relative; None is our own music, empty is silence."""
    wait_method: str = "POST"
    """GET or POST."""
    max_size: int | None = None
    """Of the queue, where this makes it: 1 to 5,000; None is 100."""
    fault: int | None = None
    """Code of what keeps the call out of the queue, noted with the document."""
    line: int = field(default=0, compare=False, kw_only=True)
    """Where it stands in the document."""
    column: int = field(default=0, compare=False, kw_only=True)


def read_enqueue(element: Element, log: ProblemLog) -> Enqueue:
    """Called by the parser."""
    values = read_attributes(element, DECLARED, log)
    for child in element.elements:
        what = "task routing is not done" if child.name == "Task" else "not allowed in <Enqueue>"
        log.note(SCHEMA_WARNING, child, f"<{child.name}>: {what}: skipped")
    faults = [
        _bad_word(element, METHOD_OF_ENQUEUE),
        _bad_url(element, ACTION, INVALID_ACTION, log),
        _bad_url(element, WAIT_URL, INVALID_WAIT_URL, log),
        _bad_word(element, WAIT_URL_METHOD),
        _bad_name(element, log),
    ]
    if values[WORKFLOW_SID]:
        message = f"<Enqueue workflowSid>: task routing is not done: {NOT_ENQUEUED}"
        log.note(NO_TASK_ROUTING, element, message, Level.ERROR)
        faults.append(NO_TASK_ROUTING)
    has_wait_url = WAIT_URL.name in element.attributes
    return Enqueue(
        name=element.own_text,
        action=None if INVALID_ACTION in faults else values[ACTION] or None,
        method=values[METHOD_OF_ENQUEUE],
        wait_url=values[WAIT_URL] if has_wait_url else None,
        wait_method=values[WAIT_URL_METHOD],
        max_size=values[MAX_QUEUE_SIZE] or None,
        fault=next((fault for fault in faults if fault is not None), None),
        line=element.line,
        column=element.column,
    )


def _bad_word(element: Element, attribute: Attribute[str]) -> int | None:
    """The code of a value that was noted as not allowed."""
    written = element.attributes.get(attribute.name)
    return attribute.code if written is not None and attribute.kind.read(written.strip()) is None else None


def _bad_url(element: Element, attribute: Attribute[str], code: int, log: ProblemLog) -> int | None:
    fault = url_fault(element.attributes.get(attribute.name, "").strip())
    if fault is None:
        return None
    log.note(code, element, f"<Enqueue {attribute.name}> {fault}: {NOT_ENQUEUED}", Level.ERROR)
    return code


def _bad_name(element: Element, log: ProblemLog) -> int | None:
    name = element.own_text
    if not name:
        log.note(NAME_TOO_SHORT, element, f"<Enqueue> names no queue: {NOT_ENQUEUED}", Level.ERROR)
        return NAME_TOO_SHORT
    if len(name) > MAX_NAME:
        message = f"<Enqueue> has a name of {len(name)} characters, more than {MAX_NAME}: {NOT_ENQUEUED}"
        log.note(NAME_TOO_LONG, element, message, Level.ERROR)
        return NAME_TOO_LONG
    return None
