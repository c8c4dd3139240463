"""Rows `conference…`: what a leg of a conference costs, all talking.

Beside the bare parts of it, measured in the same run: a packet that comes and one that leaves by a bare relay
in C, and the mix without any network. And a room of 250 beside rooms of ten: what is shared must not grow.
Last, 250 calls by SIP to a whole node, which all talk in one conference: its lateness and what is missing are
beside those of as many bare legs.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from bench import legs
from bench.c_program import c_program
from bench.legs import LegsRun, calls_run, rooms_run
from bench.node import Node, running_node
from bench.process import DRIVER_CORE, SERVER_CORE, python, run, running
from bench.relays import SECONDS, bare_run
from bench.row import Figures, Measure, Row, Sides, Target

LEGS: Final = 100
LARGEST: Final = 250
SIZE: Final = 10
"""Of the rooms that others are compared with."""
TIMES_THE_PARTS: Final = 1.8
TIMES_A_SMALL_ROOM: Final = 1.15
RATE: Final = 100
"""Calls a second until all are up."""
CALLS_S: Final = 4
"""How long they talk; the first second is not counted."""
LATE_MS: Final = 1.0


def _beside_the_parts(size: int) -> Callable[[], AbstractContextManager[Sides]]:
    """Every round starts its own programs."""

    @contextmanager
    def opened() -> Iterator[Sides]:
        yield Sides(lambda: _figures(rooms_run(LEGS, size)), lambda: _parts(size))

    return opened


@contextmanager
def _beside_small_rooms() -> Iterator[Sides]:
    yield Sides(lambda: _figures(rooms_run(LARGEST, LARGEST)), lambda: _figures(rooms_run(LARGEST, SIZE)))


def _figures(run_: LegsRun) -> Figures:
    words = f"core {run_.busy:.0%} busy, {run_.missing} packets missing, {run_.engine}"
    return Figures((run_.cpu_us_per_packet,), words)


def _parts(size: int) -> Figures:
    """What a packet each way and the mix cost at least."""
    sum_us, words = _bare_parts(size)
    return Figures((sum_us,), words)


def _bare_parts(size: int, seconds: int = SECONDS) -> tuple[float, str]:
    packet_us = bare_run(seconds).cpu_us_per_packet
    mix_us = float(run(SERVER_CORE, [c_program("mix_limit"), str(size)])) / 1000
    return packet_us + mix_us, f"{packet_us:.2f} µs relayed + {mix_us:.2f} µs mixed"


@contextmanager
def _calls() -> Iterator[Sides]:
    """The application and the node, up for all rounds."""
    with (
        running(DRIVER_CORE, python("web_application")) as application,
        running_node(f"http://127.0.0.1:{int(application.line())}/conference") as node,
    ):
        yield Sides(lambda: _calls_figures(node), _bare_calls)


def _calls_figures(node: Node) -> Figures:
    run_ = calls_run(node, LARGEST, RATE, CALLS_S)
    busy = f"node's core {run_.busy:.0%} busy, callers' {run_.callers_busy:.0%}"
    words = f"{busy}, p99.9 {run_.late_p999_ms:.2f} ms"
    return Figures((run_.cpu_us_per_packet, run_.late_p99_ms, run_.missing), words)


def _bare_calls() -> Figures:
    sum_us, words = _bare_parts(LARGEST, CALLS_S)
    bare = legs.bare_run(LARGEST, CALLS_S, goes_first=False)
    return Figures((sum_us, bare.late_p99_ms, bare.missing), f"{words}, p99.9 {bare.late_p999_ms:.2f} ms")


def _row(name: str, size: int, rooms: str) -> Row:
    return Row(
        name=name,
        subject=f"media core with {LEGS} legs in {rooms}, all talking",
        limit="a packet through a bare relay in C, and the bare mix",
        measures=(Measure("CPU per leg and 20 ms", "µs", Target(times=TIMES_THE_PARTS)),),
        open=_beside_the_parts(size),
    )


CONFERENCE: Final = _row("conference", SIZE, "ten rooms of ten")
CONFERENCE_100: Final = _row("conference-100", LEGS, "one room")
CONFERENCE_250: Final = Row(
    name="conference-250",
    subject=f"media core with one room of {LARGEST}, all talking",
    limit=f"the same legs in rooms of {SIZE}",
    measures=(Measure("CPU per leg and 20 ms", "µs", Target(times=TIMES_A_SMALL_ROOM)),),
    open=_beside_small_rooms,
)
CONFERENCE_CALLS: Final = Row(
    name="conference-calls",
    subject=f"a node with {LARGEST} calls by SIP in one conference, all talking",
    limit="a packet through a bare relay in C, and the bare mix; bare legs for what is late or missing",
    measures=(
        Measure("CPU of the node per leg and 20 ms", "µs", Target(times=TIMES_THE_PARTS)),
        Measure("p99 of a packet's lateness", "ms", Target(plus=LATE_MS)),
        Measure("packets missing", "", Target()),
    ),
    open=_calls,
)
