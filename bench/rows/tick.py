"""Row `tick`: how punctual the 20 ms of playout are.

The engine counts only the worst lateness since its start, so the callers measure: when did each packet leave,
against the grid of its own timestamps.
"""

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
    return Figures((run.late_p99_ms, run.late_p999_ms, run.missing), run.engine)


TICK: Final = Row(
    name="tick",
    subject=f"lateness of the 20 ms tick with {LEGS} legs played to",
    limit="a bare timerfd tick in C that sends the same packets",
    measures=(
        Measure("p99 of a packet's lateness", "ms", Target(plus=1)),
        Measure("p99.9 of a packet's lateness", "ms", Target(plus=3)),
        Measure("packets skipped", "", Target()),
    ),
    open=_open,
)
"""How late packets leave, and how many never do."""
