"""Tokens become clauses: early, at marks that end something, and never inside a tag."""

# ruff: noqa: RUF001 (marks of other scripts)

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.stream.clauses import CLAUSE_MAX, UNBROKEN_MAX, ClauseCutter


def cut(*tokens: str) -> tuple[list[str], str]:
    cutter = ClauseCutter()
    return [clause for token in tokens for clause in cutter.add(token)], cutter.rest()


@pytest.mark.parametrize(
    ("text", "clauses", "rest"),
    [
        ("Hello there, how are you", ["Hello there,"], "how are you"),
        ("Well, hello", [], "Well, hello"),
        ("Hi! How are you", ["Hi!"], "How are you"),
        ("It costs 3.14 dollars, or 10,000 cents", ["It costs 3.14 dollars,"], "or 10,000 cents"),
        ("This is Dr. Smith speaking now. Hello", ["This is Dr. Smith speaking now."], "Hello"),
        ("J. K. Rowling wrote it. Yes", ["J. K. Rowling wrote it."], "Yes"),
        ('He said "no." And left', ['He said "no."'], "And left"),
        ("First things\nthen others", ["First things"], "then others"),
        ("One sentence. Two, three, four. Five", ["One sentence.", "Two, three, four."], "Five"),
        ("元気ですか？はい。", ["元気ですか？", "はい。"], ""),
        ("No mark at all", [], "No mark at all"),
        ("   ", [], ""),
    ],
)
def test_a_clause_ends_at_a_mark_with_a_blank_behind_it(text: str, clauses: list[str], rest: str) -> None:
    assert cut(text) == (clauses, rest)
    assert cut(*text) == (clauses, rest)  # and so it does when each character is a token


def test_a_mark_at_the_end_waits_for_what_follows() -> None:
    cutter = ClauseCutter()

    assert cutter.add("That is all of version 1.") == []
    assert cutter.add("5 so far.") == []
    assert cutter.add(" Next") == ["That is all of version 1.5 so far."]
    assert cutter.waiting.strip() == "Next"


def test_a_later_clause_ends_at_a_comma_once_it_is_long() -> None:
    long = "this one has more than sixty characters before its comma, as you can count"

    assert cut(f"A first sentence. Short, short, {long}") == (
        ["A first sentence.", f"Short, short, {long.partition(',')[0]},"],
        "as you can count",
    )


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ('Wait <break time="1s"/> a moment. Thanks', ['Wait <break time="1s"/> a moment.']),
        (
            "<prosody rate='slow'>Slow one. Slow two.</prosody> Fast. Go",
            ["<prosody rate='slow'>Slow one. Slow two.</prosody>", "Fast."],
        ),
        ("<s>A. B. <sub alias='x. y'>C. D</sub> E.</s>\nF", ["<s>A. B. <sub alias='x. y'>C. D</sub> E.</s>"]),
        ("<speak><s>All is well.</s></speak> Go on", ["<speak><s>All is well.</s></speak>"]),
        ("<s>Really?</s> Go on", ["<s>Really?</s>"]),
        ("<s>I know Dr.</s> Smith well. Go", ["<s>I know Dr.</s> Smith well."]),
        ("It is so that 3 < 4, and 5 > 4. Yes", ["It is so that 3 < 4,", "and 5 > 4."]),
    ],
)
def test_nothing_is_cut_inside_a_tag(text: str, clauses: list[str]) -> None:
    assert cut(text)[0] == clauses
    assert cut(*text)[0] == clauses


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("Welcome to Smith &amp; Sons, we hope", ["Welcome to Smith &amp; Sons,"]),
        ("Welcome to the Caf&#233; tonight; it is", ["Welcome to the Caf&#233; tonight;"]),
        ("Welcome to AT&T; we hope", ["Welcome to AT&T;"]),
    ],
)
def test_the_semicolon_of_an_entity_ends_no_clause(text: str, clauses: list[str]) -> None:
    assert cut(text)[0] == clauses
    assert cut(*text)[0] == clauses


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("A sound <audio src='a, b. c'/> now. Go", ["A sound <audio src='a, b. c'/> now."]),
        (
            "<amazon:effect name='x'>A secret one. And</amazon:effect> more. Go",
            ["<amazon:effect name='x'>A secret one.", "And</amazon:effect> more."],
        ),
        ("It is a <b and so on, or not", ["It is a <b and so on,"]),
    ],
)
def test_a_tag_that_say_has_not_keeps_itself_alone_together(text: str, clauses: list[str]) -> None:
    assert cut(text)[0] == clauses
    assert cut(*text)[0] == clauses


def test_what_has_no_mark_is_cut_at_a_blank_and_what_has_no_blank_all_the_same() -> None:
    clauses, rest = cut("word " * 200)
    assert max(map(len, clauses)) <= CLAUSE_MAX
    assert " ".join([*clauses, rest]).split() == ["word"] * 200

    clauses, rest = cut("x" * (2 * UNBROKEN_MAX + 5))
    assert [len(each) for each in clauses] == [UNBROKEN_MAX, UNBROKEN_MAX]
    assert rest == "x" * 5


def test_a_tag_that_is_never_closed_does_not_keep_the_agent_silent() -> None:
    clauses, _ = cut("<prosody rate='slow'>" + "All is said. " * 200)

    assert clauses


@given(st.lists(st.text(alphabet="ab .,!?<>/p\n", max_size=6), max_size=40))
def test_nothing_is_lost_and_nothing_is_said_twice(tokens: list[str]) -> None:
    clauses, rest = cut(*tokens)

    assert "".join("".join([*clauses, rest]).split()) == "".join("".join(tokens).split())
    assert all(each.strip() == each and each for each in clauses)


@pytest.mark.parametrize(
    "text",
    [
        "." * 20_000,
        "Hi! " * 5_000,
        "word " * 5_000,
        "a, " * 6_000,
        "<speak>" + "a. " * 6_000,
        "<a b='" + "x. " * 6_000,
        "<a b='x. ' " * 2_000,
        "&amp; " * 3_000,
        "<" * 10_000 + "Hi! " * 2_000,
    ],
)
def test_no_message_takes_long(text: str) -> None:
    began = time.process_time()

    cut(text)

    assert time.process_time() - began < 1.0
