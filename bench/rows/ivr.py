"""Row `ivr`: what a caller costs who hears a prompt of two seconds to its end and hangs up.

The same call as in row `call`, but the application has a file played; the node has it in memory, as after
its first caller. Beside it the same bare parts, apart and joined, and what the prompt's packets cost bare
legs in C that send them. The packets are counted where they are heard; the node sends silence behind the
prompt until the BYE comes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.c_program import c_program
from bench.call_parts import bare_parts, per_call_us
from bench.node import DOMAIN, Node, running_node
from bench.process import DRIVER_CORE, SERVER_CORE, Program, python, running
from bench.row import BenchError, Figures, Measure, Row, Sides, Target
from bench.sipp import place_calls, require_sipp

RATE: Final = 100
"""Calls a second, as in row `call`; so some two hundred hear the prompt at one time."""
CALLS: Final = 300
WARM_UP_CALLS: Final = 50
HOLD_MS: Final = 2_100
"""The prompt, and what a caller takes to hang up."""
PACKETS: Final = 100
"""Of the prompt: 20 ms each."""
LEAST_HEARD: Final = 0.98
SENDING_S: Final = 2.0


@contextmanager
def _open() -> Iterator[Sides]:
    """Both servers, the application and who hears, up for all rounds."""
    require_sipp()
    with (
        running(DRIVER_CORE, python("web_application")) as application,
        running(DRIVER_CORE, python("rtp_sink")) as sink,
        running(SERVER_CORE, python("bare_user_agent")) as bare,
    ):
        prompt_url = f"http://127.0.0.1:{int(application.line())}/prompt"
        audio_port, bare_port = int(sink.line()), int(bare.line())
        with (
            running(SERVER_CORE, python("bare_switch", prompt_url)) as switch,
            running_node(prompt_url) as node,
        ):
            switch_port = int(switch.line())
            for port, hold_ms in ((node.sip_port, HOLD_MS), (bare_port, 0), (switch_port, 0)):
                place_calls(port, DOMAIN, rate=RATE, count=WARM_UP_CALLS, hold_ms=hold_ms)

            def limit() -> Figures:
                parts = bare_parts(bare, bare_port, prompt_url, rate=RATE, count=CALLS)
                joined_us = per_call_us(switch, switch_port, rate=RATE, count=CALLS)
                packet_us = _packet_us(sink, audio_port)
                prompt_us = PACKETS * packet_us
                words = f"{parts.words} + {PACKETS} x {packet_us:.1f} µs"
                return Figures((parts.sum_us + prompt_us, joined_us + prompt_us), words)

            yield Sides(lambda: _node(node, sink, audio_port), limit)


def _node(node: Node, sink: Program, audio_port: int) -> Figures:
    heard_before, before_s = _heard(sink), node.program.cpu_s()
    place_calls(node.sip_port, DOMAIN, rate=RATE, count=CALLS, hold_ms=HOLD_MS, audio_port=audio_port)
    used_us = (node.program.cpu_s() - before_s) / CALLS * 1e6
    heard = (_heard(sink) - heard_before) / CALLS
    if heard < LEAST_HEARD * PACKETS:
        raise BenchError(f"callers heard {heard:.1f} packets of the prompt's {PACKETS}")
    return Figures((used_us, used_us), f"{heard:.0f} packets heard a call")


def _packet_us(sink: Program, audio_port: int) -> float:
    """CPU of bare legs for one packet, as many of them sending as callers hear the node at one time."""
    legs = round(RATE * HOLD_MS / 1000)
    with running(SERVER_CORE, [c_program("bare_legs"), str(legs), str(audio_port)]) as server:
        server.line()
        heard_before, before_s = _heard(sink), server.cpu_s()
        time.sleep(SENDING_S)
        heard, used_s = _heard(sink) - heard_before, server.cpu_s() - before_s
    if heard < LEAST_HEARD * legs * SENDING_S * 50:
        raise BenchError(f"{heard} packets of {legs} bare legs came in {SENDING_S:g} s")
    return used_s / heard * 1e6


def _heard(sink: Program) -> int:
    sink.tell("")
    return int(sink.line())


IVR: Final = Row(
    name="ivr",
    subject=f"INVITE, webhook, 200, a prompt of 2 s, record, BYE at {RATE} calls/s",
    limit="the bare parts of row call, their sum and joined, and bare legs in C that send the prompt",
    measures=(
        Measure("CPU per call, beside the sum of its parts", "µs", Target(times=3.5)),
        Measure("CPU per call, beside its parts joined", "µs", Target(times=3.5)),
    ),
    open=_open,
)
"""CPU of the node for one call that hears a prompt to its end, beside both."""
