"""A flow as text for a terminal, and the lines of its documents, which `svg.py` draws as well.

1  /voice
3  Gather 1 key: “Press one for sales.”
1           -> 2
2-9, 0, *   -> 3
6  Say “We heard nothing.”
7  Redirect      -> 1
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from offhook.flow.call_flow import CallFlow, Edge, End, Failure, Node, NotFollowed

WIDTH: Final = 56
"""Column of the arrows."""
_RUN: Final = "123456789"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document."""

    text: str
    is_input: bool = False
    """Whether it is an outcome of the verb above it."""
    end: End | None = None
    """Where it leads; None on to the next line."""
    is_side: bool = False
    """Whether that document runs beside the call."""
    number: int | None = None
    """Of the line in the document."""
    is_reachable: bool = True


def lines_of(flow: CallFlow, node: Node) -> Iterator[Line]:
    """The verbs of a document and what may come of each."""
    for index, step in enumerate(node.flow.steps):
        edges = [edge for edge in flow.edges if edge.source is node and edge.step == index]
        groups = _grouped(edges)
        label = step.flow.label
        if len(groups) == 1 and not groups[0][0]:
            _, attribute, edge = groups[0]
            text = f"{label} {attribute}" if edge.is_side and attribute else label
            yield Line(text, False, edge.end, edge.is_side, step.line, step.is_reachable)
            continue
        yield Line(label, number=step.line, is_reachable=step.is_reachable)
        for labels, attribute, edge in groups:
            yield Line(labels or (attribute if edge.is_side else "at first"), True, edge.end, edge.is_side)
    if node.flow.runs_out:
        is_over = "the document ends" if node.is_side else "the call is hung up"
        yield Line(f"({is_over})")


def text(flow: CallFlow) -> str:
    """The whole flow; "" where there is no document."""
    shown: list[str] = []
    for node in flow.nodes:
        beside = "  (beside the call)" if node.is_side else ""
        shown.append(f"{node.number:>3}  {flow.name(node.url)}{beside}")
        for line in lines_of(flow, node):
            number = "" if line.number is None else str(line.number)
            indent = 14 if line.is_input else 10
            left = f"{number:>{8}}  {line.text}" if not line.is_input else " " * indent + line.text
            arrow = "" if line.end is None else f" {'~>' if line.is_side else '->'} {where(flow, line.end)}"
            never = "  (never reached)" if not line.is_reachable else ""
            shown.append(f"{left:<{WIDTH}}{arrow}{never}".rstrip())
        shown.append("")
    return "\n".join(shown).rstrip("\n")


def where(flow: CallFlow, end: End) -> str:
    """The end of a way in a few words."""
    match end:
        case Node():
            return str(end.number)
        case Failure():
            return f"error {end.code} ({flow.name(end.url)})"
        case NotFollowed():
            return f"not followed ({flow.name(end.url)})"


def _grouped(edges: list[Edge]) -> list[tuple[str, str, Edge]]:
    """The inputs that lead to one and the same place, the attribute, and one edge of them."""
    groups: dict[tuple[str, str], list[Edge]] = {}
    for edge in edges:
        end = f"node {edge.end.number}" if isinstance(edge.end, Node) else repr(edge.end)
        groups.setdefault((edge.attribute, end), []).append(edge)
    return [
        (_joined([edge.guess.label for edge in group]), attribute, group[0])
        for (attribute, _), group in groups.items()
    ]


def _joined(labels: list[str]) -> str:
    """With runs of keys as `2-9`."""
    shown: list[str] = []
    index = 0
    while index < len(labels):
        length = 1
        while index + length < len(labels) and _follow(labels[index + length - 1], labels[index + length]):
            length += 1
        if length > 2:
            shown.append(f"{labels[index]}-{labels[index + length - 1]}")
        else:
            shown += labels[index : index + length]
        index += length
    return ", ".join(filter(None, shown))


def _follow(before: str, after: str) -> bool:
    return len(before) == len(after) == 1 and before + after in _RUN
