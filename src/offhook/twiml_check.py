"""Checks TwiML from a test of one's own, as `offhook twiml check` does from the command line.

    from offhook.twiml_check import check, check_flow

    assert check(b"<Response><Say>Hello</Say></Response>") == ()

    flow = check_flow("http://localhost:3000/voice")              # an application that runs
    flow = check_flow("/voice", answer=ask_the_test_client)       # or one that is called in this process
    assert flow.is_fine, flow.findings

Nothing of a node is needed. The applications are really run: what they do with a request, they do.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from offhook.base.clock import SystemClock
from offhook.base.ids import SystemChance, new_sid
from offhook.base.redact import Secret
from offhook.flow.call_flow import CallFlow, Finding, Kind, Request
from offhook.flow.crawl import Bounds, Crawl
from offhook.flow.guess import Inputs
from offhook.model.call import Call, CallStatus, Direction
from offhook.twiml.parser import read
from offhook.twiml.problem import Level, Problem, TwimlError
from offhook.webhook.client import AiohttpWebhookClient, CallConversation
from offhook.webhook.parameters import standard_parameters
from offhook.webhook.ports import CallRequest, WebhookError
from offhook.webhook.settings import Settings as WebhookSettings

__all__ = [
    "Answer",
    "Bounds",
    "CallFlow",
    "Finding",
    "Inputs",
    "Kind",
    "Level",
    "Problem",
    "check",
    "check_flow",
    "find_flow",
]

FROM: Final = "+15005550006"
"""Twilio's own number for tests: it belongs to nobody."""
TO: Final = "sip:twiml-check@localhost"
SECONDS: Final = 60.0
"""How long a crawl may take."""
HERE: Final = "http://localhost"
"""Where the paths of an application lie that is called in this process."""

Answer = Callable[[str, str, Mapping[str, str]], bytes | str]
"""Gives the document for a method, a URL and the parameters; what it raises is the test's to see."""


def check(document: bytes | str) -> tuple[Problem, ...]:
    """Everything that is wrong with one document, in document order; a fatal error is the only one."""
    try:
        found = read(document.encode() if isinstance(document, str) else document)
    except TwimlError as error:
        return (Problem(error.code, Level.ERROR, error.line, error.column, error.message),)
    return tuple(sorted(found.problems, key=lambda problem: (problem.line, problem.column)))


def check_flow(
    url: str,
    *,
    answer: Answer | None = None,
    method: str = "POST",
    auth_token: str | None = None,
    digits: tuple[str, ...] = (),
    speech: tuple[str, ...] = (),
    bounds: Bounds | None = None,
    seconds: float = SECONDS,
) -> CallFlow:
    """Follow an application from its first document on, with made-up inputs.

    url: of the first document; with `answer` a path will do. answer: asked in place of HTTP. auth_token:
    signs the requests. digits, speech: what is pressed and said, in place of what is made up.
    Raises: RuntimeError where an event loop runs already: use `find_flow` there.
    """
    inputs, wide = Inputs(digits, speech), bounds or Bounds()
    call = new_call()
    if answer is None:
        return asyncio.run(find_flow(Crawl(url, method, inputs, wide), call, auth_token, seconds=seconds))
    crawl = Crawl(url if "://" in url else HERE + url, method, inputs, wide)
    while (request := crawl.poll_request()) is not None:
        parameters = dict(standard_parameters(_as_of(request, call), None)) | dict(request.results)
        body = answer(request.method, request.url, parameters)
        crawl.handle_document(request, request.url, body.encode() if isinstance(body, str) else body)
    return crawl.flow()


async def find_flow(
    crawl: Crawl,
    call: Call,
    auth_token: str | None,
    *,
    seconds: float = SECONDS,
    extra_ca_file: Path | None = None,
) -> CallFlow:
    """Drive a crawl over HTTP, as a node would ask: signed, with redirects, cookies and retries.

    call: the one that is made up. auth_token: None is one that nobody knows.
    Raises: OSError when the file of CAs cannot be read.
    """
    token = Secret(auth_token or SystemChance().hex(16))
    client = AiohttpWebhookClient(WebhookSettings(allow_private=True, extra_ca_file=extra_ca_file))
    trails: dict[int, CallConversation] = {}
    ends_at = asyncio.get_running_loop().time() + seconds
    try:
        while (request := crawl.poll_request()) is not None:
            if asyncio.get_running_loop().time() > ends_at:
                crawl.stop(f"{seconds:g} s are over")
                break
            before = trails.get(request.after)
            trail = trails[request.number] = client.conversation() if before is None else before.copy()
            asked = CallRequest(
                request.url, request.method, _as_of(request, call), None, request.results, token
            )
            try:
                fetched = await trail.fetch_document(asked)
            except WebhookError as error:
                crawl.handle_failure(request, error.code, error.message)
            else:
                crawl.handle_document(request, fetched.url, fetched.twiml)
    finally:
        await client.close()
    return crawl.flow()


def new_call(account_sid: str | None = None) -> Call:
    """A call that nobody makes, for the parameters of the requests."""
    chance, now = SystemChance(), SystemClock().utc_now()
    return Call(
        sid=new_sid("CA", chance),
        account_sid=account_sid or new_sid("AC", chance),
        direction=Direction.INBOUND,
        to=TO,
        from_=FROM,
        status=CallStatus.RINGING,
        created_at=now,
        updated_at=now,
    )


def _as_of(request: Request, call: Call) -> Call:
    """The call as it is by the time of a request."""
    if not request.is_answered:
        return call
    return replace(call, status=CallStatus.IN_PROGRESS)
