"""What is said of a clause of an agent's, whatever it is a piece of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.base.pronunciation import plain
from offhook.twiml.prosody import Break, Phrase
from offhook.twiml.ssml import words_of
from offhook.verbs.connecting.relay_text import spoken


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<speak>AT&amp;T is here.</speak>", "AT&T is here."),
        ("AT&amp;T is here.", "AT&T is here."),
        ("Smith &amp; Sons, <emphasis>we</emphasis> & you.", "Smith & Sons, we & you."),
        ("3 &lt; 4 <break/> and 3 < 4 & 5 > 2 ]]>.", "3 < 4 and 3 < 4 & 5 > 2 ]]>."),
        ("&lt;break/> is read as it is", "<break/> is read as it is"),
        ("Not <prosody rate='50%'>closed &amp; done.", "Not closed & done."),
        ("<?xml version='1.0'?><speak><!-- no -->A <s>sentence</s></speak>", "A sentence."),
        ("&#57344; <break/> &#xE001;", ""),
        ("<speak/>", ""),
    ],
)
def test_entities_are_read_with_and_without_tags(text: str, words: str) -> None:
    assert words_of(spoken(text).parts).strip() == words
    assert spoken(text).unknown == ()


@pytest.mark.parametrize(
    ("text", "words", "unknown"),
    [
        ("<amazon:effect name='whispered'>a secret</amazon:effect>.", "a secret.", ("amazon:effect",)),
        ("One<br/>two<mark name='a'/>, <b>three</b>", "One two, three", ("br", "mark", "b")),
        ("<voice name='x'>A <emphasis>B</emphasis></voice>", "A B", ("voice",)),
        ("<BREAK/>Hello", "Hello", ("BREAK",)),
        ("3 < 4 and 5 > 2", "3 < 4 and 5 > 2", ()),
    ],
)
def test_tags_that_say_has_not_are_left_out_and_told(text: str, words: str, unknown: tuple[str, ...]) -> None:
    assert words_of(spoken(text).parts) == words
    assert spoken(text).unknown == unknown


def test_a_tag_keeps_its_manner_beside_one_that_is_left_out() -> None:
    assert spoken(
        "<u>A</u> <break time='1s'/> <sub alias='R&D'>x</sub> &amp; <lang xml:lang='de-DE'>B</lang>"
    ).parts == (
        Phrase("A"),
        Break(1000),
        Phrase("R&D &"),
        Phrase("B", language="de-DE"),
    )


@given(st.text(alphabet="<>/&;#1 ampltsx='\"\ue000\ue001\ue002.", max_size=60))
def test_any_text_has_words_or_none(text: str) -> None:
    for part in spoken(text).parts:
        if isinstance(part, Phrase):
            assert part.text == " ".join(part.text.split())
            assert plain(part.text) == part.text
