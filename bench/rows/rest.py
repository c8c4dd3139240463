"""Row `rest`: what a request to the API costs, beside a bare route of the same HTTP server.

Requests per second are those of a whole core: on the clock the driver may be the slower one, which the remark
shows.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.request import Request, urlopen

from bench.node import ACCOUNT_SID, AUTH_TOKEN, DOMAIN, Node, running_node
from bench.process import DRIVER_CORE, SERVER_CORE, Program, python, run, running
from bench.row import BenchError, Figures, Measure, Row, Sides
from bench.sipp import place_calls, require_sipp

CONNECTIONS: Final = 8
SECONDS: Final = 3
WARM_UP_S: Final = 1
AUTHORIZATION: Final = f"Basic {b64encode(f'{ACCOUNT_SID}:{AUTH_TOKEN}'.encode()).decode()}"
CALLS_PATH: Final = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls"


@contextmanager
def _open() -> Iterator[Sides]:
    """A node with one call in its store, and the bare route."""
    require_sipp()
    with (
        running(DRIVER_CORE, python("web_application")) as application,
        running(SERVER_CORE, python("bare_route")) as bare,
        running_node(f"http://127.0.0.1:{int(application.line())}/voice") as node,
    ):
        place_calls(node.sip_port, DOMAIN, rate=1, count=1)
        path = f"{CALLS_PATH}/{_call_sid(node)}.json"
        bare_port = int(bare.line())
        _figures(node.program, node.http_port, path, WARM_UP_S)
        _figures(bare, bare_port, "/call", WARM_UP_S)
        yield Sides(
            lambda: _figures(node.program, node.http_port, path, SECONDS),
            lambda: _figures(bare, bare_port, "/call", SECONDS),
        )


def _call_sid(node: Node) -> str:
    url = f"http://127.0.0.1:{node.http_port}{CALLS_PATH}.json"
    with urlopen(Request(url, headers={"Authorization": AUTHORIZATION}), timeout=10) as answer:
        sid: str = json.load(answer)["calls"][0]["sid"]
        return sid


def _figures(server: Program, port: int, path: str, seconds: int) -> Figures:
    before_s = server.cpu_s()
    command = python("http_callers", str(port), path, AUTHORIZATION, str(CONNECTIONS), str(seconds))
    counted: dict[str, Any] = json.loads(run(DRIVER_CORE, command))
    used_s = server.cpu_s() - before_s
    if counted["others"] or not counted["answers"]:
        raise BenchError(f"GET {path}: {counted['others']} answers were no 200, {counted['answers']} were")
    per_second = counted["answers"] / counted["seconds"]
    return Figures(
        (used_s / counted["answers"] * 1e6, counted["answers"] / used_s),
        f"{per_second:.0f} requests/s on the clock, core {used_s / counted['seconds']:.0%} busy",
    )


REST: Final = Row(
    name="rest",
    subject=f"GET of one call, {CONNECTIONS} connections",
    limit="bare Starlette route on the same HttpServer",
    measures=(
        Measure("CPU per request", "µs"),
        Measure("requests per CPU second (more is better)", "/s"),
    ),
    open=_open,
)
"""GET of one call through the API."""
