"""Texts made safe for the engine: ordinary ones untouched, long clauses and words bounded."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.speech.sayable import MAX_CLAUSE, MAX_WORD, sayable


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Welcome to Offhook. For the time, press one.",
        "Call +1 415 555 2671, or pay $1,234,567.89 by 2026-11-26 at 14:05.",
        "Order 12345678901234567890.",
    ],
)
def test_an_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert sayable(text) == text


def test_a_number_that_nobody_could_follow_is_read_digit_by_digit() -> None:
    assert sayable("Pi is 3" + "1" * 30 + "!").startswith("Pi is 3 1 1 1")
    assert sayable("1," * 20) == " ".join("1" * 20)


def test_a_long_clause_gets_a_comma_between_words() -> None:
    words = sayable("word " * 100).split()

    assert [word.rstrip(",") for word in words] == ["word"] * 100
    assert words.index("word,") == MAX_CLAUSE // 5


def test_a_long_word_is_cut() -> None:
    words = sayable("x" * 250).split()

    assert [word.rstrip(",") for word in words] == ["x" * MAX_WORD, "x" * MAX_WORD, "x" * 50]


@given(st.text("ab1, .", max_size=3_000) | st.text(max_size=500))
def test_no_clause_is_longer_than_clause_and_word_together(text: str) -> None:
    said = sayable(text)

    for clause in re.split(r"(?<=[.!?…,;:—])\s", said):
        assert len(clause) <= MAX_CLAUSE + MAX_WORD + 2


@given(st.text("ab .", max_size=500))
def test_nothing_is_lost(text: str) -> None:
    assert re.sub(r"[\s,]", "", sayable(text)) == re.sub(r"\s", "", text)
