"""Row `recognizer`: what the embedded recogniser costs, and how soon the words of an utterance are there.

Ours is asked as a node asks it, in real time: the pause behind an utterance is used, so that the words come
with its end. Beside it is the same model by the library's own `transcribe`, asked at the end.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bench.process import SERVER_CORE, python, run
from bench.row import Figures, Measure, Row, Sides, Target


@contextmanager
def _open() -> Iterator[Sides]:
    """Each side runs in a process of its own."""
    yield Sides(lambda: _figures("ours"), lambda: _figures("bare"))


def _figures(side: str) -> Figures:
    return Figures(tuple(json.loads(run(SERVER_CORE, python("recognised", side)))))


RECOGNIZER: Final = Row(
    name="recognizer",
    subject="ten phrases of a caller, the embedded recogniser",
    limit="faster-whisper's `transcribe` with the same model",
    measures=(
        Measure("CPU per second of speech", "s", Target()),
        Measure("from the end of an utterance to its words, the slowest tenth", "ms", Target()),
        Measure("memory of the engine's process", "MiB"),
    ),
    open=_open,
)
"""What understanding a caller costs."""
