"""Rows `memory` and `memory-conference`: what a call that is up takes of the node's memory, all in all.

Callers hear a prompt and are held in a Gather, or all meet in one conference, which holds no more than 250;
the memory is read when the last of them has been up for a while. Each round has a node of its own: one that
has had as many calls before has the room already. The bare user agent beside it keeps nothing of a call.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from bench.node import DOMAIN, running_node
from bench.process import DRIVER_CORE, SERVER_CORE, Program, python, running
from bench.row import BenchError, Figures, Measure, Row, Sides, Target
from bench.sipp import place_calls, require_sipp

CALLS: Final = 500
PARTICIPANTS: Final = 250
RATE: Final = 100
WARM_UP_CALLS: Final = 20
SETTLE_S: Final = 3.0
"""From the last INVITE on: the prompt has been heard."""
HOLD_MS: Final = 12_000
"""Longer than all calls need to come up and to settle."""
KIB_PER_LEG: Final = 95
KIB_PER_PARTICIPANT: Final = 100
"""0.40 times Asterisk's (reference: 241 to 267)."""

Server = tuple[Program, int]
"""What is measured, and its SIP port."""


def _opened(path: str, calls: int, warm_up: int) -> Callable[[], AbstractContextManager[Sides]]:
    """The application, which answers with `path`; every round starts its own servers."""

    @contextmanager
    def opened() -> Iterator[Sides]:
        require_sipp()
        with running(DRIVER_CORE, python("web_application")) as application:
            url = f"http://127.0.0.1:{int(application.line())}/{path}"
            yield Sides(
                lambda: _figures(lambda: _node(url), calls, warm_up), lambda: _figures(_bare, calls, warm_up)
            )

    return opened


@contextmanager
def _node(url: str) -> Iterator[Server]:
    with running_node(url) as node:
        yield node.program, node.sip_port


@contextmanager
def _bare() -> Iterator[Server]:
    with running(SERVER_CORE, python("bare_user_agent")) as bare:
        yield bare, int(bare.line())


def _figures(serving: Callable[[], AbstractContextManager[Server]], calls: int, warm_up: int) -> Figures:
    with serving() as (program, port):
        place_calls(port, DOMAIN, rate=RATE, count=warm_up)
        before_kib = program.memory_kib()
        held_kib = _with_calls_up(program, port, calls) - before_kib
    return Figures((held_kib / calls,), f"{before_kib / 1024:.0f} MiB without calls")


def _with_calls_up(program: Program, port: int, count: int) -> float:
    """Memory while every call is up."""
    with ThreadPoolExecutor(1) as sipp:
        calls = sipp.submit(place_calls, port, DOMAIN, rate=RATE, count=count, hold_ms=HOLD_MS)
        time.sleep(count / RATE + SETTLE_S)
        if calls.done():
            calls.result()
            raise BenchError("the calls were over before their memory was read")
        held_kib = program.memory_kib()
        calls.result()
    return held_kib


MEMORY: Final = Row(
    name="memory",
    subject=f"{CALLS} calls held in a Gather",
    limit="bare user agent, which keeps nothing of a call",
    measures=(Measure("memory per leg", "KiB", Target(times=0, plus=KIB_PER_LEG)),),
    open=_opened("hold", CALLS, WARM_UP_CALLS),
)
"""Memory of the node for one leg that is up."""

MEMORY_CONFERENCE: Final = Row(
    name="memory-conference",
    subject=f"{PARTICIPANTS} calls in one conference",
    limit="bare user agent, which keeps nothing of a call",
    measures=(Measure("memory per participant", "KiB", Target(times=0, plus=KIB_PER_PARTICIPANT)),),
    open=_opened("conference", PARTICIPANTS, WARM_UP_CALLS),
)
"""Memory of the node for one of many who meet."""
