"""Row `memory`: what a call that is up takes of the node's memory, from its signalling to its record.

Callers hear a prompt and are held in a Gather; the memory is read when the last of them has been up for a
while. Each round has a node of its own: one that has had as many calls before has the room already. The bare
user agent beside it keeps nothing of a call.
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
RATE: Final = 100
WARM_UP_CALLS: Final = 20
SETTLE_S: Final = 3.0
"""From the last INVITE on: the prompt has been heard."""
HOLD_MS: Final = 12_000
"""Longer than all calls need to come up and to settle."""
KIB_PER_LEG: Final = 95

Server = tuple[Program, int]
"""What is measured, and its SIP port."""


@contextmanager
def _open() -> Iterator[Sides]:
    """The application; every round starts its own servers."""
    require_sipp()
    with running(DRIVER_CORE, python("web_application")) as application:
        hold_url = f"http://127.0.0.1:{int(application.line())}/hold"
        yield Sides(lambda: _figures(lambda: _node(hold_url)), lambda: _figures(_bare))


@contextmanager
def _node(hold_url: str) -> Iterator[Server]:
    with running_node(hold_url) as node:
        yield node.program, node.sip_port


@contextmanager
def _bare() -> Iterator[Server]:
    with running(SERVER_CORE, python("bare_user_agent")) as bare:
        yield bare, int(bare.line())


def _figures(serving: Callable[[], AbstractContextManager[Server]]) -> Figures:
    with serving() as (program, port):
        place_calls(port, DOMAIN, rate=RATE, count=WARM_UP_CALLS)
        before_kib = program.memory_kib()
        held_kib = _with_calls_up(program, port) - before_kib
    return Figures((held_kib / CALLS,), f"{before_kib / 1024:.0f} MiB without calls")


def _with_calls_up(program: Program, port: int) -> float:
    """Memory while every call is up."""
    with ThreadPoolExecutor(1) as sipp:
        calls = sipp.submit(place_calls, port, DOMAIN, rate=RATE, count=CALLS, hold_ms=HOLD_MS)
        time.sleep(CALLS / RATE + SETTLE_S)
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
    open=_open,
)
"""Memory of the node for one leg that is up."""
