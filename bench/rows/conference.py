"""Rows `conference`, `conference-100` and `conference-250`: what a leg of a conference costs, all talking.

Beside the bare parts of it, measured in the same run: a packet that comes and one that leaves by a bare relay
in C, and the mix without any network. And a room of 250 beside rooms of ten: what is shared must not grow.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from bench.c_program import c_program
from bench.legs import LegsRun, rooms_run
from bench.process import SERVER_CORE, run
from bench.relays import bare_run
from bench.row import Figures, Measure, Row, Sides, Target

LEGS: Final = 100
LARGEST: Final = 250
SIZE: Final = 10
"""Of the rooms that others are compared with."""
TIMES_THE_PARTS: Final = 1.8
TIMES_A_SMALL_ROOM: Final = 1.15


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
    packet_us = bare_run().cpu_us_per_packet
    mix_us = float(run(SERVER_CORE, [c_program("mix_limit"), str(size)])) / 1000
    return Figures((packet_us + mix_us,), f"{packet_us:.2f} µs relayed + {mix_us:.2f} µs mixed")


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
