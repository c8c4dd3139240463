"""Settings of the embedded recogniser. Built by the roof from the node's settings."""

import sys
from dataclasses import dataclass, field
from pathlib import Path


def _worker_command() -> tuple[str, ...]:
    return (sys.executable, "-m", "offhook.speech.recognition.whisper_worker")


@dataclass(frozen=True, slots=True)
class Settings:
    """How the engine is run."""

    model: Path | None = None
    """Folder of a Whisper model in CTranslate2's form; None is the English one that comes as a package."""
    command: tuple[str, ...] = field(default_factory=_worker_command)
    """Program and arguments of the child, which speaks `recognition/frame.py`."""
    timeout_s: float = 15.0
    """Longest time from a piece of speech to its words, waiting in the queue included."""
    start_timeout_s: float = 60.0
    """Longest time until a new child is ready: a second, but for a machine that is busy booting."""
    queue_size: int = 32
    """Pieces of speech that may wait, one a caller; the next one is lost at once."""
