"""docs/performance.md: the part between the marks is made by a run, the rest is written by hand and kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.machine import Machine
from bench.process import ROOT
from bench.row import BenchError, Result
from bench.table import as_markdown, missed, remarks

PAGE: Final = ROOT / "docs" / "performance.md"
BEGIN: Final = "<!-- made by `python -m bench --write-docs`: begin -->"
END: Final = "<!-- made by `python -m bench --write-docs`: end -->"


def write_page(results: Sequence[Result], machine: Machine, rounds: int, page: Path = PAGE) -> None:
    """Replace the measured part. Raises: BenchError when the page has no place for it."""
    text = page.read_text() if page.exists() else ""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise BenchError(f"{page} has no lines {BEGIN!r} and {END!r}")
    page.write_text(f"{before}{BEGIN}\n\n{_measured(results, machine, rounds)}\n\n{END}{after}")


def _measured(results: Sequence[Result], machine: Machine, rounds: int) -> str:
    misses = missed(results)
    conditions = (
        f"Measured on {machine.day}, {rounds} interleaved rounds: {machine.cores} cores "
        f"({machine.processor}), {machine.memory_gib:g} GiB, {machine.system}; {machine.pinning}; "
        f"load average before the run {machine.load:.1f}; {', '.join(machine.versions)}."
    )
    return "\n\n".join(
        [
            conditions,
            as_markdown(results),
            "\n".join(f"- {line}" if line[0] != " " else f"  {line}" for line in remarks(results)),
            "Targets missed:" if misses else "No target is missed.",
            *(["\n".join(f"- {line}" for line in misses)] if misses else []),
        ]
    )
