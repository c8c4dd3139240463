"""The arithmetic of the bench: medians, ratios, targets; and that rounds are interleaved."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from bench.row import BenchError, Figures, Measure, Result, Row, Sides, Target, measure
from bench.rows import ROWS


@contextmanager
def nothing_open() -> Iterator[Sides]:
    yield Sides(lambda: Figures((1.0,)), lambda: Figures((1.0,)))


def a_row(target: Target | None = None) -> Row:
    return Row("made-up", "a subject", "a limit", (Measure("CPU", "µs", target),), nothing_open)


def a_result(*pairs: tuple[float, float], target: Target | None = None) -> Result:
    ours = tuple(Figures((ours,)) for ours, _ in pairs)
    limit = tuple(Figures((limit,)) for _, limit in pairs)
    return Result(a_row(target), ours, limit)


def test_ratios_are_those_of_the_rounds_and_not_of_the_medians() -> None:
    result = a_result((2, 1), (30, 10), (4, 4))
    assert result.medians(0) == (4, 4)
    assert result.ratios(0) == (2, 3, 1)


def test_a_limit_of_zero_has_no_ratio() -> None:
    assert a_result((0, 0), (1, 1)).ratios(0) is None


@pytest.mark.parametrize(
    ("target", "allowed", "refused"),
    [
        (Target(times=4.5), 45, 45.1),
        (Target(plus=1), 11, 11.1),
        (Target(), 10, 10.1),
        (Target(times=0, plus=2.5), 2.5, 2.6),
    ],
)
def test_a_target_is_a_multiple_of_the_limit_or_a_margin_over_it(
    target: Target, allowed: float, refused: float
) -> None:
    assert target.allows(allowed, 10)
    assert not target.allows(refused, 10)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target(times=4.5), "4.5 x"),
        (Target(plus=1), "+ 1 KiB"),
        (Target(), "no more"),
        (Target(times=0, plus=2.5), "at most 2.5 KiB"),
    ],
)
def test_a_target_says_what_it_is(target: Target, words: str) -> None:
    assert target.words("KiB") == words


def test_a_target_is_met_when_most_rounds_meet_it() -> None:
    twice = Target(times=2)
    assert a_result((2, 1), (2, 1), (9, 1), target=twice).is_met(0) is True
    assert a_result((2, 1), (9, 1), (9, 1), target=twice).is_met(0) is False
    assert a_result((2, 1)).is_met(0) is None


def test_rounds_have_both_sides_and_the_first_one_takes_turns() -> None:
    done: list[str] = []

    def side(name: str) -> Figures:
        done.append(name)
        return Figures((1.0,))

    @contextmanager
    def opened() -> Iterator[Sides]:
        done.append("open")
        yield Sides(lambda: side("ours"), lambda: side("limit"))
        done.append("closed")

    told: list[str] = []
    result = measure(Row("made-up", "", "", (Measure("CPU", "µs"),), opened), 3, told.append)
    assert done == ["open", "ours", "limit", "limit", "ours", "ours", "limit", "closed"]
    assert (len(result.ours), len(result.limit), len(told)) == (3, 3, 3)


def test_a_side_that_cannot_be_measured_closes_the_row() -> None:
    closed: list[bool] = []

    def broken() -> Figures:
        raise BenchError("no peer")

    @contextmanager
    def opened() -> Iterator[Sides]:
        try:
            yield Sides(broken, broken)
        finally:
            closed.append(True)

    with pytest.raises(BenchError, match="no peer"):
        measure(Row("made-up", "", "", (Measure("CPU", "µs"),), opened), 3, lambda _: None)
    assert closed == [True]


def test_every_row_has_its_own_name_a_limit_and_measures() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    assert all(row.subject and row.limit and row.measures for row in ROWS)
