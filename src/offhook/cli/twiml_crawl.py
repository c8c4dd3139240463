"""`offhook twiml check --crawl`: an application followed, drawn and judged."""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from offhook.cli.twiml_source import (
    FAILED,
    FINE,
    UNUSABLE,
    UnreadableSourceError,
    extra_ca_file,
    is_url,
    made_up_call,
    read_source,
)
from offhook.flow.call_flow import CallFlow, Edge, Failure, Node, NotFollowed
from offhook.flow.crawl import Bounds, Crawl
from offhook.flow.guess import Inputs
from offhook.flow.svg import svg
from offhook.flow.text import text
from offhook.twiml.problem import Level, Problem
from offhook.twiml_check import find_flow

SvgOption = Annotated[
    Path | None, typer.Option("--svg", help="Write the drawing there; implies --crawl.", metavar="FILE")
]
DigitsOption = Annotated[
    list[str] | None, typer.Option("--digits", help="What the caller presses; as often as wanted.")
]
SpeechOption = Annotated[
    list[str] | None, typer.Option("--speech", help="What the caller says; as often as wanted.")
]
HostOption = Annotated[
    list[str] | None, typer.Option("--host", help="A further host that may be asked.", metavar="NAME")
]
RequestsOption = Annotated[int, typer.Option("--max-requests", help="Requests, at most.", min=1, max=10_000)]
DepthOption = Annotated[int, typer.Option("--max-depth", help="Documents in a row, at most.", min=1, max=100)]
SecondsOption = Annotated[float, typer.Option("--max-seconds", help="How long, at most.", min=1, max=3_600)]


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """What is to be followed, and how far."""

    where: str
    """A URL, a file, or `-`."""
    method: str
    inputs: Inputs
    bounds: Bounds
    seconds: float


def follow_all(
    plan: CrawlPlan, account_sid: str | None, auth_token: str | None, svg_path: Path | None, *, as_json: bool
) -> int:
    """Follow, print, draw; the exit status."""
    try:
        flow = _crawl(plan, account_sid, auth_token)
        if svg_path is not None:
            svg_path.write_text(svg(flow), encoding="utf-8")
    except UnreadableSourceError as error:
        print(f"offhook twiml check: {error}", file=sys.stderr)
        return UNUSABLE
    except OSError as error:
        print(f"offhook twiml check: {error.filename}: {error.strerror}", file=sys.stderr)
        return UNUSABLE
    if as_json:
        print(record(flow))
    else:
        for line in report(flow):
            print(line)
    return FINE if flow.is_fine else FAILED


def _crawl(plan: CrawlPlan, account_sid: str | None, auth_token: str | None) -> CallFlow:
    call, token = made_up_call(account_sid, auth_token)
    if is_url(plan.where):
        work = Crawl(plan.where, plan.method, plan.inputs, plan.bounds)
    else:
        source = read_source(plan.where)
        work = Crawl.of_document(source.name, source.body, plan.inputs, plan.bounds)
    return asyncio.run(
        find_flow(work, call, token.reveal(), seconds=plan.seconds, extra_ca_file=extra_ca_file())
    )


def report(flow: CallFlow) -> Iterator[str]:
    """The flow for a person: the drawing, what is wrong in each document, what is wrong with the whole."""
    if flow.nodes:
        yield text(flow)
        yield ""
    for node, problem in flow.problems:
        where = f"document {node.number} ({flow.name(node.url)}), {problem.line}:{problem.column}"
        yield f"{where}: {problem.level} {problem.code}: {problem.message}"
    for finding in flow.findings:
        code = "" if finding.code is None else f" {finding.code}"
        line = "" if finding.line is None else f", line {finding.line}"
        where = f"document {finding.document}{line}: " if finding.document else ""
        yield f"{where}{finding.level}{code}: {finding.kind}: {finding.message}"
    yield f"{_counted(len(flow.nodes), 'document')}, {_counted(flow.requests, 'request')}: {_told(flow)}"


def record(flow: CallFlow) -> str:
    """The same as JSON."""
    shown = {
        "documents": [_document(node) for node in flow.nodes],
        "ways": [_way(edge) for edge in flow.edges],
        "findings": [
            {
                "kind": finding.kind.value,
                "level": finding.level.value,
                "code": finding.code,
                "document": finding.document or None,
                "line": finding.line,
                "message": finding.message,
            }
            for finding in flow.findings
        ],
        "requests": flow.requests,
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)


def problem_record(problem: Problem) -> dict[str, object]:
    """A problem of a document, as JSON has it."""
    return {
        "line": problem.line,
        "column": problem.column,
        "code": problem.code,
        "level": problem.level.value,
        "message": problem.message,
    }


def _told(flow: CallFlow) -> str:
    levels = [finding.level for finding in flow.findings] + [problem.level for _, problem in flow.problems]
    counts = {level: levels.count(level) for level in Level}
    told = [_counted(count, level) for level, count in counts.items() if count]
    return ", ".join(told) or "nothing wrong found"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _document(node: Node) -> dict[str, Any]:
    return {
        "number": node.number,
        "url": node.url,
        "beside_the_call": node.is_side,
        "verbs": [
            {"line": step.line, "verb": step.flow.label, "is_reachable": step.is_reachable}
            for step in node.flow.steps
        ],
        "problems": [problem_record(problem) for problem in node.problems],
    }


def _way(edge: Edge) -> dict[str, Any]:
    step = edge.source.flow.steps[edge.step]
    shown: dict[str, Any] = {
        "document": edge.source.number,
        "line": step.line,
        "attribute": edge.attribute or None,
        "input": edge.guess.label or None,
        "parameters": dict(edge.guess.results),
        "beside_the_call": edge.is_side,
    }
    match edge.end:
        case Node(number=number):
            shown["leads_to"] = number
        case Failure(code=code, message=message, url=url):
            shown |= {"leads_to": None, "url": url, "code": code, "message": message}
        case NotFollowed(why=why, url=url):
            shown |= {"leads_to": None, "url": url, "not_followed": why}
    return shown
