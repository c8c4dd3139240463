"""Row `play`: what a leg costs that something is played to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.legs import LEGS, LegsRun, bare_run, media_core_run
from bench.row import Figures, Measure, Row, Sides, Target


@contextmanager
def _open() -> Iterator[Sides]:
    """Every round starts its own servers."""
    yield Sides(lambda: _figures(media_core_run()), lambda: _figures(bare_run()))


def _figures(run: LegsRun) -> Figures:
    return Figures((run.cpu_us_per_packet,), f"core {run.busy:.0%} busy, {run.missing} packets missing")


PLAY: Final = Row(
    name="play",
    subject=f"media core plays to {LEGS} legs whose callers talk",
    limit="bare legs in C: a socket each, epoll, recv + sendto",
    measures=(Measure("CPU per packet played", "µs", Target(times=1.7)),),
    open=_open,
)
"""CPU of the media core for each 20 ms that a leg hears while its caller talks."""
