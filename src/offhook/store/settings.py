"""Settings of the store. Built by the roof from the node's settings."""

from dataclasses import dataclass, field
from enum import StrEnum


class Durability(StrEnum):
    """What an acknowledged write survives."""

    NORMAL = "normal"
    """The death of the process. A database server does as it is set up, usually `full`."""
    FULL = "full"
    """The death of the machine: every commit waits for the disk, here or on the server."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the records are kept and how safely."""

    url: str = field(repr=False)
    """`sqlite:////absolute/path`, `sqlite:///relative/path` or `postgresql://user:password@host/database`."""
    durability: Durability = Durability.NORMAL
    batch_size: int = 256
    """Writes in one transaction at most."""
    queue_size: int = 20_000
    """Writes that may wait; one more is refused with StoreBusyError."""
    readers: int = 3
    """Connections for reading."""
    node: str = ""
    """Which node this is, of those that share the database: up to 8 hexadecimal digits, kept by the node."""
