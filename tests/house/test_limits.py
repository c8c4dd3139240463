"""The page of limits agrees with the code: every setting with its default, every code raised somewhere."""

import re
from pathlib import Path

from offhook.config.limits import LimitsForm

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "limits.md").read_text()
CATALOGUES = {"error_code.py", "refusal.py"}
"""They say what a code means, whoever raises it."""


def rows() -> list[list[str]]:
    """The cells of every row of both tables, their headings aside."""
    lines = [line for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line]
    found = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [cells for cells in found if cells[0] not in ("setting", "what")]


def test_the_page_has_every_limit_that_is_a_setting_with_its_default() -> None:
    shown = {cells[0].strip("`"): cells[1] for cells in rows() if cells[0].startswith("`")}
    defaults = {}
    for name, field in LimitsForm.model_fields.items():
        is_seconds = isinstance(field.default, float)
        defaults[name] = "off" if field.default is None else f"{field.default:.0f}" + " s" * is_seconds
    assert shown == defaults


def test_every_code_of_the_page_is_raised_somewhere() -> None:
    sources = "\n".join(
        path.read_text() for path in (ROOT / "src").rglob("*.py") if path.name not in CATALOGUES
    )
    codes = {code for cells in rows() for code in re.findall(r"\b[123]\d{4}\b", cells[-1])}
    assert len(codes) > 25
    assert {code for code in codes if not re.search(rf"\b{code}\b", sources)} == set()
