from hypothesis import given
from hypothesis import strategies as st

from offhook.verbs.gathering.key_collector import CollectorState, KeyCollector


def test_num_digits_ends_the_collection_without_a_finish_key() -> None:
    collector = KeyCollector(num_digits=2, finish_on_key="#")
    assert collector.take("1") is False
    assert collector.state is CollectorState.COLLECTING
    assert collector.take("2") is True
    assert (collector.digits, collector.finished_on_key) == ("12", "")


def test_finish_key_ends_the_collection_and_is_not_data() -> None:
    collector = KeyCollector(num_digits=None, finish_on_key="#")
    collector.take("1")
    assert collector.take("#") is True
    assert (collector.digits, collector.finished_on_key) == ("1", "#")


def test_finish_key_pressed_first_is_no_input() -> None:
    collector = KeyCollector(num_digits=None, finish_on_key="#")
    assert collector.take("#") is True
    assert collector.digits == ""


def test_gather_finish_on_key_empty_makes_every_key_data() -> None:
    collector = KeyCollector(num_digits=3, finish_on_key="")
    assert [collector.take(key) for key in "#*0"] == [False, False, True]
    assert collector.digits == "#*0"


def test_keys_after_the_end_are_ignored() -> None:
    collector = KeyCollector(num_digits=1, finish_on_key="#")
    collector.take("5")
    assert collector.take("6") is True
    assert collector.digits == "5"


@given(
    keys=st.text("0123456789*#ABCD", max_size=40),
    num_digits=st.none() | st.integers(1, 10),
    finish=st.sampled_from(["", "#", "*", "7"]),
)
def test_digits_are_what_came_before_the_end(keys: str, num_digits: int | None, finish: str) -> None:
    collector = KeyCollector(num_digits, finish)
    for key in keys:
        collector.take(key)
    before_finish = keys.split(finish, maxsplit=1)[0] if finish else keys
    expected = before_finish if num_digits is None else before_finish[:num_digits]
    assert collector.digits == expected
