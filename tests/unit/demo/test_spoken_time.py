"""Times of day in words."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.demo.spoken_time import spoken_time


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (time(0, 0), "twelve o'clock at night"),
        (time(0, 1), "one minute past twelve at night"),
        (time(5, 59), "fifty nine minutes past five at night"),
        (time(6, 20), "twenty minutes past six in the morning"),
        (time(12, 0), "twelve o'clock in the afternoon"),
        (time(15, 7, 59), "seven minutes past three in the afternoon"),
        (time(18, 30), "thirty minutes past six in the evening"),
        (time(22, 19), "nineteen minutes past ten at night"),
    ],
)
def test_a_time_is_said_as_one_says_it(moment: time, words: str) -> None:
    assert spoken_time(moment) == words


@given(st.times())
def test_every_time_is_words_only(moment: time) -> None:
    assert spoken_time(moment).replace("'", "").replace(" ", "").isalpha()


def test_no_two_minutes_of_a_day_sound_the_same_but_at_night() -> None:
    said = {spoken_time(time(hour, minute)) for hour in range(5, 22) for minute in range(60)}

    assert len(said) == 17 * 60
