"""Markup in an agent's words, and signs that but look like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.stream.markup import ends_entity, is_half_tag, tags, with_entities, without_entities


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("<break time='1s'/>", ["break"]),
        ('<sub alias="a > b">c</sub>', ["sub", "sub"]),
        ("<amazon:effect name='whispered'>a secret</amazon:effect>", ["amazon:effect"] * 2),
        ("<audio src=https://a.test/b.mp3/> <mark/> <br>", ["audio", "mark", "br"]),
        ("<break strong> <prosody slow>x</prosody>", ["break", "prosody", "prosody"]),
        ("<?xml version='1.0'?><!-- a <b> c --><speak\n xmlns='x'>", ["", "", "speak"]),
        ("3 < 4 and 5 > 2", []),
        ("a<b and c>d, i <3 you, <- there ->, <<x", []),
        ("<https://a.test/> <bob@a.test> < b>", []),
        ("<b and c=d", []),
    ],
)
def test_a_tag_has_a_name_and_attributes_or_nothing(text: str, names: list[str]) -> None:
    assert [tag.name for tag in tags(text)] == names


def test_a_tag_says_where_it_is_and_what_it_closes() -> None:
    opening, empty, closing = tags("<p>a<br />b</p>")

    assert (opening.start, opening.end, opening.is_end, opening.is_empty) == (0, 3, False, False)
    assert (empty.is_end, empty.is_empty) == (False, True)
    assert (closing.end, closing.is_end) == (15, True)


@pytest.mark.parametrize(
    "half",
    [
        "<",
        "</",
        "</p",
        "<amazon:eff",
        "<a b",
        "<a b=",
        "<a b='c, d. ",
        '<a b="c" ',
        "<a b=c/",
        "<br /",
        "<!-- x. ",
    ],
)
def test_a_tag_that_is_not_all_there_is_waited_for(half: str) -> None:
    assert is_half_tag(f"one {half}", 4)


@pytest.mark.parametrize("text", ["<a>", "3 < 4", "a <b and c", "<a b='c'd", "<3", "<a> b"])
def test_what_can_become_no_tag_is_not_waited_for(text: str) -> None:
    assert not is_half_tag(text, text.rfind("<"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("AT&amp;T &lt;&gt; &quot;a&apos;", "AT&T <> \"a'"),
        ("Caf&#233; &#xE9; &#x1f600;", "Café é \U0001f600"),
        ("Ernst & Young &nbsp; R&D; &copy=1 &#; &amp", "Ernst & Young &nbsp; R&D; &copy=1 &#; &amp"),
        ("&amp;lt; is read once", "&lt; is read once"),
        ("&#0; &#xD800; &#x110000; &#1234567;.", "       ."),
    ],
)
def test_entities_of_xml_are_read_and_a_bare_ampersand_stays(written: str, read: str) -> None:
    assert without_entities(written) == read
    assert without_entities(with_entities(read)) == read or "&" in read


def test_an_entity_ends_behind_its_semicolon() -> None:
    text = "a &amp; b; &#1234567; &x;"

    assert [at for at in range(len(text) + 1) if ends_entity(text, at)] == [7, 21]


@given(st.text(alphabet="<>/!?-ab =&;#'\"\n", max_size=60))
def test_tags_of_any_text_are_in_order_and_hold_no_other(text: str) -> None:
    at = 0
    for tag in tags(text):
        assert at <= tag.start < tag.end <= len(text)
        assert (text[tag.start], text[tag.end - 1]) == ("<", ">")
        at = tag.end
    without_entities(text)


@pytest.mark.parametrize(
    "piece", ["<", "<a ", " b='c'", "<a b=c", "<a b='", "<!--", "<?", "&", "<a" + " " * 60]
)
def test_nothing_is_found_in_as_much_text_as_may_wait_that_has_no_end_of_a_tag(piece: str) -> None:
    assert list(tags("<a" + piece * (65_536 // len(piece)))) == []


def test_a_comment_of_more_than_a_hundred_characters_is_text() -> None:
    assert [tag.name for tag in tags(f"<!--{'x' * 100}-->")] == [""]
    assert list(tags(f"<!--{'x' * 101}-->")) == []
    assert not is_half_tag(f"<!--{'x' * 101}", 0)
