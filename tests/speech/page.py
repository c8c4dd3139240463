"""The measured tables of docs/speech.md, each between two marks; with what they were measured on."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from offhook.speech.recognition.whisper_worker import Whisper

PAGE: Final = Path(__file__).parents[2] / "docs" / "speech.md"


@dataclass(frozen=True)
class Section:
    """One of them."""

    name: str
    measured_on: Sequence[str]
    """The phrases, and who says them: the table is out of date when they change."""
    make: Callable[[Whisper], str]
    """Measures it, in minutes."""

    @property
    def begin(self) -> str:
        """The mark before it."""
        return f"<!-- {self.name}: begin -->"

    @property
    def end(self) -> str:
        """The mark behind it."""
        return f"<!-- {self.name}: end -->"

    @property
    def fingerprint(self) -> str:
        """Stands in the page, not to be seen."""
        told = zlib.crc32("\n".join(self.measured_on).encode())
        return f"<!-- measured on {len(self.measured_on)} texts, {told:08x} -->"

    def within(self, text: str) -> str:
        """What the page has between the marks. Raises: ValueError without them."""
        _, begin, rest = text.partition(self.begin)
        made, end, _ = rest.partition(self.end)
        if not begin or not end:
            raise ValueError(f"{PAGE.name} has no {self.begin} with its end")
        return made.strip()

    def written_into(self, text: str, made: str) -> str:
        """The page with the table made anew."""
        before, _, rest = text.partition(self.begin)
        behind = rest.partition(self.end)[2]
        return f"{before}{self.begin}\n\n{self.fingerprint}\n\n{made.strip()}\n\n{self.end}{behind}"


def tables(made: str) -> list[list[list[str]]]:
    """The tables in a piece of Markdown, as rows of cells; the line of dashes is left out."""
    found: list[list[list[str]]] = []
    is_inside = False
    for line in made.splitlines():
        if not line.startswith("|"):
            is_inside = False
            continue
        if not is_inside:
            found.append([])
        is_inside = True
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if set("".join(cells)) != {"-"}:
            found[-1].append(cells)
    return found
