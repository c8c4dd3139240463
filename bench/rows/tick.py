"""Row `tick`: how punctual the 20 ms of playout are.

The engine counts only the worst lateness since its start, so the callers measure: when did each packet leave,
against the grid of its own timestamps.

The requirement is for 70 % of the knee of one core, and this load is not that yet. On 2026-11-26 the
knee could not be measured: other work ran on both cores, and the bare legs skipped packets too. CPU depends
on that less: 1,000 legs took 21 % of the server's core and 19 % of the callers', 2,500 took 52 % and 39 %,
ticks that were skipped left out. So by CPU alone the knee is near 4,700 legs, 70 % of it near 3,300, and the
callers have the core for them. `python -m bench.knee` finds it on a machine that does nothing else;
`TICK_LEGS` is then to be 70 % of what it says.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.legs import LegsRun, bare_run, media_core_run
from bench.row import Figures, Measure, Row, Sides, Target

TICK_LEGS: Final = 1000
"""A fifth of the knee by CPU; see the head of the file."""


@contextmanager
def _open() -> Iterator[Sides]:
    """Every round starts its own servers."""
    yield Sides(lambda: _figures(media_core_run(TICK_LEGS)), lambda: _figures(bare_run(TICK_LEGS)))


def _figures(run: LegsRun) -> Figures:
    remark = f"core {run.busy:.0%} busy, callers' {run.callers_busy:.0%}"
    return Figures(
        (run.late_p99_ms, run.late_p999_ms, run.missing), ", ".join(filter(None, (remark, run.engine)))
    )


TICK: Final = Row(
    name="tick",
    subject=f"lateness of the 20 ms tick with {TICK_LEGS} legs played to",
    limit="a bare timerfd tick in C that sends the same packets",
    measures=(
        Measure("p99 of a packet's lateness", "ms", Target(plus=1)),
        Measure("p99.9 of a packet's lateness", "ms", Target(plus=3)),
        Measure("packets skipped", "", Target()),
    ),
    open=_open,
)
"""How late packets leave, and how many never do."""
