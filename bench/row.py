"""What a row is: two sides, the figures that both give, and the target between them.

A new row is a file in `rows/` that makes a `Row`, and a line in `rows/__init__.py`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median


class BenchError(Exception):
    """A row could not be measured; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """Ours may be at most `times` the limit and `plus` on top, in the unit of the measure.

    times: 0 where the target is a figure of its own, whatever the limit gives.
    """

    times: float = 1.0
    plus: float = 0.0

    def allows(self, ours: float, limit: float) -> bool:
        """Whether one round keeps to it."""
        return ours <= self.times * limit + self.plus

    def words(self, unit: str) -> str:
        """As the table says it: `4.5 x`, `+ 1 ms`, `no more`, `at most 2.5 KiB`."""
        if self.times == 0:
            return f"at most {self.plus:g} {unit}"
        factor = f"{self.times:g} x" if self.times != 1 else ""
        margin = f"+ {self.plus:g} {unit}" if self.plus else ""
        return " ".join(part for part in (factor, margin) if part) or "no more"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure that both sides give, such as CPU per call."""

    what: str
    unit: str
    target: Target | None = None
    """None where no reference gives one."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one side gave in one round."""

    values: tuple[float, ...]
    """In the order of the row's measures."""
    remark: str = ""
    """Under what conditions, in a few words: load, losses, the parts of a sum."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of an open row; each call measures once."""

    ours: Callable[[], Figures]
    limit: Callable[[], Figures]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table."""

    name: str
    """As given on the command line."""
    subject: str
    """What is measured, under which load."""
    limit: str
    """The peer or the limit beside it."""
    measures: tuple[Measure, ...]
    open: Callable[[], AbstractContextManager[Sides]]
    """Starts what the rounds need, and ends it. Raises BenchError, as the sides do."""


@dataclass(frozen=True, slots=True)
class Result:
    """A measured row."""

    row: Row
    ours: tuple[Figures, ...]
    """A side's rounds, in order."""
    limit: tuple[Figures, ...]

    def pairs(self, measure: int) -> tuple[tuple[float, float], ...]:
        """Ours and the limit of every round."""
        return tuple(
            (ours.values[measure], limit.values[measure])
            for ours, limit in zip(self.ours, self.limit, strict=True)
        )

    def medians(self, measure: int) -> tuple[float, float]:
        """Median of ours, median of the limit."""
        pairs = self.pairs(measure)
        return median(ours for ours, _ in pairs), median(limit for _, limit in pairs)

    def ratios(self, measure: int) -> tuple[float, ...] | None:
        """Ours by limit, round by round; None when a limit of zero leaves no ratio."""
        pairs = self.pairs(measure)
        if any(limit == 0 for _, limit in pairs):
            return None
        return tuple(ours / limit for ours, limit in pairs)

    def is_met(self, measure: int) -> bool | None:
        """Whether the median round keeps to the target: most rounds do. None without a target."""
        target = self.row.measures[measure].target
        if target is None:
            return None
        pairs = self.pairs(measure)
        return sum(target.allows(ours, limit) for ours, limit in pairs) * 2 > len(pairs)


def measure(row: Row, rounds: int, told: Callable[[str], None]) -> Result:
    """Run the rounds of a row, each with both sides, the first side taking turns.

    told: gets a word on each round as it ends.
    Raises: BenchError.
    """
    ours: list[Figures] = []
    limit: list[Figures] = []
    with row.open() as sides:
        turns = [(sides.ours, ours), (sides.limit, limit)]
        for number in range(rounds):
            for side, figures in turns if number % 2 == 0 else reversed(turns):
                figures.append(side())
            told(f"{row.name}: round {number + 1} of {rounds}")
    return Result(row, tuple(ours), tuple(limit))
