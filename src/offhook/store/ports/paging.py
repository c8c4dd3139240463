"""Lists, page by page, in a stable order: newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: where a record stands or stood. It outlives the record."""

    moment: datetime
    """When the record was created; for a log, the moment of the entry."""
    sid: str
    """Decides between records of one moment."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is wanted. Lists run newest first."""

    size: int = 50
    """1 to 1000."""
    before: Cursor | None = None
    """The last record of the page before this one: older ones are wanted."""
    after: Cursor | None = None
    """The first record of the page behind this one: newer ones are wanted."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, newest first."""

    items: Sequence[T]
    has_older: bool
    has_newer: bool
