"""`python -m bench [NAME...] [--rounds N] [--write-docs]`: measure, print the table.

Exit status: 0 when every row was measured, whatever its targets say; 1 when one could not be; 2 for
arguments that cannot be used.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

from bench.machine import this_machine
from bench.page import write_page
from bench.process import DRIVER_CORE
from bench.row import BenchError, Result, measure
from bench.rows import ROWS
from bench.table import as_text, missed

ROUNDS: Final = 3
"""The least that tells a difference from a hiccup."""


def main(arguments: Sequence[str]) -> int:
    """Run it; returns the exit status."""
    names = [row.name for row in ROWS]
    parser = argparse.ArgumentParser(prog="bench", description="Ours beside the limit, measured in one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"rows: {', '.join(names)}; all by default")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"interleaved rounds, at least {ROUNDS}")
    parser.add_argument(
        "--write-docs", action="store_true", help="write docs/performance.md as well; all rows"
    )
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(names):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if given.rounds < ROUNDS:
        parser.error(f"--rounds: at least {ROUNDS}")
    if given.write_docs and given.names:
        parser.error("--write-docs: the page has all rows, so name none")
    os.sched_setaffinity(0, {DRIVER_CORE})  # what we do ourselves must not be the server's delay
    return _measure(given.names or names, given.rounds, write_docs=given.write_docs)


def _measure(names: Sequence[str], rounds: int, *, write_docs: bool) -> int:
    machine = this_machine()
    results: list[Result] = []
    has_failed = False
    for row in ROWS:
        if row.name not in names:
            continue
        try:
            results.append(measure(row, rounds, _tell))
        except BenchError as error:
            _tell(f"{row.name}: {error}")
            has_failed = True
    if results:
        print("\n".join([as_text(results), "", *(f"Missed: {line}" for line in missed(results))]))
    if write_docs and not has_failed:
        write_page(results, machine, rounds)
    return int(has_failed)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
