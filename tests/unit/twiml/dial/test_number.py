"""Number: how numbers may be written, every attribute, what all nouns share."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.twiml.dial.machine_detection import MachineDetection
from offhook.twiml.dial.number import Number
from offhook.twiml.dial.phone_number import to_e164
from offhook.twiml.dial.status_callback import StatusCallback, Whisper
from offhook.twiml.dial.undiallable import Undiallable
from offhook.twiml.problem import Level
from tests.support.twiml import codes, document, only_noun

BYOC = "BY" + "0" * 32
DETECTION = MachineDetection("Enable", 30.0, 2_400, 1_200, 5_000, "/amd", "POST")
ASKED = 'machineDetection="Enable" amdStatusCallback="/amd"'


ALL_EVENTS = (
    'statusCallback="/s" statusCallbackMethod="GET" '
    'statusCallbackEvent="initiated ringing answered completed"'
)


def number(attributes: str = "", text: str = "+14155551212") -> str:
    return f"<Dial><Number {attributes}>{text}</Number></Dial>"


def test_defaults() -> None:
    found = document(number())

    assert only_noun(found, Number) == Number("+14155551212", "", None, None, None, None)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("+14155551212", "+14155551212"),
        ("+44 20 7183 8750", "+442071838750"),
        ("442071838750", "+442071838750"),
        ("415-555-1212", "+14155551212"),
        ("(415) 555-1212", "+14155551212"),
        ("415.555.1212", "+14155551212"),
        ("1-415-555-1212", "+14155551212"),
        ("+100", "+100"),
        ("+123456789012345", "+123456789012345"),
    ],
)
def test_a_number_is_made_e164(written: str, e164: str) -> None:
    found = document(number(text=written))

    assert only_noun(found, Number).number == e164
    assert found.problems == ()


@pytest.mark.parametrize(
    "written",
    [
        "",
        "100",
        "911",
        "+10",
        "+1234567890123456",
        "+0123456789",
        "0123456789",
        "1-800-FLOWERS",
        "sip:a@b",
        "++14155551212",
        "+1415\u0665551212",
    ],
)
def test_13223_for_what_is_no_number(written: str) -> None:
    found = document(number(text=written))

    assert only_noun(found, Undiallable) == Undiallable("Number", 13223)
    assert codes(found) == [13223]


@given(st.text(max_size=80))
def test_whatever_is_written_gives_e164_or_nothing(text: str) -> None:
    number = to_e164(text)

    assert number is None or (number[0] == "+" and number[1:].isascii() and 3 <= len(number[1:]) <= 15)
    assert number is None or to_e164(number) == number


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('sendDigits="1wW*#AD"', Number("+14155551212", send_digits="1wW*#AD")),
        ('sendDigits=""', Number("+14155551212")),
        (f'byoc="{BYOC}"', Number("+14155551212", byoc=BYOC)),
        ('url="/w"', Number("+14155551212", whisper=Whisper("/w", "POST"))),
        ('url="/w" method="GET"', Number("+14155551212", whisper=Whisper("/w", "GET"))),
        ('method="GET"', Number("+14155551212")),
        (
            'statusCallback="/s"',
            Number("+14155551212", callback=StatusCallback("/s", "POST", frozenset({"completed"}))),
        ),
        (
            ALL_EVENTS,
            Number(
                "+14155551212",
                callback=StatusCallback(
                    "/s", "GET", frozenset({"initiated", "ringing", "answered", "completed"})
                ),
            ),
        ),
        ('statusCallbackEvent="ringing"', Number("+14155551212")),
    ],
)
def test_good_values_are_taken(attributes: str, expected: Number) -> None:
    found = document(number(attributes))

    assert only_noun(found, Number) == expected
    assert found.problems == ()


@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        ('method="PUT"', 13221),
        ('sendDigits="12x"', 13222),
        (f'sendDigits="{"1" * 1_001}"', 13222),
        ('byoc="trunk"', 12200),
        ('statusCallback="a b"', 11100),
        ('statusCallbackMethod="PUT"', 12200),
        ('machineDetection="true"', 12200),
        ('username="bob"', 12200),
    ],
)
def test_a_bad_value_is_noted_and_the_default_used(attribute: str, code: int) -> None:
    found = document(number(attribute))

    assert only_noun(found, Number) == Number("+14155551212")
    assert codes(found) == [code]


def test_12200_for_a_bad_event_which_leaves_completed() -> None:
    found = document(number('statusCallback="/s" statusCallbackEvent="ringing, answered"'))

    assert only_noun(found, Number).callback == StatusCallback("/s", "POST", frozenset({"completed"}))
    assert codes(found) == [12200]


def test_11100_for_a_bad_url_of_a_whisper_which_is_kept_for_its_turn() -> None:
    found = document(number('url="a b"'))

    assert only_noun(found, Number).whisper == Whisper("a b", "POST")
    assert [(problem.code, problem.level) for problem in found.problems] == [(11100, Level.ERROR)]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", DETECTION),
        ('machineDetectionTimeout="3"', replace(DETECTION, timeout_s=3.0)),
        ('machineDetectionTimeout="61"', replace(DETECTION, timeout_s=60.0)),
        ('machineDetectionSpeechThreshold="1000"', replace(DETECTION, speech_threshold_ms=1_000)),
        ('machineDetectionSpeechThreshold="6001"', replace(DETECTION, speech_threshold_ms=6_000)),
        ('machineDetectionSpeechEndThreshold="500"', replace(DETECTION, speech_end_threshold_ms=500)),
        ('machineDetectionSpeechEndThreshold="5001"', replace(DETECTION, speech_end_threshold_ms=5_000)),
        ('machineDetectionSilenceTimeout="2000"', replace(DETECTION, silence_timeout_ms=2_000)),
        ('machineDetectionSilenceTimeout="10001"', replace(DETECTION, silence_timeout_ms=10_000)),
        ('amdStatusCallbackMethod="GET"', replace(DETECTION, callback_method="GET")),
    ],
)
def test_machine_detection_is_in_the_tree(attributes: str, expected: MachineDetection) -> None:
    found = document(number(f"{ASKED} {attributes}"))

    assert only_noun(found, Number).machine_detection == expected
    assert found.problems == ()


@pytest.mark.parametrize(
    "attribute",
    [
        'machineDetectionTimeout="2"',
        'machineDetectionSpeechThreshold="999"',
        'machineDetectionSpeechEndThreshold="499"',
        'machineDetectionSilenceTimeout="1999"',
        'machineDetectionTimeout="x"',
    ],
)
def test_21263_for_bad_numbers_of_machine_detection(attribute: str) -> None:
    found = document(number(f"{ASKED} {attribute}"))

    assert only_noun(found, Number).machine_detection == DETECTION
    assert codes(found) == [21263]


def test_21262_for_machine_detection_that_nobody_hears_of() -> None:
    found = document(number('machineDetection="DetectMessageEnd"'))

    detection = only_noun(found, Number).machine_detection
    assert detection is not None
    assert (detection.mode, detection.callback_url) == ("DetectMessageEnd", None)
    assert codes(found) == [21262]


def test_12200_for_an_element_inside() -> None:
    found = document(number(text="+14155551212<Parameter/>"))

    assert only_noun(found, Number) == Number("+14155551212")
    assert codes(found) == [12200]
