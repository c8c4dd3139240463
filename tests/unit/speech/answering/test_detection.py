"""Who answered: people, machines, fax and silence, synthesised; and the machine under any input."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.model.answered_by import AnsweredBy, DetectionMode, DetectionPlan
from offhook.speech.answering.detection import Detection, DetectionState, EarDetector
from tests.support.answers import Answer, machines, on_the_line, others, people, silent, tone

ENABLE = DetectionPlan(DetectionMode.ENABLE)
MESSAGE_END = DetectionPlan(DetectionMode.DETECT_MESSAGE_END)
VOICE, QUIET = b"\x10" * 160, b"\xff" * 160


def heard(ulaw: bytes, plan: DetectionPlan) -> tuple[AnsweredBy | None, int]:
    """Listen to a sound with the ear alone."""
    detection = EarDetector().begin(plan)
    for begin in range(0, len(ulaw) - 159, 160):
        if detection.hear(ulaw[begin : begin + 160]) is not None:
            break
    return detection.answered_by, detection.now_ms


@pytest.mark.parametrize("answer", people()[::3], ids=lambda answer: answer.text)
@pytest.mark.parametrize("plan", [ENABLE, MESSAGE_END], ids=["start", "end"])
def test_people_are_people(answer: Answer, plan: DetectionPlan) -> None:
    answered_by, after_ms = heard(answer.ulaw, plan)
    assert answered_by is AnsweredBy.HUMAN
    assert after_ms >= 400 + plan.speech_end_ms


SHORT = "Please leave your message after the beep."
LONG = [answer for answer in machines(beep=True) if answer.text != SHORT]
SILENT_END = [answer for answer in machines(beep=False) if answer.text != SHORT]
"""SHORT is as short as a person's: it takes words, or its beep."""


@pytest.mark.parametrize("answer", LONG[::3], ids=lambda answer: answer.text[:30])
def test_a_long_greeting_is_a_machine_as_soon_as_it_is_long(answer: Answer) -> None:
    answered_by, after_ms = heard(answer.ulaw, ENABLE)
    assert answered_by is AnsweredBy.MACHINE_START
    assert ENABLE.speech_threshold_ms < after_ms < answer.greeting_ends_ms


@pytest.mark.parametrize("answer", LONG[::3], ids=lambda answer: answer.text[:30])
def test_the_beep_behind_it_is_the_end(answer: Answer) -> None:
    answered_by, after_ms = heard(answer.ulaw, MESSAGE_END)
    assert answered_by is AnsweredBy.MACHINE_END_BEEP
    assert abs(after_ms - answer.greeting_ends_ms) <= 100


@pytest.mark.parametrize("answer", SILENT_END[::4], ids=lambda answer: answer.text[:30])
def test_without_a_beep_silence_is_the_end(answer: Answer) -> None:
    answered_by, after_ms = heard(answer.ulaw, MESSAGE_END)
    assert answered_by is AnsweredBy.MACHINE_END_SILENCE
    assert 2000 <= after_ms - answer.greeting_ends_ms <= 2600


def test_a_greeting_that_does_not_end_in_time_is_a_machine_all_the_same() -> None:
    answer = machines(beep=True)[0]
    plan = replace(MESSAGE_END, timeout_ms=4000)
    assert heard(answer.ulaw, plan) == (AnsweredBy.MACHINE_END_OTHER, 4000)


@pytest.mark.parametrize("answer", others(), ids=lambda answer: answer.text)
def test_fax_silence_and_a_lone_beep(answer: Answer) -> None:
    answered_by, _ = heard(answer.ulaw, MESSAGE_END)
    assert answered_by in answer.expected


def test_a_lone_beep_is_a_machine() -> None:
    assert heard(on_the_line(silent(1), tone(1000, 0.5), silent(2)), ENABLE)[0] is AnsweredBy.MACHINE_START


def test_keys_and_ringback_are_no_beep() -> None:
    key = tone(770, 1) + tone(1336, 1)
    ringback = tone(440, 1) + tone(480, 1)
    for sound in (key, ringback):
        assert heard(on_the_line(silent(1), sound, silent(1)), ENABLE)[0] is None


def scripted(plan: DetectionPlan = ENABLE) -> tuple[Detection, Callable[[str], AnsweredBy | None]]:
    """A detection, and a function that lets it hear: `x` is a frame with voice."""
    detection = Detection(plan, is_voice=lambda ulaw: ulaw == VOICE)

    def hear(frames: str) -> AnsweredBy | None:
        for frame in frames:
            detection.hear(VOICE if frame == "x" else QUIET)
        return detection.answered_by

    return detection, hear


def test_words_of_a_machine_decide_at_once() -> None:
    detection, hear = scripted()
    detection.expect_words(will_come=True)
    assert hear("." * 20 + "x" * 30) is None
    assert detection.state is DetectionState.GREETING
    assert detection.handle_words("Please leave a message", is_final=False) is AnsweredBy.MACHINE_START


def test_words_are_waited_for_before_a_short_greeting_is_a_person_s() -> None:
    detection, hear = scripted()
    detection.expect_words(will_come=True)
    assert hear("x" * 30 + "." * 60) is None
    assert detection.state is DetectionState.DOUBTFUL
    assert detection.handle_words("Hello", is_final=True) is None
    assert hear(".") is AnsweredBy.HUMAN


def test_words_that_do_not_come_are_not_waited_for_for_long() -> None:
    detection, hear = scripted()
    detection.expect_words(will_come=True)
    assert hear("x" * 30 + "." * 60) is None
    assert hear("." * 50) is AnsweredBy.HUMAN
    assert detection.now_ms == 20 * (30 + 60 + 50)


def test_words_of_a_machine_in_the_silence_behind_its_greeting_make_it_one() -> None:
    detection, hear = scripted(MESSAGE_END)
    detection.expect_words(will_come=True)
    assert hear("x" * 60 + "." * 65) is None
    detection.handle_words("after the beep", is_final=True)
    assert (detection.state, detection.wants_words) == (DetectionState.MACHINE, False)
    assert hear("." * 45) is AnsweredBy.MACHINE_END_SILENCE


def test_hello_said_twice_is_not_a_long_greeting() -> None:
    _, hear = scripted()
    assert hear(("x" * 25 + "." * 50) * 3) is None
    assert hear("." * 10) is AnsweredBy.HUMAN


@given(st.lists(st.sampled_from(["x" * 10, "." * 10, "x.", "words", "machine", "lost"]), max_size=200))
def test_whatever_is_heard_it_ends_once(inputs: list[str]) -> None:
    detection, hear = scripted(MESSAGE_END)
    detection.expect_words(will_come=True)
    for each in inputs:
        before = detection.answered_by
        match each:
            case "words":
                detection.handle_words("good morning", is_final=True)
            case "machine":
                detection.handle_words("voicemail", is_final=False)
            case "lost":
                detection.expect_words(will_come=False)
            case _:
                hear(each)
        assert before is None or detection.answered_by is before
        assert (detection.state is DetectionState.DONE) == (detection.answered_by is not None)
    hear("." * (30_000 // 20))
    assert detection.answered_by is not None
