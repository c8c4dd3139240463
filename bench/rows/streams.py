"""Row `streams`: what a Media Stream in both directions costs, how late its frames are, how fast `clear` is.

Beside it the same WebSocket messages by the same library without a call: what the language and the socket
take. Latency and `clear` have targets of their own: 5 ms and 40 ms, of which 20 are the tick.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.row import Figures, Measure, Row, Sides, Target
from bench.streams import STREAMS, StreamsRun, bare_run, media_core_run


@contextmanager
def _open() -> Iterator[Sides]:
    """Every round starts its own servers."""
    yield Sides(lambda: _figures(media_core_run()), lambda: _figures(bare_run()))


def _figures(run: StreamsRun) -> Figures:
    values = (
        run.cpu_us_per_frame,
        run.delay_p99_ms,
        run.memory_kib_per_stream,
        run.clear_max_ms,
    )
    return Figures(values, f"{run.streams_per_core:.0f} streams a core, {run.remark}")


STREAMS_ROW: Final = Row(
    name="streams",
    subject=f"{STREAMS} Media Streams in both directions, every frame said again",
    limit="the same WebSocket messages by the same library, without audio",
    measures=(
        Measure("CPU per frame, there and back", "µs", Target(times=2)),
        Measure("p99 from a packet to its message at the server", "ms", Target(times=0, plus=5)),
        Measure("memory per stream", "KiB", Target(times=0, plus=150)),
        Measure("longest from clear to silence", "ms", Target(times=0, plus=40)),
    ),
    open=_open,
)
