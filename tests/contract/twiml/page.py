"""`docs/twiml-coverage.md`, made of the rows: what they do not show, it does not say."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Final

from tests.contract.twiml.row import Case, Does, Row
from tests.contract.twiml.rows import ROWS

PATH: Final = Path(__file__).resolve().parents[3] / "docs" / "twiml-coverage.md"

_HEAD: Final = """\
# TwiML, attribute by attribute

Made by `python -m tests.contract.twiml --write-docs` from the rows in `tests/contract/twiml/`; a test fails
when the two differ. Each row is a real call over SIP and RTP to a running node: what the caller hears, what
the webhooks are asked and told, and what stands in the Notifications is compared with what the row says.
`docs/twiml.md` has the rules in words.

**Cases**: *absent* the attribute is not there, *given* an ordinary value, *limit* the first or last value
that is allowed, *bad* one that is not. **Noted as**: the codes of the Notifications that these calls leave.
`content` is what stands inside the element; `any` is the element with whatever it holds.

**State**: *works* as every row of it shows; *part* is read and checked, less what is named; *refused* the
document fails with that code before anything of it runs, and the fallback URL is asked.

| element | attribute | cases | noted as | state |
|---|---|---|---|---|
"""


def page(rows: Iterable[Row] = ROWS) -> str:
    """The whole page."""
    lines = [_line(list(of_one)) for _, of_one in groupby(_together(list(rows)), key=_subject)]
    return _HEAD + "".join(lines)


def _subject(row: Row) -> tuple[str, str]:
    """What a line is about."""
    return row.verb, row.attribute


def _together(rows: list[Row]) -> list[Row]:
    """The rows of one element, and of one attribute in it, side by side, in the order of their firsts."""
    first: dict[tuple[str, ...], int] = {}
    for index, row in enumerate(rows):
        first.setdefault((row.verb,), index)
        first.setdefault((row.verb, row.attribute), index)
    return sorted(rows, key=lambda row: (first[row.verb,], first[row.verb, row.attribute]))


def _line(rows: list[Row]) -> str:
    verb, attribute = _subject(rows[0])
    name = attribute if " " in attribute or attribute in ("any", "content") else f"`{attribute}`"
    counted = Counter(row.case for row in rows)
    cases = ", ".join(f"{counted[case]} {case}" for case in Case if counted[case])
    codes = ", ".join(str(code) for code in sorted({note.code for row in rows for note in row.notes}))
    return f"| `<{verb}>` | {name} | {cases} | {codes} | {_state(rows)} |\n"


def _state(rows: list[Row]) -> str:
    """What all rows of an attribute show together: the least of it."""
    lacking = dict.fromkeys(row.state for row in rows if row.state.does is not Does.WORKS)
    return "; ".join(str(state) for state in lacking) or "works"
