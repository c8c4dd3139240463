"""Settings of the speech engine. Built by the roof from the node's settings."""

import sys
from dataclasses import dataclass, field


def _worker_command() -> tuple[str, ...]:
    return (sys.executable, "-m", "offhook.speech.worker")


@dataclass(frozen=True, slots=True)
class Settings:
    """How the engine is run."""

    command: tuple[str, ...] = field(default_factory=_worker_command)
    """Program and arguments of the child, which speaks `speech/frame.py`."""
    timeout_s: float = 10.0
    """Longest time from `synthesize` to its audio, waiting in the queue included."""
    start_timeout_s: float = 30.0
    """Longest time until a new child is ready: half a second, but for a machine that is busy booting."""
    queue_size: int = 32
    """Requests that may wait; the next one is refused at once."""
