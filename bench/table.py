"""The table: for a terminal, and in Markdown for the documentation."""

from collections.abc import Iterable, Sequence
from typing import Final

from bench.row import Result

HEADINGS: Final = ("row", "measured", "ours", "limit", "ratio", "spread", "target", "")
Line = tuple[str, ...]


def lines(results: Iterable[Result]) -> list[Line]:
    """The cells, a line for each measure of each row."""
    return [
        _line(result, number, name=result.row.name if number == 0 else "")
        for result in results
        for number in range(len(result.row.measures))
    ]


def as_text(results: Sequence[Result]) -> str:
    """For a terminal, with the conditions of the last round below."""
    table = [HEADINGS, *lines(results)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in table]
    return "\n".join([*(line.rstrip() for line in shown), "", *remarks(results)])


def as_markdown(results: Iterable[Result]) -> str:
    """For a page."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *lines(results)]
    return "\n".join(f"| {' | '.join(line)} |" for line in rows)


def remarks(results: Iterable[Result]) -> list[str]:
    """What each row is, its limit, and under which conditions its last round ran."""
    said = []
    for result in results:
        row = result.row
        said.append(f"{row.name}: {row.subject}; limit: {row.limit}.")
        for side, figures in (("ours", result.ours[-1]), ("limit", result.limit[-1])):
            if figures.remark:
                said.append(f"  {side}, last round: {figures.remark}.")
    return said


def missed(results: Iterable[Result]) -> list[str]:
    """The targets that were not kept, in a sentence each."""
    said = []
    for result in results:
        for number, measure in enumerate(result.row.measures):
            if measure.target is None or result.is_met(number) is not False:
                continue
            ours, limit = result.medians(number)
            allowed = measure.target.times * limit + measure.target.plus
            said.append(
                f"{result.row.name}, {measure.what}: {figure(ours)} {measure.unit} where "
                f"{figure(allowed)} {measure.unit} were the target ({measure.target.words(measure.unit)})."
            )
    return said


def figure(value: float) -> str:
    """Three digits that say something, thousands apart."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _line(result: Result, number: int, *, name: str) -> Line:
    measure = result.row.measures[number]
    ours, limit = result.medians(number)
    ratios = sorted(result.ratios(number) or ())
    unit = f" {measure.unit}" if measure.unit else ""
    verdict = {True: "met", False: "missed", None: ""}[result.is_met(number)]
    return (
        name,
        measure.what,
        f"{figure(ours)}{unit}",
        f"{figure(limit)}{unit}",
        f"{ratios[len(ratios) // 2]:.2f}" if ratios else "",
        f"{ratios[0]:.2f} to {ratios[-1]:.2f}" if ratios else "",
        measure.target.words(measure.unit) if measure.target else "",
        verdict,
    )
