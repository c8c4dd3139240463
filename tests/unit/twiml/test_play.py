"""Play: its URL, its keys, its attributes; what it may be inside Gather."""

import pytest

from offhook.twiml.problem import Level
from offhook.twiml.verbs.gather import Gather
from offhook.twiml.verbs.play import Play
from tests.support.twiml import codes, document, only


@pytest.mark.parametrize(
    ("source", "verb"),
    [
        ("<Play>https://example.com/a.mp3</Play>", Play("https://example.com/a.mp3", "", 1)),
        ("<Play>\n  a.wav?x=1&amp;y=2#rc=2\n</Play>", Play("a.wav?x=1&y=2#rc=2", "", 1)),
        ('<Play loop="0">/a</Play>', Play("/a", "", 0)),
        ('<Play loop="1000">/a</Play>', Play("/a", "", 1_000)),
        ('<Play loop="1001">/a</Play>', Play("/a", "", 1_000)),
        ('<Play digits="1W2w3ABCD*#"/>', Play("", "1W2w3ABCD*#", 1)),
        ('<Play digits="12" loop="2"/>', Play("", "12", 2)),
        ('<Play digits="">/a</Play>', Play("/a", "", 1)),
    ],
)
def test_good_values_are_taken(source: str, verb: Play) -> None:
    found = document(source)

    assert found.verbs == (verb,)
    assert found.problems == ()


@pytest.mark.parametrize("loop", ["-1", "1.5", "", "often"])
def test_13410_for_a_bad_loop(loop: str) -> None:
    found = document(f'<Play loop="{loop}">/a</Play>')

    assert found.verbs == (Play("/a", "", 1),)
    assert codes(found) == [13410]


@pytest.mark.parametrize("digits", ["12x", "1 2", "e", "+49", "1" * 1_001])
def test_13430_for_bad_digits_which_are_not_sent(digits: str) -> None:
    alone = document(f'<Play digits="{digits}"/>')
    beside_a_url = document(f'<Play digits="{digits}">/a</Play>')

    assert alone.verbs == ()
    assert beside_a_url.verbs == (Play("/a", "", 1),)
    assert codes(alone) == codes(beside_a_url) == [13430]


def test_a_thousand_keys_are_sent() -> None:
    assert document(f'<Play digits="{"1" * 1_000}"/>').verbs == (Play("", "1" * 1_000, 1),)


def test_12200_for_a_url_beside_digits_which_win() -> None:
    found = document('<Play digits="1">/a</Play>')

    assert found.verbs == (Play("", "1", 1),)
    assert codes(found) == [12200]


@pytest.mark.parametrize("url", ["a b.mp3", "ftp://example.com/a.mp3", "http:///a", "http://a_b/c", "a|b"])
def test_11100_for_what_is_no_url_which_is_kept_for_its_turn(url: str) -> None:
    found = document(f"<Pause/><Play>{url}</Play>")

    assert found.verbs[1] == Play(url, "", 1)
    assert [(problem.code, problem.level) for problem in found.problems] == [(11100, Level.ERROR)]


@pytest.mark.parametrize("source", ["<Play/>", "<Play>  </Play>", '<Play digits=""/>'])
def test_11100_for_a_play_of_nothing(source: str) -> None:
    found = document(source)

    assert found.verbs == (Play("", "", 1),)
    assert codes(found) == [11100]


def test_12200_for_what_is_inside_and_for_unknown_attributes() -> None:
    assert codes(document("<Play Loop='2'>/a<Say>x</Say></Play>")) == [12200, 12200]


def test_play_in_gather_is_a_prompt() -> None:
    found = document("<Gather><Play loop='2'>/a</Play><Say>One</Say></Gather>")

    assert only(found, Gather).prompts[0] == Play("/a", "", 2)
    assert found.problems == ()


def test_12200_for_digits_in_gather() -> None:
    alone = document("<Gather><Play digits='1'/></Gather>")
    beside_a_url = document("<Gather><Play digits='1'>/a</Play></Gather>")

    assert only(alone, Gather).prompts == ()
    assert only(beside_a_url, Gather).prompts == (Play("/a", "", 1),)
    assert codes(alone) == codes(beside_a_url) == [12200]


def test_it_says_where_it_stands() -> None:
    play = only(document("\n  <Play>/a</Play>"), Play)

    assert (play.line, play.column) == (2, 3)
