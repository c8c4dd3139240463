"""Row `call`: what a whole call costs the node, from INVITE to its closed record.

SIPp calls `offhook serve`, the node asks the application for TwiML, answers with Gather and Say, SIPp hangs
up at once. Beside it the sum of what no such node can do without, each part bare and measured in the same
round: a user agent of one split and one dict under the same SIPp, the webhook by aiohttp, the document by
ElementTree, the record in SQLite.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.call_parts import bare_parts
from bench.node import DOMAIN, Node, running_node
from bench.process import DRIVER_CORE, SERVER_CORE, Program, python, running
from bench.row import Figures, Measure, Row, Sides, Target
from bench.sipp import place_calls, require_sipp

RATE: Final = 100
"""Calls a second: the node's core is busy, and has room."""
CALLS: Final = 400
WARM_UP_CALLS: Final = 100
PATIENT_CALLER_MS: Final = 5_000
"""The first caller hears the prompt to its end, so that it is synthesised once and then cached."""


@contextmanager
def _open() -> Iterator[Sides]:
    """Both servers and the application, up for all rounds."""
    require_sipp()
    with (
        running(DRIVER_CORE, python("web_application")) as application,
        running(SERVER_CORE, python("bare_user_agent")) as bare,
    ):
        voice_url = f"http://127.0.0.1:{int(application.line())}/voice"
        bare_port = int(bare.line())
        with running_node(voice_url) as node:
            place_calls(node.sip_port, DOMAIN, rate=1, count=1, hold_ms=PATIENT_CALLER_MS)
            place_calls(node.sip_port, DOMAIN, rate=RATE // 2, count=WARM_UP_CALLS)
            place_calls(bare_port, DOMAIN, rate=RATE, count=WARM_UP_CALLS)
            yield Sides(lambda: _node(node), lambda: _bare_parts(bare, bare_port, voice_url))


def _node(node: Node) -> Figures:
    before_s = node.program.cpu_s()
    made = place_calls(node.sip_port, DOMAIN, rate=RATE, count=CALLS)
    per_call_us = (node.program.cpu_s() - before_s) / CALLS * 1e6
    busy = per_call_us * RATE / 1e6
    return Figures((per_call_us,), f"core {busy:.0%} busy, {made.retransmissions} retransmissions")


def _bare_parts(bare: Program, bare_port: int, voice_url: str) -> Figures:
    parts = bare_parts(bare, bare_port, voice_url, rate=RATE, count=CALLS)
    return Figures((parts.sum_us,), parts.words)


CALL: Final = Row(
    name="call",
    subject=f"INVITE, webhook, 200, record, BYE at {RATE} calls/s",
    limit="sum of bare parts: user agent, webhook, TwiML, SQLite",
    measures=(Measure("CPU per call", "µs", Target(times=4.5)),),
    open=_open,
)
"""CPU of the node for one call with one webhook and its record."""
