"""Finds the knee of the media core: `python -m bench.knee [LEGS STEP]`, on a machine that does nothing else.

Raises the legs that are played to, from LEGS on (1000) by STEP (250), until one core cannot carry them: a
packet is skipped, or the 99th percentile of lateness is more than 1 ms above that of the bare legs under the
same load. Says as well how the callers fared, since what they cannot carry is no knee of ours.
"""

import os
import sys
from typing import Final

from bench.legs import bare_run, media_core_run
from bench.process import DRIVER_CORE

FIRST: Final = 1000
STEP: Final = 250
PLUS_MS: Final = 1.0
"""What the row `tick` allows over the bare legs."""


def main() -> None:
    """Print one line for each number of legs, and stop at the first that is too many."""
    first, step = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (FIRST, STEP)
    os.sched_setaffinity(0, {DRIVER_CORE})
    count = first
    while True:
        ours, bare = media_core_run(count), bare_run(count)
        print(
            f"{count:5} legs: p99 {ours.late_p99_ms:.2f} ms (bare {bare.late_p99_ms:.2f}), "
            f"{ours.missing} missing (bare {bare.missing}), "
            f"core {ours.busy:.0%} busy (bare {bare.busy:.0%}), "
            f"callers {ours.callers_busy:.0%} (bare {bare.callers_busy:.0%})",
            flush=True,
        )
        if ours.missing or ours.late_p99_ms > bare.late_p99_ms + PLUS_MS:
            return
        count += step


if __name__ == "__main__":
    main()
