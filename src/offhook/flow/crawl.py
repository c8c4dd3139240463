"""A crawl without I/O: what to ask for next, and what the answers make of the flow of a call.

    poll_request() -> the driver asks -> handle_document() or handle_failure() -> ... -> None: flow()

Documents are asked for breadth first, each way of a document with each made-up input. An answer that is
known, the same text from the same URL, is the same document and is not gone through again. When no way is
left, each loop that needs no caller is walked three times more (`patrol.py`): an application that counts in
its session ends it, and what it says then is gone through as well.

Bounds: requests, depth, and the hosts that may be asked; what lies beyond is `NotFollowed`.
"""

from collections import deque
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urljoin, urlsplit

from offhook.flow.call_flow import CallFlow, Edge, End, Failure, Node, NotFollowed, Request
from offhook.flow.findings import find
from offhook.flow.guess import PLAIN, Guess, Inputs
from offhook.flow.patrol import Patrol, first_loop
from offhook.flow.verb_flow import Exit, document_flow
from offhook.twiml.parser import read
from offhook.twiml.problem import TwimlError
from offhook.twiml.url import INVALID_URL, url_fault

REQUESTS_MAX: Final = 200
DEPTH_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a crawl goes."""

    requests: int = REQUESTS_MAX
    """How many documents are asked for, the same ones over again included."""
    depth: int = DEPTH_MAX
    """How many documents one after the other."""
    hosts: frozenset[str] = frozenset()
    """Names of hosts that may be asked besides that of the first document."""


@dataclass(frozen=True, slots=True)
class _Way:
    """A way that has been found and not been taken yet."""

    source: Node | None
    """None for the way to the first document."""
    step: int
    way: Exit
    guess: Guess
    depth: int
    after: int
    """The request that brought the document which it leaves."""
    is_answered: bool


class Crawl:
    """One crawl. At most one request is out at a time."""

    def __init__(self, url: str, method: str, inputs: Inputs, bounds: Bounds) -> None:
        """url: absolute, of the first document."""
        self._inputs = inputs
        self._bounds = bounds
        self._hosts = bounds.hosts | {urlsplit(url).hostname or ""}
        self._nodes: dict[tuple[str, bytes], Node] = {}
        self._edges: list[Edge] = []
        self._failure: Failure | None = None
        self._requests = 0
        self._ways: deque[_Way] = deque([_Way(None, 0, Exit("", url, method), PLAIN[0], 0, 0, False)])
        self._out: tuple[Request, _Way] | None = None
        self._arrivals: dict[int, tuple[int, int, bool]] = {}
        """Of each document: the request that brought it, its depth, whether the call was answered."""
        self._patrol: Patrol | None = None
        self._loops: set[tuple[int, ...]] = set()
        """Those that were walked."""
        self._passing: set[int] = set()
        """Edges, by their place, that led elsewhere in the end."""
        self._why_stopped = ""

    @classmethod
    def of_document(cls, name: str, body: bytes, inputs: Inputs, bounds: Bounds) -> "Crawl":
        """A crawl whose first document is there already: a file, which has no URL of its own.

        The URLs in it must be absolute to be followed.
        """
        crawl = cls("", "POST", inputs, bounds)
        request = crawl.poll_request()
        if request is None:
            raise AssertionError("a new crawl asks for its first document")
        crawl.handle_document(request, name, body)
        crawl._requests = 0
        return crawl

    def poll_request(self) -> Request | None:
        """The next request to send; None when there is none, or while one is out."""
        if self._out is not None:
            return None
        while self._ways:
            way = self._ways.popleft()
            request = self._request(way)
            if isinstance(request, Request):
                self._out = (request, way)
                return request
            self._add_edge(way, request)
        return self._poll_patrol()

    def stop(self, why: str) -> None:
        """Follow nothing more; why, to be told of every way that is left."""
        self._why_stopped = why
        self._out = None

    def handle_document(self, request: Request, url: str, body: bytes) -> None:
        """A document came. url: where from, after redirects."""
        way = self._take(request)
        known = self._nodes.get((url, body))
        if known is None:
            try:
                document = read(body)
            except TwimlError as error:
                self._arrive(way, Failure(error.code, str(error), url))
                return
            flow = document_flow(document.verbs, self._inputs)
            problems = tuple(sorted(document.problems, key=lambda each: (each.line, each.column)))
            is_side = way.way.is_side or (way.source is not None and way.source.is_side)
            known = Node(len(self._nodes) + 1, url, flow, problems, is_side=is_side)
            self._nodes[url, body] = known
            self._arrivals[known.number] = (request.number, way.depth, request.is_answered or flow.answers)
            self._find_ways(known)
        self._arrive(way, known)

    def handle_failure(self, request: Request, code: int, message: str) -> None:
        """No document came."""
        way = self._take(request)
        self._arrive(way, Failure(code, message, request.url))

    def flow(self) -> CallFlow:
        """What was found."""
        passing = frozenset(self._passing)
        nodes, edges = tuple(self._nodes.values()), tuple(self._edges)
        flow = CallFlow(nodes, edges, self._failure, requests=self._requests)
        return replace(flow, findings=find(flow, passing))

    # Inside

    def _take(self, request: Request) -> _Way:
        if self._out is None or self._out[0] is not request:
            raise AssertionError("an answer to a request that is not out")
        way = self._out[1]
        self._out = None
        return way

    def _request(self, way: _Way) -> "Request | Failure | NotFollowed":
        """What to send for a way, or why nothing is sent."""
        base = way.source.url if way.source is not None else ""
        url, fault = way.way.url, url_fault(way.way.url)
        if fault is not None:
            return Failure(INVALID_URL, f"the URL {fault}", url)
        absolute = urljoin(base, url)
        host = urlsplit(absolute).hostname
        if way.source is None:
            pass
        elif self._why_stopped:
            return NotFollowed(self._why_stopped, absolute)
        elif host is None:
            return NotFollowed("it is relative, and the document has no URL", url or base)
        elif self._hosts != {""} and host not in self._hosts:
            return NotFollowed(f"{host} is another host", absolute)
        elif way.depth > self._bounds.depth:
            return NotFollowed(f"it is more than {self._bounds.depth} documents deep", absolute)
        elif self._requests >= self._bounds.requests:
            return NotFollowed(f"{self._bounds.requests} documents were asked for", absolute)
        self._requests += 1
        return Request(
            self._requests, way.after, absolute, way.way.method, way.guess.results, way.is_answered
        )

    def _find_ways(self, node: Node) -> None:
        after, depth, is_answered = self._arrivals[node.number]
        for index, step in enumerate(node.flow.steps):
            if not step.is_reachable:
                continue
            for way in step.flow.exits:
                self._ways.extend(
                    _Way(node, index, way, guess, depth + 1, after, is_answered) for guess in way.guesses
                )

    def _arrive(self, way: _Way, end: End) -> None:
        if self._patrol is not None:
            self._go_on_with(self._patrol, way, end)
        else:
            self._add_edge(way, end)

    def _add_edge(self, way: _Way, end: End) -> None:
        if way.source is not None:
            self._edges.append(Edge(way.source, way.step, way.way.attribute, way.guess, end, way.way.is_side))
        elif isinstance(end, Failure):
            self._failure = end

    # Loops: whether they are as endless as they look

    def _poll_patrol(self) -> Request | None:
        if self._patrol is None:
            loop = first_loop(self._edges, self._passing, self._loops)
            if loop is None or self._why_stopped or self._requests >= self._bounds.requests:
                return None
            self._loops.add(loop)
            self._patrol = Patrol(loop, self._arrivals[self._edges[loop[0]].source.number][0])
        place = self._patrol.next_edge
        edge = self._edges[place]
        way = edge.source.flow.steps[edge.step].flow.exits
        taken = next(each for each in way if each.attribute == edge.attribute and edge.guess in each.guesses)
        _, depth, is_answered = self._arrivals[edge.source.number]
        again = _Way(edge.source, edge.step, taken, edge.guess, depth + 1, self._patrol.after, is_answered)
        request = self._request(again)
        if not isinstance(request, Request):
            self._patrol = None
            return None
        self._out = (request, again)
        self._patrol.after = request.number
        return request

    def _go_on_with(self, patrol: Patrol, way: _Way, end: End) -> None:
        place = patrol.next_edge
        if end == self._edges[place].end:
            if patrol.step_is_last():
                self._patrol = None
            return
        self._passing.add(place)
        self._patrol = None
        later = replace(way.guess, label=f"{way.guess.label} later".strip())
        self._add_edge(replace(way, guess=later), end)
