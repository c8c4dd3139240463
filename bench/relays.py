"""Bridged calls through a relay: the media core, the bare minimum of one, or rtpengine, under the same RTP.

Used by the rows `relay`, `relay-peer` and `relay-srtp…`, and beside conferences. All go before what is not
of real time, where the system lets them.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Final

from bench.c_program import c_program
from bench.ng import Suites
from bench.process import DRIVER_CORE, SERVER_CORE, Program, python, running
from bench.row import BenchError
from bench.rtpengine import running_rtpengine

SECONDS: Final = 7
"""How long the callers talk; the first second is not counted."""
SHARE_LOST_MAX: Final = 0.01
"""A relay that loses more than this is not measured: what it lost cost it little."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the callers do."""

    calls: int = 400
    suites: Suites = (None, None)
    """What each caller's side of a call is protected with; None is plain RTP."""

    @property
    def legs(self) -> int:
        """Two for each call."""
        return 2 * self.calls

    def callers(self, seconds: int = SECONDS) -> AbstractContextManager[Program]:
        """Start them, to talk for so long."""
        is_plain = self.suites == (None, None)
        program = c_program("rtp_callers") if is_plain else c_program("srtp_callers", "crypto")
        return running(DRIVER_CORE, [program, str(self.legs), str(seconds)], goes_first=True)


PLAIN: Final = Load()


@dataclass(frozen=True, slots=True)
class RelayRun:
    """One run of callers through a relay."""

    cpu_us_per_packet: float
    """CPU of the relay for each packet that came through."""
    busy: float
    """Share of the relay's core."""
    delay_p99_ms: float
    """From the moment that a caller sent a packet until the relay sent it on, by the caller's kernel."""
    lost: int
    """Packets of the counted seconds that did not come through by their end, those under way included."""
    memory_kib_per_call: float = 0.0
    """What the relay grew by from before the calls until their end."""
    grown_percent: float = 0.0
    """By how much it was larger after a second run of the same calls."""
    engine: str = ""
    """The engine's own counters, in words."""


def media_core_run(load: Load = PLAIN) -> RelayRun:
    """Twice the same calls through the media core; CPU and delay are those of the first time.

    Raises: BenchError.
    """
    suites = (suite or "-" for suite in load.suites)
    with running(SERVER_CORE, python("media_bridges", str(load.calls), *suites), goes_first=True) as relay:
        relay.line()
        before_kib = relay.memory_kib()
        run = _opened_run(load, relay)
        once_kib = relay.memory_kib()
        engine = _counters(relay)
        relay.tell("close")
        relay.line()
        _opened_run(load, relay)
        twice_kib = relay.memory_kib()
    return replace(
        run,
        memory_kib_per_call=(once_kib - before_kib) / load.calls,
        grown_percent=(twice_kib / once_kib - 1) * 100,
        engine=engine,
    )


def bare_run(seconds: int = SECONDS) -> RelayRun:
    """The bare relay, which has all its memory from the start. Raises: BenchError."""
    with PLAIN.callers(seconds) as callers:
        ports = callers.line().split()
        with running(
            SERVER_CORE, [c_program("bare_relay"), str(PLAIN.legs), *ports], goes_first=True
        ) as relay:
            return _run(callers, relay, relay.line(), seconds)


def rtpengine_run(load: Load = PLAIN) -> RelayRun:
    """The same calls through rtpengine. Raises: BenchError."""
    with load.callers() as callers:
        caller_ports = [int(port) for port in callers.line().split()]
        with running_rtpengine() as (relay, control):
            before_kib = relay.memory_kib()
            calls = (control.call(number, caller_ports, load.suites) for number in range(load.calls))
            run = _run(callers, relay, " ".join(leg for call in calls for leg in call))
            grown_kib = relay.memory_kib() - before_kib
    return replace(run, memory_kib_per_call=grown_kib / load.calls)


def _opened_run(load: Load, relay: Program) -> RelayRun:
    """Open the calls of the media core and let their callers talk."""
    with load.callers() as callers:
        relay.tell(f"open {callers.line()}")
        return _run(callers, relay, relay.line())


def _run(callers: Program, relay: Program, legs: str, seconds: int = SECONDS) -> RelayRun:
    """Let the callers talk through these legs."""
    callers.tell(legs)
    marks = [_mark(callers, relay) for _ in range(seconds - 1)]
    end: dict[str, Any] = callers.answer()
    if end["silent_legs"]:
        raise BenchError(f"{end['silent_legs']} legs were silent")
    if end["unread"]:
        raise BenchError(f"{end['unread']} packets were not protected with the keys of their legs")
    (cpu_start_s, sent_start, heard_start), (cpu_end_s, sent_end, heard_end) = marks[0], marks[-1]
    cpu_s, heard, sent = cpu_end_s - cpu_start_s, heard_end - heard_start, sent_end - sent_start
    if heard < (1 - SHARE_LOST_MAX) * sent:
        raise BenchError(f"{sent - heard} of {sent} packets did not come through: is the machine quiet?")
    return RelayRun(
        cpu_us_per_packet=cpu_s / heard * 1e6,
        busy=cpu_s / (len(marks) - 1),
        delay_p99_ms=end["delay_p99_us"] / 1000,
        lost=sent - heard,
    )


def _mark(callers: Program, relay: Program) -> tuple[float, int, int]:
    """CPU seconds of the relay, packets sent and heard, as of the callers' next second."""
    sent, received = callers.line().split()
    return relay.cpu_s(), int(sent), int(received)


def _counters(relay: Program) -> str:
    relay.tell("counters")
    said: dict[str, int] = relay.answer()
    return f"{said['ticks']} ticks, {said['sends_failed']} sends failed"
