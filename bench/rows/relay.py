"""Rows `relay`, `relay-peer`, `relay-srtp` and `relay-srtp-srtp`: what a bridged call costs.

Beside the bare minimum and beside rtpengine; with SRTP on one side, and with other keys on either.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from bench.relays import PLAIN, Load, RelayRun, bare_run, media_core_run, rtpengine_run
from bench.row import Figures, Measure, Row, Sides, Target
from bench.system_packages import require_bench_packages

KIB_PER_CALL: Final = 32
GROWTH_PERCENT: Final = 2


@contextmanager
def _open() -> Iterator[Sides]:
    """Every round starts its own relays."""
    yield Sides(lambda: _figures(media_core_run()), lambda: _figures(bare_run()))


def _beside_rtpengine(load: Load) -> Callable[[], AbstractContextManager[Sides]]:
    """Every round starts its own relays."""

    @contextmanager
    def opened() -> Iterator[Sides]:
        require_bench_packages()
        yield Sides(lambda: _peer_figures(media_core_run(load)), lambda: _peer_figures(rtpengine_run(load)))

    return opened


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
    subject=f"media core with {PLAIN.calls} bridged calls",
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


def _peer_row(name: str, what: str, load: Load, cpu: float) -> Row:
    return Row(
        name=name,
        subject=f"media core with {load.calls} bridged calls, {what}",
        limit="rtpengine in userspace, one worker",
        measures=(
            Measure("CPU per packet relayed", "µs", Target(times=cpu)),
            Measure("p99 of a packet's delay", "ms"),
            Measure("memory per call", "KiB"),
        ),
        open=_beside_rtpengine(load),
    )


RELAY_PEER: Final = _peer_row("relay-peer", "plain RTP", PLAIN, 0.6)
"""The same beside what others use for it."""

LONG, SHORT = "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"
SECURE_CALLS: Final = 200
"""At 400 of them rtpengine has no core left."""

RELAY_SRTP: Final = _peer_row("relay-srtp", "SRTP on one side", Load(SECURE_CALLS, (LONG, None)), 0.5)
"""A packet is decrypted one way and protected the other way."""

RELAY_SRTP_SRTP: Final = _peer_row(
    "relay-srtp-srtp", "SRTP with other keys on either side", Load(SECURE_CALLS, (LONG, SHORT)), 0.45
)
"""Both, for each packet."""
