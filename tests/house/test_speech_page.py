"""The measured tables of docs/speech.md are whole, and of the texts that there are now.

Whoever changes a phrase, a voice or a way of asking makes them anew: `python -m tests.speech --write-docs`.
"""

from collections import Counter

import pytest

from tests.speech import answering, word_errors
from tests.speech.page import PAGE, Section, tables
from tests.support.answers import MACHINES, PEOPLE, VOICES, others

SECTIONS = (word_errors.SECTION, answering.SECTION)
KINDS = {
    "person": len(PEOPLE) * len(VOICES),
    "machine, beep": len(MACHINES) * len(VOICES),
    "machine, no beep": len(MACHINES) * len(VOICES),
    **Counter(each.what for each in others()),
}
"""How many answers of each kind there are."""


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_a_table_is_of_the_texts_that_there_are(section: Section) -> None:
    assert section.fingerprint in section.within(PAGE.read_text())


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_writing_a_table_changes_nothing_else_of_the_page(section: Section) -> None:
    text = PAGE.read_text()
    made = section.within(text).replace(section.fingerprint, "")
    assert section.written_into(text, made) == text


def test_the_word_error_rates_have_a_line_for_each_voice_and_each_line() -> None:
    (table,) = tables(word_errors.SECTION.within(PAGE.read_text()))
    assert table[0] == list(word_errors.COLUMNS)
    assert [row[:2] for row in table[1:]] == [
        [voice, line] for voice in word_errors.VOICES for line in word_errors.LINES
    ]
    for row in table[1:]:
        rates = [cell for cell in (row[2], row[4]) if cell]
        assert len(rates) == (1 if word_errors.LINES[row[1]] else 2)
        assert all(0 <= float(rate) <= 1 for rate in rates)
        assert all(cell.endswith(" s") for cell in (row[3], row[5]) if cell)


def test_the_verdicts_of_each_table_are_as_many_as_there_are_answers() -> None:
    made = answering.SECTION.within(PAGE.read_text())
    found = tables(made)
    assert len(found) == len(answering.TITLES)
    for title, table in zip(answering.TITLES, found, strict=True):
        assert table[0] == ["what answers", "answers", *answering.COLUMNS, "median time"]
        assert {row[0]: int(row[1]) for row in table[1:]} == KINDS
        assert all(sum(int(cell or 0) for cell in row[2:-1]) == int(row[1]) for row in table[1:])
        assert f"of {sum(KINDS.values())} right" in made.split(f"{title}: ")[1].splitlines()[0]
