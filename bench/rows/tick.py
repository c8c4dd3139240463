"""Row `tick`: how punctual the 20 ms of playout are.

The engine counts only the worst lateness since its start, so the callers measure: when did each packet leave,
against the grid of its own timestamps.

The load is 70 % of the knee of one core. `python -m bench.knee` found it on 2026-11-26, on a machine that did
nothing else: at 3,750 legs the core was full and no packet was missing, where the bare legs skipped 2,813; at
4,250 the legs did not come up. 3,250 took 94 % of the core, with a p99 of 0.99 ms (bare 1.36 ms).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.legs import LegsRun, bare_run, media_core_run
from bench.row import Figures, Measure, Row, Sides, Target

TICK_LEGS: Final = 2600
"""70 % of the knee; see the head of the file."""


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
