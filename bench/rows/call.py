"""Row `call`: what a whole call costs the node, from INVITE to its closed record.

SIPp calls `offhook serve`, the node asks the application for TwiML, answers with Gather and Say, SIPp hangs
up at once. Beside it what no such node can do without, in two ways. The sum of its parts, each bare and
measured in the same round: a user agent of one split and one dict under the same SIPp; the webhook by
aiohttp, the document by ElementTree and the record in SQLite, thousands of each in a row. And the same parts
joined in one program under the same calls: between two of them the processor has forgotten its code and data,
as it has the node's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.call_parts import bare_parts, per_call_us
from bench.node import DOMAIN, Node, running_node
from bench.process import DRIVER_CORE, SERVER_CORE, python, running
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
        with (
            running(SERVER_CORE, python("bare_switch", voice_url)) as switch,
            running_node(voice_url) as node,
        ):
            switch_port = int(switch.line())
            place_calls(node.sip_port, DOMAIN, rate=1, count=1, hold_ms=PATIENT_CALLER_MS)
            place_calls(node.sip_port, DOMAIN, rate=RATE // 2, count=WARM_UP_CALLS)
            for port in (bare_port, switch_port):
                place_calls(port, DOMAIN, rate=RATE, count=WARM_UP_CALLS)

            def limit() -> Figures:
                parts = bare_parts(bare, bare_port, voice_url, rate=RATE, count=CALLS)
                joined_us = per_call_us(switch, switch_port, rate=RATE, count=CALLS)
                return Figures((parts.sum_us, joined_us), parts.words)

            yield Sides(lambda: _node(node), limit)


def _node(node: Node) -> Figures:
    used_us = per_call_us(node.program, node.sip_port, rate=RATE, count=CALLS)
    return Figures((used_us, used_us), f"core {used_us * RATE / 1e6:.0%} busy")


CALL: Final = Row(
    name="call",
    subject=f"INVITE, webhook, 200, record, BYE at {RATE} calls/s",
    limit="bare user agent, webhook, TwiML, SQLite: the sum of each by itself; joined in one program",
    measures=(
        Measure("CPU per call, beside the sum of its parts", "µs", Target(times=4.5)),
        Measure("CPU per call, beside its parts joined", "µs", Target(times=4.5)),
    ),
    open=_open,
)
"""CPU of the node for one call with one webhook and its record, beside both."""
