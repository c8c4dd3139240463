"""The machine of a Gather: which kind wins, which time-out runs, whatever comes in which order."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.verbs.gathering.collection import TONE_S, Collection, CollectionState, Speech
from offhook.verbs.gathering.key_collector import KeyCollector

PROMPTING, WAITING, PRESSING, SPEAKING, DONE = CollectionState


def collection(num_digits: int | None = None, finish_on_key: str = "#") -> Collection:
    return Collection(KeyCollector(num_digits, finish_on_key), 5.0, 60.0)


def waiting() -> Collection:
    made = collection()
    made.handle_prompted(10.0)
    return made


def speaking() -> Collection:
    made = waiting()
    made.handle_speech(12.0)
    return made


def test_prompts_wait_for_nobody_and_the_timeout_begins_behind_them() -> None:
    made = collection()
    assert (made.state, made.deadline, made.is_prompting) == (PROMPTING, None, True)
    made.handle_prompted(10.0)
    assert (made.state, made.deadline, made.is_prompting) == (WAITING, 15.0, False)
    made.handle_timeout(14.9)
    assert made.state is WAITING
    made.handle_timeout(15.0)
    assert (made.state, made.digits, made.speech) == (DONE, "", None)


@pytest.mark.parametrize("before", [collection, waiting])
def test_the_first_key_wins_and_speech_is_not_heeded_any_more(before: Callable[[], Collection]) -> None:
    made = before()
    made.handle_key("1", 12.0)
    assert (made.state, made.deadline, made.wants_speech) == (PRESSING, 17.0, False)
    made.handle_speech(13.0)
    made.handle_words("no thank you", 0.9, 14.0)
    assert made.state is PRESSING
    made.handle_key("2", 15.0)
    assert made.deadline == 20.0
    made.handle_timeout(20.0)
    assert (made.state, made.digits, made.speech) == (DONE, "12", None)


@pytest.mark.parametrize("before", [collection, waiting])
def test_the_first_word_wins_and_keys_are_not_heeded_any_more(before: Callable[[], Collection]) -> None:
    made = before()
    assert made.wants_speech
    made.handle_speech(12.0)
    assert (made.state, made.deadline, made.is_prompting) == (SPEAKING, 72.0, False)
    made.handle_key("#", 14.0)
    made.handle_key("5", 14.0)
    made.handle_prompted(14.5)
    assert made.state is SPEAKING
    made.handle_words("two pieces of cake", 0.8, 15.0)
    assert (made.state, made.speech, made.digits) == (DONE, Speech("two pieces of cake", 0.8), "")


def test_noise_is_no_speech_and_the_timeout_begins_anew() -> None:
    made = speaking()
    made.handle_words("", None, 14.0)
    assert (made.state, made.deadline) == (WAITING, 19.0)


def test_keys_pressed_during_noise_count_once_it_is_known_to_be_noise() -> None:
    made = speaking()
    made.handle_key("4", 13.0)
    made.handle_key("2", 13.5)
    made.handle_words("", None, 14.0)
    assert (made.state, made.digits, made.deadline) == (PRESSING, "42", 19.0)


def test_a_key_told_of_right_after_a_sound_began_was_that_sound() -> None:
    made = speaking()
    made.handle_key("4", 12.0 + TONE_S / 2)
    assert (made.state, made.digits) == (PRESSING, "4")


def test_speech_that_lasts_too_long_is_cut_off_and_what_was_said_counts() -> None:
    made = speaking()
    made.handle_timeout(72.0)
    assert (made.state, made.deadline, made.is_cut_off) == (SPEAKING, None, True)
    made.handle_words("and then", 0.7, 73.0)
    assert (made.state, made.speech) == (DONE, Speech("and then", 0.7))


@pytest.mark.parametrize(
    "ends", [lambda made: made.handle_words("", None, 73.0), lambda made: made.handle_deaf(73.0)]
)
def test_speech_that_lasts_too_long_and_has_no_words_ends_it(ends: Callable[[Collection], None]) -> None:
    made = speaking()
    made.handle_timeout(72.0)
    ends(made)
    assert (made.state, made.speech) == (DONE, None)


def test_a_recogniser_that_is_gone_leaves_the_keys() -> None:
    made = speaking()
    made.handle_deaf(13.0)
    assert (made.state, made.deadline) == (WAITING, 18.0)
    made.handle_deaf(14.0)
    assert made.deadline == 18.0


def test_the_finish_key_pressed_first_is_no_input() -> None:
    made = waiting()
    made.handle_key("#", 11.0)
    assert (made.state, made.digits, made.finished_on_key) == (DONE, "", "#")


Input = Callable[[Collection, float], None]
INPUTS: dict[str, Input] = {
    "prompted": Collection.handle_prompted,
    "key": lambda made, now: made.handle_key("1", now),
    "finish key": lambda made, now: made.handle_key("#", now),
    "speech": Collection.handle_speech,
    "words": lambda made, now: made.handle_words("yes", 0.9, now),
    "noise": lambda made, now: made.handle_words("", None, now),
    "deaf": Collection.handle_deaf,
    "timeout": lambda made, now: made.handle_timeout(max(now, made.deadline or now)),
}


@given(st.lists(st.sampled_from(sorted(INPUTS)), max_size=30), st.integers(1, 3) | st.none())
def test_whatever_comes_it_ends_once_and_with_one_kind(names: list[str], num_digits: int | None) -> None:
    made = collection(num_digits)
    for now, name in enumerate(names):
        before, speech = made.state, made.speech
        INPUTS[name](made, float(now))
        if before is DONE:
            assert (made.state, made.speech) == (DONE, speech)
        assert (made.speech is None) or not made.digits
        assert (made.deadline is None) == (
            made.state in (PROMPTING, DONE) or (made.state is SPEAKING and made.is_cut_off)
        )
        assert before is PROMPTING or made.state is not PROMPTING
    made.handle_prompted(100.0)
    for _ in range(3):
        made.handle_timeout(made.deadline or 200.0)
        made.handle_deaf(200.0)
    assert made.state is DONE
