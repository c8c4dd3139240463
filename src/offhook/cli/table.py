"""How commands print: tables, facts with their labels, JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows with their columns under each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def print_records(records: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    """A list of the API: these fields of each record under their names, or all that is known as JSON."""
    if as_json:
        print_json(records)
        return
    for row in table([columns, *([text(record[name]) for name in columns] for record in records)]):
        print(row)


def facts(labelled: Sequence[tuple[str, object]], *, indent: str = "  ", width: int = 13) -> Iterator[str]:
    """Labels and what they have, those without left out."""
    for label, value in labelled:
        if value not in (None, ""):
            yield f"{indent}{label + ':':<{width}} {text(value)}"


def text(value: object) -> str:
    """A value of the API in a cell."""
    match value:
        case None | "":
            return "-"
        case True:
            return "yes"
        case False:
            return "no"
        case _:
            return str(value)


def print_json(value: Any) -> None:
    """For scripts."""
    print(json.dumps(value, indent=2, ensure_ascii=False))
