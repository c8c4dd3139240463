"""SSML: what is spoken in which manner, and the pauses between, of any tree of tags."""

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.base.pronunciation import plain, pronounced
from offhook.twiml.attribute import ProblemLog
from offhook.twiml.element import Element
from offhook.twiml.parser import parse
from offhook.twiml.prosody import (
    LEVELS,
    MAX_BREAK_MS,
    MAX_GAIN_DB,
    MAX_RATE,
    MIN_RATE,
    PAUSES_MS,
    RATES,
    VOLUMES_DB,
    Break,
    Phrase,
)
from offhook.twiml.ssml import TAGS, spoken_parts, worded, words_of
from offhook.twiml.verbs.say import Say

TOMATO = "t\u0259\u02c8m\u0251\u02d0to\u028a"

Parts = tuple[Phrase | Break, ...]


def read(inside: str) -> tuple[Parts, list[str]]:
    """The parts of a Say, and what is noted about it."""
    document = parse(f"<Response><Say>{inside}</Say></Response>".encode())
    (say,) = document.verbs
    assert isinstance(say, Say)
    assert {problem.code for problem in document.problems} <= {12200}
    return say.parts, [problem.message for problem in document.problems]


def parts(inside: str) -> Parts:
    """The parts of a Say in which nothing is wrong."""
    read_parts, messages = read(inside)
    assert messages == []
    return read_parts


@pytest.mark.parametrize(
    ("time", "ms"),
    [("800ms", 800), ("1.5s", 1500), ("0.25S", 250), (".5s", 500), ("10s", 10_000), ("10000ms", 10_000)],
)
def test_a_break_is_as_long_as_its_time(time: str, ms: int) -> None:
    assert parts(f"One<break time='{time}'/>two") == (Phrase("One"), Break(ms), Phrase("two"))


@pytest.mark.parametrize(
    "time", ["", "10001ms", "10.001s", "11s", "-1s", "1", "1 s", "2m", "1e1s", "999999s", "٣s"]
)
def test_a_time_that_is_none_is_noted_and_the_strength_is_in_force(time: str) -> None:
    assert read(f"One<break strength='strong' time='{time}'/>two") == (
        (Phrase("One"), Break(700), Phrase("two")),
        ["<break time> must be 0ms to 10000ms or 0s to 10s: ignored"],
    )


@pytest.mark.parametrize("strength", ["weak", "medium", "strong", "x-strong"])
def test_a_break_is_as_long_as_its_strength_says_whatever_mark_is_before_it(strength: str) -> None:
    pause = Break(PAUSES_MS[strength])

    assert parts(f"One<break strength='{strength}'/>two") == (Phrase("One"), pause, Phrase("two"))
    assert parts(f"One. <break strength='{strength}'/>Two") == (Phrase("One."), pause, Phrase("Two"))


@pytest.mark.parametrize("attribute", ["strength='none'", "strength='x-weak'", "time='0s'"])
def test_no_pause_joins_words_and_takes_away_that_of_a_mark(attribute: str) -> None:
    assert parts(f"One <break {attribute}/>two") == (Phrase("One two"),)
    assert parts(f"One. <break {attribute}/>Two") == (Phrase("One."), Break(0), Phrase("Two"))


@pytest.mark.parametrize(
    ("before", "ms"),
    [
        ("One", 300),
        ("One,", 700),
        ("One; ", 700),
        ("One.", 1200),
        ("One!\n", 1200),
        ("<s>One</s>", 1200),
        ("", 300),
    ],
)
def test_a_break_without_attributes_goes_by_the_mark_before_it(before: str, ms: int) -> None:
    assert parts(f"{before}<break/>two")[-2:] == (Break(ms), Phrase("two"))


def test_a_strength_that_is_none_is_noted_and_told_by_the_mark() -> None:
    assert read("One<break strength='iron' tme='1s'/>two") == (
        (Phrase("One"), Break(300), Phrase("two")),
        [
            "<break strength> must be one of none, x-weak, weak, medium, strong, x-strong: default used",
            "<break> has no attribute tme: ignored",
        ],
    )


@pytest.mark.parametrize(
    ("rate", "value"),
    [
        *(("x-slow", 0.5), ("slow", 0.75), ("medium", 1.0), ("default", 1.0), ("Fast", 1.2), ("x-fast", 1.5)),
        *(("20%", 0.2), ("200%", 2.0), ("87.5%", 0.875)),
    ],
)
def test_a_rate_is_of_the_voices_own(rate: str, value: float) -> None:
    assert parts(f"<prosody rate='{rate}'>One</prosody>") == (Phrase("One", value),)


@pytest.mark.parametrize(
    "rate", ["", "19%", "201%", "+10%", "-10%", "1.5", "quick", "nan%", "100 %", "1000%"]
)
def test_a_rate_that_is_none_is_noted_and_changes_nothing(rate: str) -> None:
    assert read(f"<prosody rate='{rate}'>One</prosody>") == (
        (Phrase("One"),),
        [f"<prosody rate> must be 20% to 200%, or one of {', '.join(RATES)}: default used"],
    )


@pytest.mark.parametrize(
    ("volume", "gain_db"),
    [
        *(("silent", -inf), ("x-soft", -12.0), ("soft", -6.0), ("medium", 0.0), ("default", 0.0)),
        *(("loud", 3.0), ("X-Loud", 6.0), ("+6dB", 6.0), ("-4.5db", -4.5), ("+0.0dB", 0.0)),
        *(("+999dB", MAX_GAIN_DB), ("-999dB", -MAX_GAIN_DB)),
    ],
)
def test_a_volume_is_a_gain(volume: str, gain_db: float) -> None:
    assert parts(f"<prosody volume='{volume}'>One</prosody>") == (Phrase("One", 1.0, gain_db),)


@pytest.mark.parametrize("volume", ["", "6dB", "+6", "+6 dB", "50", "50%", "+infdB", "huge"])
def test_a_volume_that_is_none_is_noted_and_changes_nothing(volume: str) -> None:
    assert read(f"<prosody volume='{volume}'>One</prosody>") == (
        (Phrase("One"),),
        [f"<prosody volume> must be decibels such as +6dB, or one of {', '.join(VOLUMES_DB)}: default used"],
    )


@pytest.mark.parametrize("level", LEVELS)
def test_emphasis_is_rate_and_gain(level: str) -> None:
    assert parts(f"<emphasis level='{level}'>One</emphasis>") == (Phrase("One", *LEVELS[level]),)


def test_emphasis_is_moderate_of_itself_and_where_its_level_is_none() -> None:
    assert parts("<emphasis>One</emphasis>") == (Phrase("One", *LEVELS["moderate"]),)
    assert read("<emphasis level='huge'>One</emphasis>") == (
        (Phrase("One", *LEVELS["moderate"]),),
        ["<emphasis level> must be one of strong, moderate, reduced: default used"],
    )


def test_decibels_add_up_and_labels_and_rates_are_the_voices_own() -> None:
    inner = "<prosody volume='-9dB'>b <prosody rate='80%'>c </prosody></prosody>"
    other = "<prosody volume='soft'>d <prosody volume='default' rate='default'>e</prosody></prosody>"

    assert parts(f"<prosody rate='50%' volume='+3dB'>a {inner}{other}</prosody> f") == (
        *(Phrase("a", 0.5, 3.0), Phrase("b", 0.5, -6.0), Phrase("c", 0.8, -6.0)),
        *(Phrase("d", 0.5, -6.0), Phrase("e f")),
    )


def test_emphasis_is_against_what_is_around_it_within_bounds() -> None:
    assert parts("<prosody rate='50%' volume='+1dB'><emphasis level='strong'>a</emphasis></prosody>") == (
        Phrase("a", 0.4, 5.0),
    )
    assert parts("<prosody rate='20%'><emphasis level='strong'>a</emphasis></prosody>") == (
        Phrase("a", 0.2, 4.0),
    )
    assert parts("<prosody rate='200%'><emphasis level='reduced'>a</emphasis></prosody>") == (
        Phrase("a", 2.0, -3.0),
    )


def test_silence_stays_silence_until_a_label_ends_it() -> None:
    assert parts(
        "<prosody volume='silent'><emphasis><prosody volume='+40dB'>a</prosody></emphasis>"
        "<prosody volume='loud'>b</prosody></prosody>"
    ) == (Phrase("a", 0.9, -inf), Phrase("b", 1.0, 3.0))


def test_neighbours_of_one_manner_are_one_phrase() -> None:
    assert parts("<prosody rate='100%'>un<prosody volume='medium'>believ</prosody></prosody>able") == (
        Phrase("unbelievable"),
    )
    assert parts("<emphasis>very</emphasis> <emphasis>good</emphasis>") == (
        Phrase("very good", *LEVELS["moderate"]),
    )


def test_a_mark_belongs_to_the_phrase_before_it() -> None:
    strong = LEVELS["strong"]

    assert parts(
        "A <emphasis level='strong'>big</emphasis>, red <emphasis level='strong'>dog</emphasis>."
    ) == (*(Phrase("A"), Phrase("big,", *strong), Phrase("red"), Phrase("dog.", *strong)),)
    assert parts("It is <emphasis level='strong'>3</emphasis>.5") == (
        *(Phrase("It is"), Phrase("3", *strong), Phrase(".5")),
    )


def test_manner_reaches_into_every_other_tag() -> None:
    slow = "<prosody rate='slow'>{}</prosody>"

    assert parts(slow.format("<p>One</p><s>two</s>")) == (Phrase("One. two.", 0.75),)
    assert parts(slow.format("<say-as interpret-as='digits'>1<w>2</w></say-as>")) == (Phrase("1 2", 0.75),)
    assert parts(slow.format("<sub alias='three'>3<break/></sub>")) == (Phrase("three", 0.75),)
    assert parts("<say-as interpret-as='digits'>12<break time='1s'/>34</say-as>") == (
        *(Phrase("1 2"), Break(1000), Phrase("3 4")),
    )


def test_a_pause_at_the_end_of_a_sentence_is_its_end() -> None:
    assert parts("<s>One<break time='2s'/></s>two") == (Phrase("One"), Break(2000), Phrase("two"))


def test_what_is_wrong_inside_a_tag_whose_text_is_not_spoken_is_noted() -> None:
    assert read("<sub alias='x'>a<Pause/></sub>") == (
        (Phrase("x"),),
        ["<Pause> is not allowed in <sub>: skipped"],
    )


def test_pauses_stand_before_behind_and_beside_each_other() -> None:
    assert parts("<break time='1s'/>a<break time='2s'/> <break time='3s'/>b<break time='4s'/>") == (
        *(Break(1000), Phrase("a"), Break(2000), Break(3000), Phrase("b"), Break(4000)),
    )


TEXTS = st.text("ab1 .,!\n", max_size=6)
VALUES = st.sampled_from(
    [
        "",
        "none",
        "strong",
        "800ms",
        "99s",
        "slow",
        "20%",
        "201%",
        "+6dB",
        "-99dB",
        "silent",
        "soft",
        "reduced",
    ]
)
NAMES = ["strength", "time", "level", "rate", "volume", "pitch", "interpret-as", "alias", "bad"]
MANNERS = ["emphasis", "prosody", "lang", "w", "phoneme"]
"""The tags that leave the text as it is."""


def trees(tags: list[str]) -> st.SearchStrategy[Element]:
    """A Say with texts in these tags, and tags in tags."""

    def elements(
        name: str | st.SearchStrategy[str], inside: st.SearchStrategy[Element | str]
    ) -> st.SearchStrategy[Element]:
        return st.builds(
            Element,
            st.just(name) if isinstance(name, str) else name,
            st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3),
            st.lists(inside, max_size=4).map(tuple),
            st.just(1),
            st.just(1),
        )

    names = st.sampled_from(tags)
    return elements("Say", st.recursive(TEXTS, lambda inside: elements(names, inside), max_leaves=15))


@given(trees([*TAGS, "Pause"]))
def test_any_tree_gives_phrases_and_breaks_within_bounds(say: Element) -> None:
    log = ProblemLog()

    got = spoken_parts(say, log)

    assert {problem.code for problem in log.problems} <= {12200}
    last: Phrase | Break | None = None
    for part in got:
        if isinstance(part, Break):
            assert 0 <= part.ms <= MAX_BREAK_MS
        else:
            assert part.text == " ".join(part.text.split()) != ""
            assert MIN_RATE <= part.rate <= MAX_RATE
            assert part.gain_db == -inf or -MAX_GAIN_DB <= part.gain_db <= MAX_GAIN_DB
            if isinstance(last, Phrase):
                assert (last.rate, last.gain_db) != (part.rate, part.gain_db)
        last = part


@given(trees(MANNERS))
def test_manner_changes_no_character_of_the_text(say: Element) -> None:
    def text(child: Element | str) -> str:
        return child if isinstance(child, str) else "".join(map(text, child.children))

    got = words_of(spoken_parts(say, ProblemLog()))

    assert "".join(got.split()) == "".join(text(say).split())


DATE = Phrase("1/2/2026", said_as=("date", "mdy"))


def test_what_a_say_as_becomes_is_told_by_who_speaks() -> None:
    read_parts = parts("Due <say-as interpret-as='date' format='mdy'>1/2/2026</say-as>, they say.")
    assert read_parts == (Phrase("Due"), replace(DATE, text="1/2/2026,"), Phrase("they say."))


def test_its_words_are_one_phrase_with_what_is_around_them() -> None:
    read_parts = parts("Due <say-as interpret-as='date' format='mdy'>1/2/2026</say-as> they say.")
    assert worded(read_parts, lambda _: "en-GB") == (
        (Phrase("Due January second, twenty twenty-six they say."),),
        (),
    )
    said, unsaid = worded(read_parts, lambda _: "de-DE")
    assert said == (Phrase("Due 1/2/2026 they say."),)
    assert unsaid == ("say-as date has words in English alone: de-DE reads its text as it stands",)


def test_an_expletive_is_silence_as_long_as_the_word() -> None:
    said = parts("Oh <say-as interpret-as='expletive'>darn</say-as>!")
    assert [(part.text, part.gain_db) for part in said if isinstance(part, Phrase)] == [
        ("Oh", 0.0),
        ("darn!", -inf),
    ]


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("<say-as interpret-as='date' format='mdy'>soon</say-as>", "soon is no date of the format mdy"),
        ("<say-as interpret-as='ordinal'>first</say-as>", "first is no ordinal"),
        ("<say-as interpret-as='poem'>Roses</say-as>", "interpret-as must be one of address, cardinal"),
        ("<phoneme alphabet='x-amazon-pinyin' ph='ni3'>you</phoneme>", "x-amazon-pinyin is not read here"),
        ("<phoneme alphabet='ipa' ph='5'>five</phoneme>", "ph has 5, which is no symbol of ipa"),
        ("<phoneme alphabet='x-sampa' ph='t$'>t</phoneme>", "ph has $, which is no symbol of x-sampa"),
        ("<phoneme ph='.'>dot</phoneme>", "ph has no sounds"),
    ],
)
def test_what_cannot_be_said_is_noted_and_its_text_is_spoken(inside: str, message: str) -> None:
    said, messages = read(inside)
    assert len(messages) == 1
    assert message in messages[0]
    assert words_of(said) in inside
    assert all(part.said_as == ("", "") for part in said if isinstance(part, Phrase))


@pytest.mark.parametrize(
    "written",
    ["alphabet='ipa' ph='t\u0259\u02c8m\u0251\u02d0to\u028a'", "alphabet='x-sampa' ph='t@&quot;mA:toU'"],
)
def test_sounds_stand_with_their_word(written: str) -> None:
    (said,) = parts(f"I say <phoneme {written}>tomato</phoneme>.")
    assert isinstance(said, Phrase)
    assert said.text == f"I say {pronounced('tomato', TOMATO)}."
    assert plain(said.text) == words_of((said,)) == "I say tomato."


def test_marks_in_a_text_of_others_are_blanks() -> None:
    said = parts("a\ue000b\ue001c\ue002")
    assert said == (Phrase("a b c"),)
