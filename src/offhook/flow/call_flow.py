"""The flow of a call as a graph: documents, the ways between them, and what is wrong with the whole.

Made by `crawl.py`, judged by `findings.py`, drawn by `text.py` and `svg.py`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from offhook.flow.guess import Guess, Results
from offhook.flow.verb_flow import DocumentFlow
from offhook.twiml.problem import Level, Problem


@dataclass(frozen=True, slots=True)
class Request:
    """One request for a document."""

    number: int
    """From 1, in the order in which they are to be sent."""
    after: int
    """The number of the request whose answer led to this one: its cookies are sent; 0 for the first."""
    url: str
    """Absolute."""
    method: str
    results: Results
    is_answered: bool
    """Whether the call was answered by then."""


@dataclass(frozen=True, slots=True)
class Node:
    """One document: the same text from the same URL is the same one."""

    number: int
    """From 1, in the order in which they were found."""
    url: str
    """Where it came from after redirects; the name of a file."""
    flow: DocumentFlow
    problems: tuple[Problem, ...]
    """What is wrong in it."""
    is_side: bool = False
    """Whether it was found as one that runs beside the call."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A way that leads nowhere: no document came, or one that cannot be run."""

    code: int
    message: str
    url: str


@dataclass(frozen=True, slots=True)
class NotFollowed:
    """A way that was not taken."""

    why: str
    url: str


End = Node | Failure | NotFollowed


@dataclass(frozen=True, slots=True)
class Edge:
    """One way out of a document, with one input."""

    source: Node
    step: int
    """Which verb of it, from 0."""
    attribute: str
    guess: Guess
    end: End
    is_side: bool = False


class Kind(StrEnum):
    """What can be wrong with a flow."""

    DEAD_END = "dead-end"
    """A way that ends in an error, or in silence where the caller asked for something."""
    LOOP = "loop-without-input"
    """Documents that follow one another for as long as the caller does nothing."""
    NO_FALLBACK = "missing-fallback"
    """A wish that may come to nothing, after which the call is hung up without a word."""
    UNREACHABLE = "unreachable"
    """A verb that nothing leads to."""
    NOT_FOLLOWED = "not-followed"
    """A bound was met, or another host: what is behind is not known."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with the flow."""

    kind: Kind
    level: Level
    code: int | None
    """Twilio's, where it has one."""
    document: int
    """Number of the document that it is about; 0 when there is none."""
    line: int | None
    message: str

    def __str__(self) -> str:
        where = f"document {self.document}, line {self.line}: " if self.line is not None else ""
        return f"{self.kind}: {where}{self.message}"


@dataclass(frozen=True, slots=True)
class CallFlow:
    """What a crawl found."""

    nodes: tuple[Node, ...]
    """In the order of their numbers; none when even the first document failed."""
    edges: tuple[Edge, ...]
    failure: Failure | None = None
    """Why there is no first document."""
    findings: tuple[Finding, ...] = field(default=())
    requests: int = 0
    """How many were sent."""

    def of_kind(self, kind: Kind) -> tuple[Finding, ...]:
        """The findings of one kind."""
        return tuple(finding for finding in self.findings if finding.kind is kind)

    @property
    def problems(self) -> tuple[tuple[Node, Problem], ...]:
        """What is wrong inside the documents, each with its document."""
        return tuple((node, problem) for node in self.nodes for problem in node.problems)

    @property
    def is_fine(self) -> bool:
        """Whether nothing was found but notes."""
        levels = [finding.level for finding in self.findings]
        levels += [problem.level for _, problem in self.problems]
        return self.failure is None and all(level is Level.NOTE for level in levels)

    def name(self, url: str) -> str:
        """A URL as short as it can be: without the origin of the first document."""
        origin = _origin(self.nodes[0].url) if self.nodes else ""
        return (url.removeprefix(origin) or "/") if origin and url.startswith(origin) else url


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
