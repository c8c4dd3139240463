"""Row `say`: from a sentence to its first sound, made anew, from disk and from memory.

The media core sends it with its next tick, which the row `tick` measures. Beside it is the quickest engine
there is, run as a program for each sentence: it sounds like a machine.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.process import SERVER_CORE, python, run
from bench.row import Figures, Measure, Row, Sides, Target

FIRST_SOUND_MS: Final = 300.0


@contextmanager
def _open() -> Iterator[Sides]:
    """Each side runs in a process of its own."""
    yield Sides(lambda: _figures("ours"), lambda: _figures("bare"))


def _figures(side: str) -> Figures:
    return Figures(tuple(json.loads(run(SERVER_CORE, python("spoken", side)))))


SAY: Final = Row(
    name="say",
    subject="first sound of a sentence of thirteen words, the slowest tenth of thirty",
    limit="`espeak-ng` run for each sentence; a file read; a dict",
    measures=(
        Measure("never said before, the woman", "ms", Target(times=0, plus=FIRST_SOUND_MS)),
        Measure("never said before, the man", "ms", Target(times=0, plus=FIRST_SOUND_MS)),
        Measure("never said before, German by espeak-ng", "ms", Target(times=0, plus=FIRST_SOUND_MS)),
        Measure("from disk", "ms"),
        Measure("from memory", "ms"),
        Measure("memory of the engine's process", "MiB"),
    ),
    open=_open,
)
"""How soon a caller hears a sentence."""
