"""Row `call`: what a whole call costs the node, from INVITE to its closed record.

SIPp calls `offhook serve`, the node asks the application for TwiML, answers with Gather and Say, SIPp hangs
up at once. Beside it the sum of what no such node can do without, each part bare and measured in the same
round: a user agent of one split and one dict under the same SIPp, the webhook by aiohttp, the document by
ElementTree, the record in SQLite.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from bench.node import DOMAIN, Node, running_node
from bench.process import DRIVER_CORE, SERVER_CORE, Program, python, run, running
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
    per_call_us, retransmissions = _calls(node.program, node.sip_port)
    busy = per_call_us * RATE / 1e6
    return Figures((per_call_us,), f"core {busy:.0%} busy, {retransmissions} retransmissions")


def _bare_parts(bare: Program, bare_port: int, voice_url: str) -> Figures:
    user_agent_us, _ = _calls(bare, bare_port)
    parts: dict[str, Any] = json.loads(run(SERVER_CORE, python("bare_call_parts", voice_url)))
    webhook_us, document_us, record_us = (parts[name] for name in ("webhook_us", "document_us", "record_us"))
    return Figures(
        (user_agent_us + webhook_us + document_us + record_us,),
        f"user agent {user_agent_us:.0f} + webhook {webhook_us:.0f} + TwiML {document_us:.0f} "
        f"+ record {record_us:.0f} µs",
    )


def _calls(server: Program, port: int) -> tuple[float, int]:
    """CPU of a server for each call, in µs, and SIPp's retransmissions."""
    before_s = server.cpu_s()
    made = place_calls(port, DOMAIN, rate=RATE, count=CALLS)
    return (server.cpu_s() - before_s) / made.made * 1e6, made.retransmissions


CALL: Final = Row(
    name="call",
    subject=f"INVITE, webhook, 200, record, BYE at {RATE} calls/s",
    limit="sum of bare parts: user agent, webhook, TwiML, SQLite",
    measures=(Measure("CPU per call", "µs", Target(times=4.5)),),
    open=_open,
)
"""CPU of the node for one call with one webhook and its record."""
