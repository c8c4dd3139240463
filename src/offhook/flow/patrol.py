"""Loops that need no caller: found in the graph, then walked again to see whether they end by themselves.

An application that counts tries in its session answers the third request in another way, although the first
two look like a loop. Used by `crawl.py` and `findings.py`.
"""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from offhook.flow.call_flow import Edge, Node
from offhook.flow.guess import Cause

ROUNDS: Final = 3


@dataclass(slots=True)
class Patrol:
    """One walk round a loop."""

    loop: tuple[int, ...]
    """The edges by their places, in the order in which they follow one another."""
    after: int
    """The last request of the walk."""
    _walked: int = 0

    @property
    def next_edge(self) -> int:
        """The place of the edge to be taken."""
        return self.loop[self._walked % len(self.loop)]

    def step_is_last(self) -> bool:
        """An edge led where it led before; whether the walk is over."""
        self._walked += 1
        return self._walked >= ROUNDS * len(self.loop)


def is_free(edge: Edge) -> bool:
    """Whether an edge is taken without anything that the caller does."""
    return edge.guess.cause is not Cause.CALLER and isinstance(edge.end, Node)


def first_loop(
    edges: Sequence[Edge], passing: Collection[int], known: Collection[tuple[int, ...]] = ()
) -> tuple[int, ...] | None:
    """A shortest loop of edges that need no caller; None when there is none that is not known.

    passing: edges that led elsewhere when they were taken again.
    """
    ways: dict[int, list[int]] = {}
    for place, edge in enumerate(edges):
        if place not in passing and is_free(edge):
            ways.setdefault(edge.source.number, []).append(place)
    for number in ways:
        loop = _back_to(number, ways, edges)
        # A loop is told once: by its document of the lowest number.
        if loop is None or loop in known:
            continue
        if min(edges[place].source.number for place in loop) == number:
            return loop
    return None


def _back_to(number: int, ways: dict[int, list[int]], edges: Sequence[Edge]) -> tuple[int, ...] | None:
    """The shortest way from a document back to it."""
    paths: deque[tuple[int, ...]] = deque((place,) for place in ways.get(number, ()))
    seen: set[int] = set()
    while paths:
        path = paths.popleft()
        end = edges[path[-1]].end
        if not isinstance(end, Node):
            continue
        if end.number == number:
            return path
        if end.number not in seen:
            seen.add(end.number)
            paths.extend((*path, place) for place in ways.get(end.number, ()))
    return None
