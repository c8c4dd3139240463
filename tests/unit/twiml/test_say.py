"""Say: its text, its attributes. What SSML makes of it is in `test_ssml.py`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.twiml.document import Document
from offhook.twiml.parser import parse
from offhook.twiml.prosody import Phrase
from offhook.twiml.verbs.say import Say


def read(say: str) -> Document:
    return parse(f"<Response>{say}</Response>".encode())


def only(document: Document) -> Say:
    (verb,) = document.verbs
    assert isinstance(verb, Say)
    return verb


def codes(document: Document) -> list[int]:
    return [problem.code for problem in document.problems]


def test_defaults() -> None:
    assert read("<Say>Hello</Say>") == Document((Say((Phrase("Hello"),), "", "", 1),), ())


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("  Hello  ", "Hello"),
        ("Hello\n   there,\r\n\tyou", "Hello there, you"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("<![CDATA[1 < 2]]>", "1 < 2"),
        ("Grüße", "Grüße"),
    ],
)
def test_text_is_trimmed_and_newlines_are_spaces(inside: str, text: str) -> None:
    document = read(f"<Say>{inside}</Say>")

    assert only(document).parts == (Phrase(text),)
    assert document.problems == ()


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("<prosody pitch='medium'>a <lang>b</lang></prosody>", "a b"),
        ("<phoneme>pecan</phoneme>", "pecan"),
        ("<w role='amazon:VB'>read</w>", "read"),
        ("<p>One</p><p>Two!</p>", "One. Two!"),
        ("<s>One</s>two", "One. two"),
        ("<p></p>x", "x"),
        ("The <sub alias='World Wide Web Consortium'>W3C</sub>", "The World Wide Web Consortium"),
        ("The <sub>W3C</sub>", "The W3C"),
        ("Code <say-as interpret-as='digits'>1234</say-as>", "Code 1 2 3 4"),
        ("<say-as interpret-as='spell-out'>a b-c</say-as>", "a b - c"),
        ("<say-as interpret-as='characters'>AB</say-as>", "A B"),
        ("<say-as interpret-as='telephone'>+1 (415) 55</say-as>", "+ 1 4 1 5 5 5"),
    ],
)
def test_ssml_that_words_can_carry_is_one_phrase(inside: str, text: str) -> None:
    document = read(f"<Say>{inside}</Say>")

    assert only(document).parts == (Phrase(text),)
    assert document.problems == ()


@pytest.mark.parametrize("inside", ["a<Pause/> b", "a<audio>x</audio> b", "a<Break/> b"])
def test_12200_for_a_tag_that_say_does_not_take(inside: str) -> None:
    document = read(f"<Say>{inside}</Say>")

    assert only(document).parts == (Phrase("a b"),)
    assert codes(document) == [12200]


@pytest.mark.parametrize(
    "voice",
    ["man", "woman", "alice", "Polly.Joanna", "Polly.Joanna-Neural", "polly.amy", "Google.en-US-Wavenet-A"],
)
def test_every_known_voice_is_kept_as_written(voice: str) -> None:
    document = read(f'<Say voice="{voice}">x</Say>')

    assert only(document).voice == voice
    assert document.problems == ()


@pytest.mark.parametrize("voice", ["robot", "", "Polly.", "Polly.x y", "Azure.Jenny"])
def test_13511_for_an_unknown_voice(voice: str) -> None:
    document = read(f'<Say voice="{voice}">x</Say>')

    assert only(document).voice == ""
    assert codes(document) == [13511]


@pytest.mark.parametrize("language", ["en-US", "fr", "cmn-Hans-CN", "de-de"])
def test_a_language_is_kept_as_written(language: str) -> None:
    assert only(read(f'<Say language="{language}">x</Say>')).language == language


@pytest.mark.parametrize("language", ["English", "en_US", "e", ""])
def test_13511_for_what_is_no_language(language: str) -> None:
    document = read(f'<Say language="{language}">x</Say>')

    assert only(document).language == ""
    assert codes(document) == [13511]


@pytest.mark.parametrize(("loop", "value"), [("0", 0), ("1", 1), ("1000", 1_000), ("5000", 1_000)])
def test_loop_is_at_most_1000(loop: str, value: int) -> None:
    document = read(f'<Say loop="{loop}">x</Say>')

    assert only(document).loop == value
    assert document.problems == ()


@pytest.mark.parametrize("loop", ["-1", "two", "1.0", ""])
def test_13510_for_a_bad_loop(loop: str) -> None:
    document = read(f'<Say loop="{loop}">x</Say>')

    assert only(document).loop == 1
    assert codes(document) == [13510]


@pytest.mark.parametrize("say", ["<Say/>", "<Say>  \n </Say>", "<Say><break/></Say>"])
def test_13520_for_an_empty_text_which_is_dropped(say: str) -> None:
    document = read(say)

    assert document.verbs == ()
    assert codes(document) == [13520]


@pytest.mark.parametrize(
    "text", ["...!?", "- * -", "\U0001f600", "\N{RIGHT SINGLE QUOTATION MARK}", "<s>…</s><break/>!", "|"]
)
def test_13520_for_a_text_that_nobody_can_read_aloud(text: str) -> None:
    document = read(f"<Say>{text}</Say>")

    assert document.verbs == ()
    assert [each.message for each in document.problems] == [
        "<Say> has nothing that can be read aloud: skipped"
    ]
    assert codes(document) == [13520]


@pytest.mark.parametrize("text", ["7", "é", "你", "½", "%", "&amp;", "€", "+", "°"])
def test_a_text_of_one_character_that_has_a_name_is_spoken(text: str) -> None:
    assert codes(read(f"<Say>{text}</Say>")) == []


def test_tags_are_not_counted_and_every_phrase_is() -> None:
    half = "é" * 2_048
    longest, longer = (f"{half}<break/><prosody rate='slow'>{half[end:]}</prosody>" for end in (1, 0))

    assert len(only(read(f"<Say>{longest}</Say>")).parts) == 3
    assert codes(read(f"<Say>{longer}</Say>")) == [13521]


def test_4096_characters_are_said_and_one_more_is_13521() -> None:
    longest, longer = "é" * 4_096, "é" * 4_097

    assert only(read(f"<Say>{longest}</Say>")).parts == (Phrase(longest),)
    assert read(f"<Say>{longer}</Say>").verbs == ()
    assert codes(read(f"<Say>{longer}</Say>")) == [13521]


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="<>&\ufffe\uffff"),
        max_size=50,
    )
)
def test_any_text_is_said_as_it_is_but_for_blanks(text: str) -> None:
    document = read(f"<Say>{text} 7</Say>")

    expected = " ".join(f"{text} 7".split())
    assert [verb.parts for verb in document.verbs if isinstance(verb, Say)] == [(Phrase(expected),)]
