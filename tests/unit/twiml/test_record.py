"""Record: every attribute absent, default, edge, bad."""

from dataclasses import replace

import pytest

from offhook.twiml.problem import Level
from offhook.twiml.recording_callback import RecordingCallback
from offhook.twiml.verbs.record import Record
from tests.support.twiml import codes, document, only

DEFAULTS = Record(
    action=None,
    method="POST",
    timeout_s=5.0,
    finish_on_key="1234567890*#",
    max_length_s=3_600.0,
    play_beep=True,
    trim=True,
    callback=None,
)


CALLBACK = (
    'recordingStatusCallback="/r" recordingStatusCallbackMethod="GET" '
    'recordingStatusCallbackEvent="absent in-progress"'
)


def test_defaults() -> None:
    found = document("<Record/>")

    assert found.verbs == (DEFAULTS,)
    assert found.problems == ()


def test_every_default_written_out_changes_nothing() -> None:
    found = document(
        '<Record action="" method="POST" timeout="5" finishOnKey="1234567890*#" maxLength="3600" '
        'playBeep="true" trim="trim-silence" recordingStatusCallback="" recordingStatusCallbackMethod="POST" '
        'recordingStatusCallbackEvent="completed" transcribe="false" transcribeCallback="" '
        'recordingConfigurationId="x"/>'
    )

    assert found.verbs == (DEFAULTS,)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('action="/done?a=1&amp;b=2"', replace(DEFAULTS, action="/done?a=1&b=2")),
        ('method="get"', replace(DEFAULTS, method="GET")),
        ('timeout="0"', replace(DEFAULTS, timeout_s=0.0)),
        ('timeout="99999"', replace(DEFAULTS, timeout_s=86_400.0)),
        ('finishOnKey=""', replace(DEFAULTS, finish_on_key="")),
        ('finishOnKey="#"', replace(DEFAULTS, finish_on_key="#")),
        ('maxLength="2"', replace(DEFAULTS, max_length_s=2.0)),
        ('maxLength="14400"', replace(DEFAULTS, max_length_s=14_400.0)),
        ('maxLength="86401"', replace(DEFAULTS, max_length_s=86_400.0)),
        ('playBeep="False"', replace(DEFAULTS, play_beep=False)),
        ('trim="do-not-trim"', replace(DEFAULTS, trim=False)),
        (
            'recordingStatusCallback="/r"',
            replace(DEFAULTS, callback=RecordingCallback("/r", "POST", frozenset({"completed"}))),
        ),
        (
            CALLBACK,
            replace(DEFAULTS, callback=RecordingCallback("/r", "GET", frozenset({"in-progress", "absent"}))),
        ),
    ],
)
def test_good_values_are_taken(attributes: str, expected: Record) -> None:
    found = document(f"<Record {attributes}/>")

    assert found.verbs == (expected,)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        ('method="PUT"', 13610),
        ('timeout="-1"', 13611),
        ('timeout="soon"', 13611),
        ('maxLength="1"', 13612),
        ('maxLength="1h"', 13612),
        ('finishOnKey="A"', 13613),
        ('finishOnKey="1 2"', 13613),
        ('transcribe="fast"', 13614),
        ('playBeep="no"', 13616),
        ('trim="true"', 13699),
        ('recordingStatusCallback="ftp://h/x"', 13256),
        ('recordingStatusCallbackMethod="PUT"', 12200),
        ('recordingStatusCallback="/r" recordingStatusCallbackEvent="finished"', 13621),
        ('recordingStatusCallback="/r" recordingStatusCallbackEvent=""', 13621),
        ('transcribeCallback="a b"', 13257),
        ('transcribeCallback="/t"', 12200),
        ('maxlength="5"', 12200),
    ],
)
def test_a_bad_value_is_noted_and_the_default_used(attribute: str, code: int) -> None:
    found = document(f"<Record {attribute}/>")

    assert found.verbs == (DEFAULTS,)
    assert codes(found) == [code]


def test_11100_for_a_bad_action_which_is_kept_for_its_turn() -> None:
    found = document('<Record action="my app"/>')

    assert only(found, Record).action == "my app"
    assert [(problem.code, problem.level) for problem in found.problems] == [(11100, Level.ERROR)]


@pytest.mark.parametrize(
    ("attributes", "length_s", "expected"),
    [
        ("", 120.0, []),
        ('maxLength="120"', 120.0, []),
        ('maxLength="121"', 121.0, [13615]),
        ('transcribeCallback="/t"', 120.0, []),
    ],
)
def test_transcription_shortens_the_default(attributes: str, length_s: float, expected: list[int]) -> None:
    found = document(f'<Record transcribe="true" {attributes}/>')

    assert only(found, Record).max_length_s == length_s
    assert codes(found) == expected
    assert only(found, Record).transcribe


def test_12200_for_content() -> None:
    found = document("<Record>text<Say>x</Say></Record>")

    assert found.verbs == (DEFAULTS,)
    assert codes(found) == [12200, 12200]
