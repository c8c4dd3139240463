"""Row `bindings`: what 100,000 registrations take in memory, and whether looking one up stays as quick.

The registrar's index in a process of its own, beside a dict of the same fields in another one. A look-up
among many is slower for both, since what it finds is in no cache of the processor any more; an index whose
look-up is flat slows down no more than the dict does.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.process import SERVER_CORE, python, run
from bench.row import Figures, Measure, Row, Sides, Target

KIB_EACH: Final = 2.5
"""100,000 bindings in 250 MB."""


@contextmanager
def _open() -> Iterator[Sides]:
    """Each side runs in a process of its own."""
    yield Sides(lambda: _figures("ours"), lambda: _figures("bare"))


def _figures(side: str) -> Figures:
    counted: dict[str, float] = json.loads(run(SERVER_CORE, python("bindings", side)))
    few_ns, many_ns = counted["few_ns"], counted["many_ns"]
    return Figures((counted["kib"], few_ns, many_ns, many_ns / few_ns))


BINDINGS: Final = Row(
    name="bindings",
    subject="100,000 bindings in the registrar's index",
    limit="one dict of the same fields",
    measures=(
        Measure("memory per binding", "KiB", Target(times=0, plus=KIB_EACH)),
        Measure("CPU to look a user up among 1,000", "ns"),
        Measure("the same among 100,000", "ns"),
        Measure("slower among 100,000 by", "x", Target(times=1.5)),
    ),
    open=_open,
)
"""Memory of registrations, and look-up time."""
