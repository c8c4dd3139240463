"""A flow as a drawing (SVG 1.1): a box for each document, a line for each way.

Documents stand in columns by how many lead to them, from left to right. A way to the next column is a curve;
any other goes round above all boxes, in a lane of its own, so that a loop is seen as one. Nothing in it is
fetched or run by whoever shows it: no script, no style from elsewhere, all text escaped.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from offhook.flow.call_flow import CallFlow, Node
from offhook.flow.text import Line, lines_of, where

BOX: Final = 480
"""`TEXT_MAX` characters of 7.9 px, as wide as those of any usual monospaced font of 13 px, and margins."""
GUTTER: Final = 120
"""Between two columns: where the curves and the lanes' ends are."""
LINE: Final = 20
HEAD: Final = 28
GAP: Final = 28
"""Between two boxes of a column."""
MARGIN: Final = 24
LANE: Final = 8
TEXT_MAX: Final = 58
"""Characters of a line that fit."""

TITLE_MAX: Final = 1_000
"""Characters of what is shown over a line."""

_UNSHOWN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold (XML 1.0 §2.2)."""
_STYLE: Final = """\
text{font:13px ui-monospace,Menlo,Consolas,monospace;fill:#1b1f24}
.box{fill:#fff;stroke:#57606a}.side{stroke-dasharray:5 4}.head{fill:#eef2f6;stroke:#57606a}
.name{font-weight:700}.dead{fill:#8c959f}.bad{fill:#b42318}.open{fill:#8a6d00}.end{fill:#57606a}
path{fill:none;stroke:#2f6fb2;stroke-width:1.4}.back{stroke:#9a4d9e}.beside{stroke-dasharray:5 4}
"""


_ARROW: Final = (
    '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0L8 4L0 8z" style="fill:#57606a;stroke:none"/></marker></defs>'
)


@dataclass(frozen=True, slots=True)
class _Box:
    """A document on the drawing."""

    node: Node
    lines: tuple[Line, ...]
    column: int
    x: int
    y: int

    @property
    def height(self) -> int:
        return HEAD + LINE * max(1, len(self.lines)) + 8

    @property
    def entry(self) -> tuple[int, int]:
        """Where ways lead to."""
        return self.x, self.y + HEAD // 2

    def exit(self, index: int) -> tuple[int, int]:
        """Where the way of a line begins."""
        return self.x + BOX, self.y + HEAD + LINE * index + LINE // 2 + 4


def svg(flow: CallFlow) -> str:
    """The whole drawing; an empty one where there is no document."""
    columns = _columns(flow)
    all_lines = {node.number: tuple(lines_of(flow, node)) for node in flow.nodes}
    lanes = sum(
        columns[line.end.number] != columns[node.number] + 1
        for node in flow.nodes
        for line in all_lines[node.number]
        if isinstance(line.end, Node)
    )
    boxes = _place(flow, columns, all_lines, MARGIN + LANE * (lanes + 1))
    width = max((box.x + BOX for box in boxes.values()), default=0) + GUTTER + MARGIN
    height = max((box.y + box.height for box in boxes.values()), default=0) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {_size(width, height)} viewBox="0 0 {width} {height}">',
        f"<style>{_STYLE}</style>",
        _ARROW,
        f'<rect {_size(width, height)} style="fill:#fbfcfd"/>',
        *_ways(boxes),
        *(part for box in boxes.values() for part in _drawn(flow, box)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _columns(flow: CallFlow) -> dict[int, int]:
    """How many documents lead to each, at least."""
    columns = {node.number: 0 for node in flow.nodes[:1]}
    waiting = deque(flow.nodes[:1])
    while waiting:
        node = waiting.popleft()
        for edge in flow.edges:
            end = edge.end
            if edge.source is node and isinstance(end, Node) and end.number not in columns:
                columns[end.number] = columns[node.number] + 1
                waiting.append(end)
    return columns


def _place(
    flow: CallFlow, columns: dict[int, int], all_lines: dict[int, tuple[Line, ...]], top: int
) -> dict[int, _Box]:
    below: dict[int, int] = {}
    boxes: dict[int, _Box] = {}
    for node in flow.nodes:
        column = columns[node.number]
        y = below.get(column, top)
        box = _Box(node, all_lines[node.number], column, MARGIN + column * (BOX + GUTTER), y)
        boxes[node.number] = box
        below[column] = y + box.height + GAP
    return boxes


def _ways(boxes: dict[int, _Box]) -> Iterator[str]:
    lane = 0
    for box in boxes.values():
        for index, line in enumerate(box.lines):
            if not isinstance(line.end, Node):
                continue
            target = boxes[line.end.number]
            (x, y), (to_x, to_y) = box.exit(index), target.entry
            beside = " beside" if line.is_side else ""
            if target.column == box.column + 1:
                half = (to_x - x) // 2
                path = f"M{x} {y}C{x + half} {y} {to_x - half} {to_y} {to_x} {to_y}"
                yield f'<path class="way{beside}" d="{path}" marker-end="url(#a)"/>'
                continue
            lane += 1
            out, into = 10 + 4 * (lane % 12), 10 + 3 * (lane % 4)
            path = f"M{x} {y}h{out}V{MARGIN + LANE * lane}H{to_x - into}V{to_y}H{to_x}"
            yield f'<path class="back{beside}" d="{path}" marker-end="url(#a)"/>'


def _drawn(flow: CallFlow, box: _Box) -> Iterator[str]:
    side = " side" if box.node.is_side else ""
    x, y = box.x, box.y
    yield f'<rect class="box{side}" x="{x}" y="{y}" width="{BOX}" height="{box.height}" rx="5"/>'
    yield f'<rect class="head{side}" x="{x}" y="{y}" width="{BOX}" height="{HEAD}" rx="5"/>'
    name = f"{box.node.number}  {flow.name(box.node.url)}"
    yield f'<text class="name" x="{x + 10}" y="{y + 19}">{_shown(name, TEXT_MAX - 4)}</text>'
    for index, line in enumerate(box.lines):
        at = y + HEAD + LINE * index + LINE - 2
        yield _text(flow, line, x + (34 if line.is_input else 12), at)


def _text(flow: CallFlow, line: Line, x: int, y: int) -> str:
    kind, told = "end" if line.text.startswith("(") else "", line.text
    if not line.is_reachable:
        kind, told = "dead", f"{line.text} (never reached)"
    elif line.end is not None and not isinstance(line.end, Node):
        kind = "bad" if where(flow, line.end).startswith("error") else "open"
        told = f"{line.text} → {where(flow, line.end)}"
    room = TEXT_MAX - (4 if line.is_input else 0)
    inside = f"{_shown(told, room)}<title>{_shown(told, TITLE_MAX)}</title>"
    return f'<text class="{kind}" x="{x}" y="{y}">{inside}</text>'


def _size(width: int, height: int) -> str:
    return f'width="{width}" height="{height}"'


def _shown(text: str, room: int) -> str:
    """Escaped, without what XML may not hold, and as long as fits."""
    clean = _UNSHOWN.sub("?", text)
    return escape(clean if len(clean) <= room else clean[: room - 1] + "…")
