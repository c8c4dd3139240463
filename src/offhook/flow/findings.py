"""What is wrong with a flow: dead ends, loops without input, missing fallbacks, verbs that nothing leads to.

Levels: what Twilio would log for a call that goes that way is an error with Twilio's code; what leaves a
caller alone is a warning; what may be meant so is a note.
"""

from collections.abc import Collection, Iterator
from typing import Final, TypeVar

from offhook.flow.call_flow import CallFlow, Edge, Failure, Finding, Kind, Node, NotFollowed
from offhook.flow.guess import Cause
from offhook.flow.patrol import first_loop
from offhook.twiml.problem import Level

E = TypeVar("E", Failure, NotFollowed)

SILENT_LOOP: Final = 11215
"""A node ends a call whose documents follow one another without a word (reference/twiml 3.3)."""


def find(flow: CallFlow, passing: Collection[int] = frozenset()) -> tuple[Finding, ...]:
    """Everything, in the order of the documents. passing: edges of loops that end by themselves."""
    found = [
        *_failures(flow),
        *_mute_answers(flow),
        *_loops(flow, passing),
        *_mute_ends(flow),
        *_unreachable(flow),
        *_not_followed(flow),
    ]
    return tuple(sorted(found, key=lambda each: (each.document, each.line or 0)))


def _failures(flow: CallFlow) -> Iterator[Finding]:
    """Ways that end in an error, told once for each verb and URL."""
    if flow.failure is not None:
        failure = flow.failure
        yield Finding(Kind.DEAD_END, Level.ERROR, failure.code, 0, None, f"{failure.url}: {failure.message}")
    for failure, edges in _by_end(flow, Failure):
        first = edges[0]
        message = f"{_verb(first)}{_inputs(edges)} leads to {flow.name(failure.url) or 'nowhere'}: "
        yield _finding(Kind.DEAD_END, Level.ERROR, failure.code, first, message + failure.message)


def _not_followed(flow: CallFlow) -> Iterator[Finding]:
    for end, edges in _by_end(flow, NotFollowed):
        first = edges[0]
        message = f"{_verb(first)}{_inputs(edges)} was not followed to {flow.name(end.url)}: {end.why}"
        yield _finding(Kind.NOT_FOLLOWED, Level.NOTE, None, first, message)


def _mute_answers(flow: CallFlow) -> Iterator[Finding]:
    """Documents that hang up without a word on a caller who has just pressed or said something.

    So does one for a callee who could not be reached.
    """
    seen: dict[tuple[int, int, int], list[Edge]] = {}
    for edge in flow.edges:
        end = edge.end
        is_of_call = not (edge.is_side or edge.source.is_side)
        if isinstance(end, Node) and is_of_call and _is_mute(end) and _wants_an_answer(edge):
            seen.setdefault((edge.source.number, edge.step, end.number), []).append(edge)
    for edges in seen.values():
        first = edges[0]
        number = first.end.number if isinstance(first.end, Node) else 0
        message = f"{_verb(first)}{_inputs(edges)} is hung up on without a word by document {number}"
        yield _finding(Kind.DEAD_END, Level.WARNING, None, first, message)


def _wants_an_answer(edge: Edge) -> bool:
    is_key_or_word = edge.guess.cause is Cause.CALLER and any(
        name in ("Digits", "SpeechResult") for name, _ in edge.guess.results
    )
    return is_key_or_word or edge.guess.is_failure


def _is_mute(node: Node) -> bool:
    """Whether it ends the call and says nothing."""
    flows = [step.flow for step in node.flow.reached]
    return not any(flow.exits or flow.takes_time or flow.is_heard for flow in flows)


def _loops(flow: CallFlow, passing: Collection[int]) -> Iterator[Finding]:
    left = set(passing)
    while (loop := first_loop(flow.edges, left)) is not None:
        edges = [flow.edges[place] for place in loop]
        left |= _beside(edges[-1], flow)
        takes_time = any(_takes_time(edge) for edge in edges)
        if takes_time and all(edge.source.is_side for edge in edges):
            continue  # the music of a conference goes round by a Redirect, as its page says
        numbers = " -> ".join(str(edge.source.number) for edge in (*edges, edges[0]))
        if takes_time:
            message = f"for as long as the caller does nothing, documents go round: {numbers}"
            yield _finding(Kind.LOOP, Level.WARNING, None, edges[0], message)
        else:
            message = f"documents go round without a word or a pause until the call is ended: {numbers}"
            yield _finding(Kind.LOOP, Level.ERROR, SILENT_LOOP, edges[0], message)


def _beside(edge: Edge, flow: CallFlow) -> set[int]:
    """The places of all edges between the two documents: one loop is told once, whatever led round it."""
    return {
        place
        for place, each in enumerate(flow.edges)
        if each.source.number == edge.source.number and each.end is edge.end
    }


def _takes_time(edge: Edge) -> bool:
    steps = edge.source.flow.steps[: edge.step + 1]
    return any(step.flow.takes_time for step in steps if step.is_reachable)


def _mute_ends(flow: CallFlow) -> Iterator[Finding]:
    for node in flow.nodes:
        step = None if node.is_side else node.flow.mute_end
        if step is None:
            continue
        is_gather = any(guess.cause is Cause.CALLER for way in step.flow.exits for guess in way.guesses)
        what = "nothing is pressed or said" if is_gather else "it comes to nothing"
        message = f"when {what}, the call is hung up without a word after {step.flow.label}"
        level = Level.WARNING if is_gather else Level.NOTE
        yield Finding(Kind.NO_FALLBACK, level, None, node.number, step.line, message)


def _unreachable(flow: CallFlow) -> Iterator[Finding]:
    for node in flow.nodes:
        dead = [step for step in node.flow.steps if not step.is_reachable]
        if dead:
            before = node.flow.reached[-1].flow.label
            others = f" and {len(dead) - 1} more" if len(dead) > 1 else ""
            message = f"{dead[0].flow.label}{others} can never be reached: {before} never goes on to it"
            yield Finding(Kind.UNREACHABLE, Level.NOTE, None, node.number, dead[0].line, message)


def _by_end(flow: CallFlow, kind: type[E]) -> Iterator[tuple[E, list[Edge]]]:
    """The edges that end in one and the same such thing, of one verb."""
    found: dict[tuple[int, int, E], list[Edge]] = {}
    for edge in flow.edges:
        if isinstance(edge.end, kind):
            found.setdefault((edge.source.number, edge.step, edge.end), []).append(edge)
    for (_, _, end), edges in found.items():
        yield end, edges


def _finding(kind: Kind, level: Level, code: int | None, edge: Edge, message: str) -> Finding:
    step = edge.source.flow.steps[edge.step]
    return Finding(kind, level, code, edge.source.number, step.line, message)


def _verb(edge: Edge) -> str:
    name = edge.source.flow.steps[edge.step].flow.label.partition(" ")[0].rstrip(":")
    return f"<{name}{' ' if edge.attribute else ''}{edge.attribute}>"


def _inputs(edges: list[Edge]) -> str:
    labels = [edge.guess.label for edge in edges if edge.guess.label]
    return f" with {', '.join(labels)}" if labels else ""
