"""Utterances out of the voice of frames: both states with both kinds of frames, whatever comes."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from offhook.speech.recognition.endpointer import ONSET, Endpointer, EndpointerState, Turn


def turns(endpointer: Endpointer, frames: str) -> list[tuple[int, Turn]]:
    """Hear frames, `x` with voice; what changed, and when in ms."""
    changed: list[tuple[int, Turn]] = []
    for frame in frames:
        turn = endpointer.hear(is_voice=frame == "x")
        if turn is not Turn.NOTHING:
            changed.append((endpointer.now_ms, turn))
    return changed


def test_four_voiced_frames_of_six_begin_an_utterance_where_the_first_was() -> None:
    endpointer = Endpointer(200)
    assert turns(endpointer, "....x.xx") == []
    assert turns(endpointer, "x") == [(180, Turn.BEGAN)]
    assert endpointer.state is EndpointerState.SPEAKING
    assert endpointer.start_ms == 80


def test_the_end_silence_ends_it_and_its_end_is_the_last_voice() -> None:
    endpointer = Endpointer(200)
    assert turns(endpointer, "xxxx" + "." * 9) == [(80, Turn.BEGAN)]
    assert turns(endpointer, ".") == [(280, Turn.ENDED)]
    assert endpointer.state is EndpointerState.QUIET
    assert (endpointer.start_ms, endpointer.end_ms) == (0, 80)


def test_a_pause_that_is_shorter_does_not_end_it() -> None:
    endpointer = Endpointer(200)
    assert turns(endpointer, "xxxx" + "." * 9 + "xx" + "." * 9) == [(80, Turn.BEGAN)]
    assert endpointer.pause_ms == 180
    assert turns(endpointer, ".") == [(500, Turn.ENDED)]


def test_a_click_begins_nothing_and_keeps_nothing_alive() -> None:
    assert turns(Endpointer(200), "x....x....x....") == []
    endpointer = Endpointer(200)
    assert turns(endpointer, "xxxx....x....x...") == [(80, Turn.BEGAN), (300, Turn.ENDED)]


@given(st.text(alphabet="x.", max_size=200), st.sampled_from((200, 700, 2_000)))
def test_utterances_begin_and_end_in_turn_and_in_order(frames: str, end_silence_ms: int) -> None:
    endpointer = Endpointer(end_silence_ms)
    changed = turns(endpointer, frames)
    kinds = [turn for _, turn in changed]
    assert all(first is not second for first, second in pairwise(kinds))
    assert not kinds or kinds[0] is Turn.BEGAN
    assert (kinds[-1:] == [Turn.BEGAN]) == (endpointer.state is EndpointerState.SPEAKING)
    assert len(kinds) <= 2 * (frames.count("x") // ONSET)
    assert 0 <= endpointer.start_ms <= endpointer.end_ms <= endpointer.now_ms or not kinds
    endpointer.finish()
    assert endpointer.state is EndpointerState.QUIET
