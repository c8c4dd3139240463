"""`offhook twiml`: what is wrong in a TwiML document, before a caller finds out."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Final

import typer

from offhook.cli.node_api import AccountSid, AuthToken
from offhook.cli.twiml_crawl import (
    CrawlPlan,
    DepthOption,
    DigitsOption,
    HostOption,
    RequestsOption,
    SecondsOption,
    SpeechOption,
    SvgOption,
    follow_all,
    problem_record,
)
from offhook.cli.twiml_source import (
    FAILED,
    FINE,
    UNUSABLE,
    Source,
    UnreadableSourceError,
    fetch_source,
    is_url,
    read_source,
)
from offhook.flow.crawl import DEPTH_MAX, REQUESTS_MAX, Bounds
from offhook.flow.guess import Inputs
from offhook.twiml.problem import Level, Problem
from offhook.twiml_check import SECONDS
from offhook.twiml_check import check as find_problems
from offhook.webhook.ports import WebhookError

EXCERPT: Final = 100
"""Characters of a line that are shown around a mistake."""
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_NEWLINE: Final = re.compile(r"\r\n|\r|\n")

app = typer.Typer(help="TwiML documents: check one.", no_args_is_help=True)


class Method(StrEnum):
    """How a URL is asked."""

    GET = "GET"
    POST = "POST"


@app.callback()
def twiml() -> None:
    """TwiML documents: check one."""


@app.command("check")
def check(
    where: Annotated[
        str, typer.Argument(metavar="FILE|URL", help="A file, an http(s) URL, or - for standard input.")
    ],
    *,
    method: Annotated[
        Method, typer.Option(help="How a URL is asked, as a Voice URL would be.", case_sensitive=False)
    ] = Method.POST,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    follow: Annotated[
        bool, typer.Option("--crawl", help="Follow the URLs in it with made-up inputs: see docs/cli.md.")
    ] = False,
    svg: SvgOption = None,
    digits: DigitsOption = None,
    speech: SpeechOption = None,
    host: HostOption = None,
    requests: RequestsOption = REQUESTS_MAX,
    depth: DepthOption = DEPTH_MAX,
    seconds: SecondsOption = SECONDS,
) -> None:
    """Say what in a TwiML document is wrong, with line, column and Twilio's error code.

    A URL is asked as a call would ask it, signed with the account's AuthToken. Notes are about what Twilio
    would run and this version of Offhook does not. With --crawl the whole application is followed, drawn and
    judged: dead ends, loops without input, missing fallbacks, verbs that are never reached.

    Exit status 0 when nothing was found or notes alone, 1 for any error or warning, 2 when there is nothing
    to check.
    """
    if follow or svg is not None:
        inputs = Inputs(tuple(digits or ()), tuple(speech or ()))
        bounds = Bounds(requests, depth, frozenset(host or ()))
        plan = CrawlPlan(where, method.value, inputs, bounds, seconds)
        raise typer.Exit(follow_all(plan, account_sid, auth_token, svg, as_json=as_json))
    try:
        if is_url(where):
            source = fetch_source(where, method.value, account_sid, auth_token)
        else:
            source = read_source(where)
    except UnreadableSourceError as error:
        print(f"offhook twiml check: {error}", file=sys.stderr)
        raise typer.Exit(UNUSABLE) from error
    except WebhookError as error:
        _report_fetch(error, where, as_json=as_json)
        raise typer.Exit(FAILED) from error
    problems = find_problems(source.body)
    if as_json:
        print(json.dumps([problem_record(problem) for problem in problems], indent=2, ensure_ascii=False))
    else:
        for line in report(source, problems):
            print(line)
    raise typer.Exit(FINE if all(problem.level is Level.NOTE for problem in problems) else FAILED)


def report(source: Source, problems: Sequence[Problem]) -> Iterator[str]:
    """The problems for a person, each with its line of the document and a caret."""
    encoding = "utf-16" if source.body.startswith(_UTF_16) else "utf-8-sig"
    lines = _NEWLINE.split(source.body.decode(encoding, errors="replace"))
    for problem in problems:
        where = f"{source.name}:{problem.line}:{problem.column}"
        yield f"{where}: {problem.level} {problem.code}: {problem.message}"
        if problem.line <= len(lines):
            yield from _excerpt(lines[problem.line - 1], problem)
    counts = {level: sum(problem.level is level for problem in problems) for level in Level}
    told = [f"{count} {level}{'' if count == 1 else 's'}" for level, count in counts.items() if count]
    yield f"{source.name}: {', '.join(told) or 'nothing wrong found'}"


def _excerpt(line: str, problem: Problem) -> Iterator[str]:
    """The line around the place, and a caret under it. Controls are shown as dots, not obeyed."""
    start = max(0, problem.column - 1 - EXCERPT // 2) if len(line) > EXCERPT else 0
    shown = "".join(
        c if c.isprintable() else " " if c == "\t" else "." for c in line[start : start + EXCERPT]
    )
    number = f"{problem.line:>5}"
    yield f"{number} | {shown}"
    yield f"{' ' * len(number)} | {' ' * (problem.column - 1 - start)}^"


def _report_fetch(error: WebhookError, where: str, *, as_json: bool) -> None:
    """An application that gave no document: an error of its own, which stands nowhere in a document."""
    message = error.message
    if error.status in (401, 403):
        message += " (if it checks signatures, give the account's --auth-token)"
    if as_json:
        record = {"line": None, "column": None, "code": error.code, "level": "error", "message": message}
        print(json.dumps([record], indent=2, ensure_ascii=False))
    else:
        print(f"{error.url or where}: error {error.code}: {message}")
