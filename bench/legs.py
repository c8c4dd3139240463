"""Callers against legs: the media core, or the bare minimum of one, under the same RTP.

Used by the rows `play`, `tick` and `conference…`. The servers take the callers' ports, print their own, and
play, or mix what the callers say; of a node's calls, the ports stand in its answers. All but a node go before
what is not of real time, where the system lets them: what else runs would be in the figures.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bench.c_program import c_program
from bench.node import DOMAIN, Node
from bench.process import DRIVER_CORE, SERVER_CORE, Program, python, running
from bench.row import BenchError

LEGS: Final = 200
"""What the row `play` has; enough for a figure of each packet, and far from the knee."""
SECONDS: Final = 7
"""How long the callers talk; the first second is not counted."""


@dataclass(frozen=True, slots=True)
class LegsRun:
    """One run of callers against legs."""

    cpu_us_per_packet: float
    """CPU of the server for each packet that a caller heard."""
    busy: float
    """Share of the server's core."""
    late_p99_ms: float
    """How late a packet left, by the caller's kernel."""
    late_p999_ms: float
    missing: int
    """Packets that a leg did not send in its time, over all legs."""
    callers_busy: float
    """Share of the callers' core, over the whole run: near 1 they carry no more."""
    engine: str = ""
    """The engine's own counters, in words; empty for the bare legs."""


def media_core_run(count: int = LEGS) -> LegsRun:
    """The media core plays to so many legs. Raises: BenchError."""
    return _run(count, python("media_legs", str(count)), has_counters=True)


def rooms_run(count: int, size: int) -> LegsRun:
    """The media core mixes so many legs in rooms of one size. Raises: BenchError."""
    return _run(count, python("media_rooms", str(count), str(size)), has_counters=True)


def bare_run(count: int = LEGS, seconds: int = SECONDS, *, goes_first: bool = True) -> LegsRun:
    """The bare legs play. Raises: BenchError."""
    command: list[str | Path] = [c_program("bare_legs"), str(count)]
    return _run(count, command, has_counters=False, seconds=seconds, goes_first=goes_first)


def calls_run(node: Node, count: int, rate: int, seconds: int) -> LegsRun:
    """So many calls by SIP to the node, `rate` a second; CPU is the whole node's. Raises: BenchError."""
    with _callers(count, seconds) as callers:
        ports = callers.line().split()
        command = python("sip_participants", str(node.sip_port), DOMAIN, str(rate), str(count), *ports)
        with running(DRIVER_CORE, command) as phones:
            callers.tell(phones.line())
            run = _measured(count, seconds, callers, node.program)
            phones.tell("over")
            lost = phones.answer()["lost"]
    if lost:
        raise BenchError(f"the node ended {lost} of {count} calls")
    return run


def _run(
    count: int,
    server: Sequence[str | Path],
    *,
    has_counters: bool,
    seconds: int = SECONDS,
    goes_first: bool = True,
) -> LegsRun:
    with _callers(count, seconds) as callers:
        ports = callers.line().split()
        with running(SERVER_CORE, [*server, *ports], goes_first=goes_first) as legs:
            callers.tell(legs.line())
            run = _measured(count, seconds, callers, legs)
            return replace(run, engine=_counters(legs)) if has_counters else run


def _callers(count: int, seconds: int) -> AbstractContextManager[Program]:
    return running(DRIVER_CORE, [c_program("rtp_callers"), str(count), str(seconds)], goes_first=True)


def _measured(count: int, seconds: int, callers: Program, server: Program) -> LegsRun:
    """From the first second to the last one of callers who have begun."""
    marks = [_mark(callers, server) for _ in range(seconds - 1)]
    callers_cpu_s = callers.cpu_s()
    end: dict[str, Any] = callers.answer()
    if end["silent_legs"]:
        raise BenchError(f"{end['silent_legs']} of {count} legs were silent")
    (cpu_start_s, heard_start), (cpu_end_s, heard_end) = marks[0], marks[-1]
    cpu_s, heard = cpu_end_s - cpu_start_s, heard_end - heard_start
    return LegsRun(
        cpu_us_per_packet=cpu_s / heard * 1e6,
        busy=cpu_s / (len(marks) - 1),
        late_p99_ms=end["late_p99_us"] / 1000,
        late_p999_ms=end["late_p999_us"] / 1000,
        missing=end["missing"],
        callers_busy=callers_cpu_s / (seconds - 1),
    )


def _mark(callers: Program, legs: Program) -> tuple[float, int]:
    """CPU seconds of the server and packets heard, as of the callers' next second."""
    _, received = callers.line().split()
    return legs.cpu_s(), int(received)


def _counters(legs: Program) -> str:
    legs.tell("counters")
    said: dict[str, int] = legs.answer()
    return (
        f"engine: {said['ticks']} ticks, {said['ticks_skipped']} skipped, "
        f"{said['sends_failed']} sends failed, worst {said['lateness_max_us'] / 1000:.1f} ms since its start"
    )
