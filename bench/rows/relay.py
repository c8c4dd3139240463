"""Rows `relay` and `relay-peer`: what a bridged call costs, beside the bare minimum and beside rtpengine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.relays import CALLS, RelayRun, bare_run, media_core_run, rtpengine_run
from bench.row import Figures, Measure, Row, Sides, Target
from bench.system_packages import require_bench_packages

KIB_PER_CALL: Final = 32
GROWTH_PERCENT: Final = 2


@contextmanager
def _open() -> Iterator[Sides]:
    """Every round starts its own relays."""
    yield Sides(lambda: _figures(media_core_run()), lambda: _figures(bare_run()))


@contextmanager
def _open_peer() -> Iterator[Sides]:
    """Every round starts its own relays."""
    require_bench_packages()
    yield Sides(lambda: _peer_figures(media_core_run()), lambda: _peer_figures(rtpengine_run()))


def _figures(run: RelayRun) -> Figures:
    values = (run.cpu_us_per_packet, run.delay_p99_ms, run.memory_kib_per_call, run.grown_percent)
    return Figures(values, _remark(run))


def _peer_figures(run: RelayRun) -> Figures:
    return Figures((run.cpu_us_per_packet, run.delay_p99_ms, run.memory_kib_per_call), _remark(run))


def _remark(run: RelayRun) -> str:
    counted = f", engine: {run.engine}" if run.engine else ""
    return f"core {run.busy:.0%} busy, {run.lost} packets lost or under way{counted}"


RELAY: Final = Row(
    name="relay",
    subject=f"media core with {CALLS} bridged calls",
    limit="bare relay in C: a socket for each leg, epoll, recv + sendto",
    measures=(
        Measure("CPU per packet relayed", "µs", Target(times=1.4)),
        Measure("p99 of a packet's delay", "ms", Target(plus=2)),
        Measure("memory per call", "KiB", Target(times=0, plus=KIB_PER_CALL)),
        Measure("growth by a second run", "%", Target(times=0, plus=GROWTH_PERCENT)),
    ),
    open=_open,
)
"""A packet of 20 ms from one caller to the other, each way, and the memory of a call."""

RELAY_PEER: Final = Row(
    name="relay-peer",
    subject=f"media core with {CALLS} bridged calls",
    limit="rtpengine in userspace, one worker",
    measures=(
        Measure("CPU per packet relayed", "µs", Target(times=0.6)),
        Measure("p99 of a packet's delay", "ms"),
        Measure("memory per call", "KiB"),
    ),
    open=_open_peer,
)
"""The same beside what others use for it."""
