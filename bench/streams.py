"""Media Streams against a server that says everything again: ours behind real RTP, or the messages alone.

Used by the row `streams`. The server and the callers are on the drivers' core. All of them go before what is
not of real time, where the system lets them: a delay is asked for, and on a machine that does something else
besides most of it is how long the scheduler keeps a program waiting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from bench.c_program import c_program
from bench.process import DRIVER_CORE, GOES_FIRST, SERVER_CORE, Program, python, running, stolen_cpu_s
from bench.row import BenchError

STREAMS: Final = 40
"""The server, in Python as well, is far from full with them."""
SECONDS: Final = 7
"""How long they talk; the first two seconds are not counted."""

_first = partial(running, goes_first=True)


@dataclass(frozen=True, slots=True)
class StreamsRun:
    """One run."""

    cpu_us_per_frame: float
    """CPU of a frame to the server and one back."""
    delay_p99_ms: float
    """From the caller's packet, or the sender's message, until the server has it."""
    memory_kib_per_stream: float
    """Behind the first second; 0 where it was not measured."""
    clear_max_ms: float
    """From `clear` to the first frame of silence."""
    streams_per_core: float
    remark: str


def media_core_run() -> StreamsRun:
    """Ours. Raises: BenchError."""
    with _first(DRIVER_CORE, python("stream_server")) as server:
        idle_kib = _idle_kib(server.line())
    with (
        _first(DRIVER_CORE, python("stream_server")) as server,
        _first(DRIVER_CORE, [c_program("rtp_callers"), str(STREAMS), str(SECONDS)]) as callers,
    ):
        ports = callers.line().split()
        with _first(SERVER_CORE, python("media_streams", str(STREAMS), server.line(), *ports)) as ours:
            callers.tell(ours.line())
            run = _measure(server, ours, callers.line)
            memory_kib = (ours.memory_kib() - idle_kib) / STREAMS
            ours.tell("over")
            said: dict[str, float] = ours.answer()
    if said["dropped"]:
        raise BenchError(f"{said['dropped']:g} frames were dropped")
    remark = f"{run.remark}, {said['clears']:g} clears, {said['underruns']:g} underruns"
    return StreamsRun(
        run.cpu_us_per_frame,
        run.delay_p99_ms,
        memory_kib,
        said["clear_max_ms"],
        run.streams_per_core,
        remark,
    )


def bare_run() -> StreamsRun:
    """The same messages by the same library, and no audio. Raises: BenchError."""
    with (
        _first(DRIVER_CORE, python("stream_server")) as server,
        _first(SERVER_CORE, python("bare_streams", str(STREAMS), server.line())) as bare,
        _first(DRIVER_CORE, [c_program("rtp_callers"), "1", str(SECONDS)]) as clock,
    ):
        clock.line()
        bare.line()
        clock.tell("9")  # nobody hears that one: it is there to give the seconds
        return _measure(server, bare, clock.line)


def _idle_kib(server_port: str) -> float:
    with running(SERVER_CORE, python("media_streams", "0", server_port, "9")) as idle:
        idle.line()
        return idle.memory_kib()


def _measure(server: Program, side: Program, second: Callable[[], str]) -> StreamsRun:
    second()
    second()
    _ask(server)
    start_s, stolen_s = side.cpu_s(), stolen_cpu_s()
    for _ in range(SECONDS - 3):
        second()
    cpu_s, said = side.cpu_s() - start_s, _ask(server)
    measured_s = SECONDS - 3
    if said["delay_p99_us"] is None or said["frames"] < 0.9 * STREAMS * 50 * measured_s:
        raise BenchError(f"the server got {said['frames']} frames, of {STREAMS * 50 * measured_s}")
    return StreamsRun(
        cpu_us_per_frame=cpu_s / said["frames"] * 1e6,
        delay_p99_ms=said["delay_p99_us"] / 1000,
        memory_kib_per_stream=0.0,
        clear_max_ms=0.0,
        streams_per_core=STREAMS / (cpu_s / measured_s),
        remark=f"core {cpu_s / measured_s:.0%} busy, median delay {said['delay_p50_us'] / 1000:.2f} ms, "
        f"{(stolen_cpu_s() - stolen_s) * 1000:.0f} ms taken by the machine's host"
        + ("" if GOES_FIRST else ", without real-time priority: what else ran is in the delays"),
    )


def _ask(server: Program) -> dict[str, Any]:
    server.tell("report")
    said: dict[str, Any] = server.answer()
    return said
