"""How results are told: the table, the page, the command line."""

from pathlib import Path

import pytest
from bench.__main__ import main
from bench.machine import Machine
from bench.page import BEGIN, END, write_page
from bench.row import BenchError, Figures, Measure, Result, Row, Target
from bench.rows import ROWS
from bench.table import as_markdown, as_text, figure, missed, remarks

MACHINE = Machine(
    "A processor", 2, "server on core 0, driver on core 1", 23.4, "Debian", ("Python 3",), "2026-11-26", 0.1
)


def a_result(target: Target | None) -> Result:
    row = Row(
        "made-up", "a subject", "a limit", (Measure("CPU", "µs", target), Measure("lost", "")), ROWS[0].open
    )
    ours = tuple(Figures((value, 0), "core 40% busy") for value in (1200.0, 1100.0, 1300.0))
    limit = tuple(Figures((value, 0)) for value in (400.0, 500.0, 400.0))
    return Result(row, ours, limit)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.123, "0.12"), (9.994, "9.99"), (12.34, "12.3"), (123.4, "123"), (24874.2, "24,874")],
)
def test_a_figure_shows_the_digits_that_say_something(value: float, shown: str) -> None:
    assert figure(value) == shown


def test_a_line_says_medians_ratio_spread_target_and_verdict() -> None:
    heading, first, second, *_ = as_text([a_result(Target(times=2))]).splitlines()
    assert heading.split() == ["row", "measured", "ours", "limit", "ratio", "spread", "target"]
    assert first.split("  ")[0] == "made-up"
    for cell in ("1,200 µs", "400 µs", "3.00", "2.20 to 3.25", "2 x", "missed"):
        assert cell in first
    assert second.split() == ["lost", "0", "0"]


def test_the_page_has_the_same_cells() -> None:
    *_, first, second = as_markdown([a_result(Target(plus=1))]).splitlines()
    assert first == "| made-up | CPU | 1,200 µs | 400 µs | 3.00 | 2.20 to 3.25 | + 1 µs | missed |"
    assert second == "|  | lost | 0 | 0 |  |  |  |  |"


def test_the_conditions_of_a_run_are_told() -> None:
    assert remarks([a_result(None)]) == [
        "made-up: a subject; limit: a limit.",
        "  ours, last round: core 40% busy.",
    ]


def test_a_missed_target_is_told_with_what_it_allowed() -> None:
    assert missed([a_result(Target(times=2))]) == [
        "made-up, CPU: 1,200 µs where 800 µs were the target (2 x)."
    ]
    assert missed([a_result(Target(times=4))]) == []


def test_a_run_replaces_its_part_of_the_page_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Head\n\n{BEGIN}\nold\n{END}\n\nTail\n")
    for _ in range(2):
        write_page([a_result(Target(times=2))], MACHINE, 3, page)
    text = page.read_text()
    assert text.startswith(f"# Head\n\n{BEGIN}\n\nMeasured on 2026-11-26, 3 interleaved rounds: 2 cores")
    assert text.endswith(f"{END}\n\nTail\n")
    assert "old" not in text
    assert text.count("| made-up |") == 1


def test_a_page_without_its_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("by hand")
    with pytest.raises(BenchError):
        write_page([], MACHINE, 3, page)
    assert page.read_text() == "by hand"


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["--rounds", "2"], ["--rounds", "many"], ["call", "--write-docs"]]
)
def test_unusable_arguments_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: bench" in capsys.readouterr().err
